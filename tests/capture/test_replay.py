"""replay: bit for bit what apply gives, edits included."""

from __future__ import annotations

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from penzai import pz

import unflax_viz
from tests import example
from tests.capture.test_table import ALL, assert_same_bits, every, run_of
from tests.models import Model
from unflax_viz import errors
from unflax_viz.record.scopes import rngs_of


@pytest.mark.slow
@every(ALL)
def test_every_model_replays_to_the_same_bits(entry: Model) -> None:
    run = run_of(entry.name)
    with entry.room():
        ready = entry.ready()
        recipe = {"rngs", "mutable", "method", "capture_intermediates"}
        kwargs = {k: v for k, v in ready.kwargs.items() if k not in recipe}
        assert_same_bits(run.replay(*ready.args, **kwargs), run.output)


def test_training_step_replays_to_the_same_bits() -> None:
    assert_same_bits(example.run().replay(example.INPUTS), example.run().output)


def test_other_keys_give_what_apply_gives_with_them() -> None:
    rngs = {"dropout": jax.random.key(9)}
    expected = example.MODEL.apply(
        example.variables(), example.INPUTS, **{**example.options(), "rngs": rngs}
    )
    assert_same_bits(example.run().replay(example.INPUTS, rngs=rngs), expected)


def test_init_and_bound_calls_replay() -> None:
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    with unflax_viz.recording() as runs:
        made = example.MODEL.init(keys, example.INPUTS)
        bound = example.MODEL.bind(example.variables())(example.INPUTS, train=False)
    assert_same_bits(runs[0].replay(example.INPUTS)[1], made)
    assert_same_bits(runs[1].replay(example.INPUTS, train=False), bound)


def test_edited_parameter_is_changed_for_all_its_users() -> None:
    edited = example.run().with_parameters({"scale": jnp.full((1, 3), 2.0)})
    variables = example.variables()
    params = {**variables["params"], "scale": jnp.full((1, 3), 2.0)}
    expected = example.MODEL.apply(
        {**variables, "params": params}, example.INPUTS, **example.options()
    )
    assert_same_bits(edited.replay(example.INPUTS), expected)


def test_state_edited_by_selection_replays() -> None:
    run = unflax_viz.capture(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    edited = (
        pz.select(run)
        .at_instances_of(unflax_viz.FlaxState)
        .where(lambda state: state.path[-1] == "mean")
        .apply(lambda state: dataclasses.replace(state, before=state.before + 1.0))
    )
    _, updated = edited.replay(example.INPUTS)
    stats = updated["batch_stats"]["first"]["BatchNorm_0"]
    _, plain = run.output
    expected = plain["batch_stats"]["first"]["BatchNorm_0"]["mean"] + 0.99
    np.testing.assert_allclose(stats["mean"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    "value", [jnp.zeros((1, 3)), None, jax.random.key(0), {"scale": jnp.zeros((1, 3))}]
)
def test_copies_of_a_shared_parameter_that_differ_are_refused(value: Any) -> None:
    edited = (
        pz.select(example.run())
        .at(lambda run: run.root.scope_data.parameters["scale"].value)
        .set(value)
    )
    with pytest.raises(errors.ParameterConflictError) as caught:
        edited.replay(example.INPUTS)
    assert str(caught.value) == (
        "The parameter 'scale' is read by the calls /, /.head, and its copies in the "
        "record differ. run.with_parameters({'scale': ...}) changes all."
    )


def test_unknown_parameter_is_named() -> None:
    with pytest.raises(errors.PathNotInRunError, match=r"read a parameter 'scales'\."):
        example.run().with_parameters({"scales": 1})


def plain_output(run: unflax_viz.FlaxRun) -> jax.Array:
    return run.replay(example.INPUTS)[0]


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        (unflax_viz.Zero(), lambda output, x: jnp.zeros_like(output)),
        (unflax_viz.Identity(), lambda output, x: x),
        (unflax_viz.Scale(3.0), lambda output, x: output * 3),
        (unflax_viz.Fixed(jnp.ones((2, 4))), lambda output, x: jnp.ones((2, 4))),
        (lambda x: x + 1, lambda output, x: x + 1),
    ],
)
def test_replaced_last_call_gives_the_replacement(
    replacement: Any, expected: Any
) -> None:
    hidden = example.run().output[1]["intermediates"]["hidden"][0]
    output = example.run().output[0]
    edited = example.run().replace_call("/.head", replacement)
    np.testing.assert_array_equal(plain_output(edited), expected(output, hidden))


def test_noise_is_of_the_given_scale_and_key() -> None:
    noise = unflax_viz.AddNoise(jax.random.key(3), 1e-3)
    edited = example.run().replace_call("/.head", noise)
    difference = plain_output(edited) - example.run().output[0]
    assert 0 < jnp.abs(difference).max() < 1e-2
    np.testing.assert_array_equal(
        plain_output(edited), plain_output(example.run().replace_call("/.head", noise))
    )


def test_replaced_stochastic_call_leaves_later_draws_and_state_alone() -> None:
    edited = example.run().replace_call("first/Dropout_0", unflax_viz.Scale(1.0))
    assert_same_bits(edited.replay(example.INPUTS), example.run().output)


def test_only_the_second_call_of_a_module_is_replaced() -> None:
    edited = example.run().replace_call("second#2", unflax_viz.Zero())
    _, updated = edited.replay(example.INPUTS)
    _, plain = example.run().output
    np.testing.assert_array_equal(
        updated["intermediates"]["hidden"][0], jnp.zeros((2, 4))
    )
    assert_same_bits(updated["batch_stats"], plain["batch_stats"])


class Layer(nn.Module):
    """A residual step that a scan can carry."""

    @nn.compact
    def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
        return x + nn.Dense(3)(x), None


def layers_run() -> tuple[unflax_viz.FlaxRun, jax.Array, Any]:
    layers = nn.scan(
        nn.remat(Layer),
        variable_axes={"params": 0},
        split_rngs={"params": True},
        length=4,
    )()
    x = jnp.ones((1, 3))
    variables = layers.init(jax.random.key(0), x, None)
    return unflax_viz.capture(layers, variables, x, None), x, variables["params"]


@pytest.mark.parametrize("step", [0, 2, (3,), ()])
def test_single_step_of_a_scan_is_replaced(step: Any) -> None:
    run, x, params = layers_run()
    edited = run.replace_call("Dense_0", unflax_viz.Zero(), step=step)
    skipped = range(4) if step == () else [step if isinstance(step, int) else step[0]]
    expected = x
    for index in range(4):
        if index not in skipped:
            dense = jax.tree.map(lambda leaf, i=index: leaf[i], params["Dense_0"])
            result: Any = nn.Dense(3).apply({"params": dense}, expected)
            expected = expected + result
    np.testing.assert_allclose(edited.replay(x, None)[0], expected, rtol=1e-5)
    assert_same_bits(run.replay(x, None), run.output)


def test_single_lane_of_a_vmap_is_replaced() -> None:
    lanes = nn.vmap(nn.Dense, variable_axes={"params": 0}, split_rngs={"params": True})(
        2
    )
    x = jnp.ones((3, 1, 2))
    variables = lanes.init(jax.random.key(0), x)
    run = unflax_viz.capture(lanes, variables, x)
    output = run.replace_call("/", unflax_viz.Zero(), step=1).replay(x)
    expected = run.output.at[1].set(0)
    np.testing.assert_array_equal(output, expected)


def test_step_outside_of_every_loop_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^step=\(1,\): give at most one number"):
        example.run().replace_call("first", unflax_viz.Zero(), step=1)


def test_replay_works_under_jit_and_grad() -> None:
    run, x, _ = layers_run()
    edited = run.replace_call("Dense_0", unflax_viz.Scale(0.5), step=1)
    kernel = edited.parameters()["Dense_0.kernel"]

    def loss(kernel: jax.Array) -> jax.Array:
        replayed = edited.with_parameters({"Dense_0.kernel": kernel}).replay(x, None)
        return (replayed[0] ** 2).sum()

    gradient = jax.jit(jax.grad(loss))(kernel)
    direction = jnp.ones_like(kernel) / kernel.size**0.5
    step = 1e-2
    slope = (loss(kernel + step * direction) - loss(kernel - step * direction)) / (
        2 * step
    )
    np.testing.assert_allclose((gradient * direction).sum(), slope, rtol=1e-2)


def test_run_is_an_argument_of_jit() -> None:
    run, x, _ = layers_run()
    output = jax.jit(lambda run: run.replay(x, None))(run)
    np.testing.assert_allclose(output[0], run.output[0], rtol=1e-6)


def test_later_apply_is_not_touched_by_an_edited_replay() -> None:
    model = nn.jit(nn.Dense)(3)
    x = jnp.ones((1, 3))
    variables = model.init(jax.random.key(0), x)
    expected = model.apply(variables, x)
    run = unflax_viz.capture(model, variables, x)
    zeros = run.replace_call("/", unflax_viz.Zero()).replay(x)
    np.testing.assert_array_equal(zeros, jnp.zeros((1, 3)))
    assert_same_bits(model.apply(variables, x), expected)


def test_shapes_cannot_replay_until_values_are_bound() -> None:
    shapes = jax.eval_shape(lambda given: given, example.variables())
    abstract = unflax_viz.capture(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    with pytest.raises(errors.ValueNeededError, match=r"run\.bind\(variables\)"):
        abstract.replay(example.INPUTS)
    bound = abstract.bind(example.variables())
    assert_same_bits(bound.replay(example.INPUTS), example.run().output)


def dropout_key(run: unflax_viz.FlaxRun) -> Any:
    return rngs_of(run.at("first/Dropout_0"))[0].next_key()


def test_run_inside_jit_is_filled_by_bind() -> None:
    def step(variables: Any, key: jax.Array) -> Any:
        options = {**example.options(), "rngs": {"dropout": key}}
        return example.MODEL.apply(variables, example.INPUTS, **options)

    key = jax.random.key(2)
    with unflax_viz.recording() as runs:
        jax.jit(step)(example.variables(), key)
    traced = runs[0]
    assert dropout_key(traced) is None
    bound = traced.bind(example.variables(), rngs={"dropout": key})
    assert dropout_key(bound) == dropout_key(example.run())
    assert_same_bits(bound.replay(example.INPUTS), example.run().output)


def test_bind_names_the_variable_that_is_missing() -> None:
    shapes = jax.eval_shape(lambda given: given, example.variables())
    abstract = unflax_viz.capture(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    with pytest.raises(errors.WrongArgumentError) as caught:
        abstract.bind({**example.variables(), "batch_stats": {}})
    assert str(caught.value) == (
        "run.bind was given no batch_stats 'second/BatchNorm_0/mean', which the model "
        "used. It takes the variables that the recorded call was given."
    )


def test_what_no_replacement_can_be_is_said_at_once() -> None:
    run = example.run()
    with pytest.raises(errors.WrongArgumentError, match=r"an instance, Identity\("):
        run.replace_call("first", unflax_viz.Identity)
    with pytest.raises(errors.WrongValueError, match=r"not 1\.5"):
        run.replace_call("first", unflax_viz.Zero(), step=1.5)  # pyright: ignore
    none: Any = None
    with pytest.raises(errors.WrongArgumentError, match="it was given a NoneType"):
        run.with_parameters(none)
