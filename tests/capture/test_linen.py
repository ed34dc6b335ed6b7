"""capture and capture_abstract: the same answer as apply, and its whole record."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import flax.core
import flax.errors
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from flax.nnx import bridge

import unflax_viz
from tests import example
from unflax_viz import errors
from unflax_viz.record.given import describe_nnx_model
from unflax_viz.record.scopes import parameters_of


def assert_equal_trees(left: Any, right: Any) -> None:
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_array_equal(a, b)


def words_of(key: Any) -> np.ndarray:
    return np.asarray(jax.random.key_data(key) if is_typed(key) else key)


def keys_of(run: unflax_viz.FlaxRun) -> list[np.ndarray]:
    return [
        words_of(draw.key)
        for call in run.calls()
        if call.scope_data
        for rng in call.scope_data.rngs.values()
        for draw in rng.draws
    ]


def is_typed(key: Any) -> bool:
    return jnp.issubdtype(key.dtype, jax.dtypes.prng_key)


def test_output_is_what_apply_returns_bit_for_bit() -> None:
    expected = example.MODEL.apply(
        example.variables(), example.INPUTS, **example.options()
    )
    assert_equal_trees(example.run().output, expected)


def test_calls_are_in_the_order_made_with_unique_addresses() -> None:
    assert example.run().paths() == example.ADDRESSES
    assert [call.address for call in example.run().calls()] == list(example.ADDRESSES)


def test_parameters_are_the_given_objects() -> None:
    scope = example.run().at("first/Dense_0").scope_data
    assert scope is not None
    given = example.variables()["params"]["first"]["Dense_0"]
    assert scope.parameters["kernel"].value is given["kernel"]
    assert list(scope.parameters) == ["bias", "kernel"]


def test_parameter_made_in_setup_belongs_to_every_call_of_its_module() -> None:
    root, head = example.run().at("/"), example.run().at("/.head")
    assert parameters_of(root)["scale"].users == ("/", "/.head")
    assert parameters_of(head)["scale"].is_shared


def test_parameter_that_no_call_read_is_reported() -> None:
    assert list(example.run().unused_parameters()) == ["forgotten.kernel"]


def test_state_has_its_value_before_and_after_the_run() -> None:
    scope = example.run().at("first/BatchNorm_0").scope_data
    assert scope is not None
    mean = scope.variables["batch_stats"]["mean"]
    given = example.variables()["batch_stats"]["first"]["BatchNorm_0"]["mean"]
    _, updated = example.run().output
    assert mean.before is given
    np.testing.assert_array_equal(
        mean.after, updated["batch_stats"]["first"]["BatchNorm_0"]["mean"]
    )
    assert (mean.was_read, mean.was_written, mean.was_created) == (True, True, False)


def test_state_that_is_only_assigned_counts_as_written_not_as_read() -> None:
    class Setter(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.variable("memory", "last", jnp.zeros, ()).value = jnp.ones(())

    given = {"memory": {"last": jnp.zeros(())}}
    run = unflax_viz.capture(Setter(), given, mutable="memory")
    assert run.root.scope_data is not None
    last = run.root.scope_data.variables["memory"]["last"]
    assert (last.was_read, last.was_written) == (False, True)


def test_sown_value_is_created_in_the_run() -> None:
    scope = example.run().root.scope_data
    assert scope is not None
    hidden = scope.variables["intermediates"]["hidden"]
    assert hidden.was_created
    assert hidden.before is None
    np.testing.assert_array_equal(hidden.get()[0], hidden.after[0])


def test_collections_that_are_not_mutable_stand_apart() -> None:
    run = unflax_viz.capture(
        example.MODEL, example.variables(), example.INPUTS, train=False
    )
    scope = run.at("first/BatchNorm_0").scope_data
    assert scope is not None
    assert scope.variables == {}
    given = example.variables()["batch_stats"]["first"]["BatchNorm_0"]
    assert scope.immutable_variables["batch_stats"]["var"] is given["var"]


class Drawer(nn.Module):
    """Returns the keys that it drew."""

    @nn.compact
    def __call__(self) -> tuple[jax.Array, ...]:
        return self.make_rng("a"), self.make_rng("a"), self.make_rng("b")


@pytest.mark.parametrize("make_key", [jax.random.key, jax.random.PRNGKey])
@pytest.mark.parametrize("capture", [unflax_viz.capture, unflax_viz.capture_abstract])
def test_drawn_keys_are_the_very_keys_that_flax_handed_out(
    make_key: Any, capture: Any
) -> None:
    rngs = {"a": make_key(0), "b": make_key(1)}
    handed_out: Any = Drawer().apply({}, rngs=rngs)
    run = capture(Drawer(), {}, rngs=rngs)
    draws = run.root.scope_data.rngs["a"].draws + run.root.scope_data.rngs["b"].draws
    assert [draw.counter for draw in draws] == [1, 2, 1]
    for draw, key in zip(draws, handed_out, strict=True):
        assert draw.key.dtype == key.dtype
        np.testing.assert_array_equal(
            jax.random.key_data(draw.key), jax.random.key_data(key)
        )


def test_stream_that_was_not_given_falls_back_to_params_visibly() -> None:
    run = unflax_viz.capture(Drawer(), {}, rngs=jax.random.key(0))
    assert run.root.scope_data is not None
    (draw,) = run.root.scope_data.rngs["b"].draws
    assert (draw.stream, draw.served, draw.fell_back) == ("b", "params", True)


def test_abstract_run_has_exact_parameters_state_before_and_keys() -> None:
    abstract = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    assert abstract.is_abstract
    assert not example.run().is_abstract
    assert abstract.paths() == example.ADDRESSES
    assert_equal_trees(keys_of(abstract), keys_of(example.run()))
    scope = abstract.at("first/BatchNorm_0").scope_data
    assert scope is not None
    mean = scope.variables["batch_stats"]["mean"]
    given = example.variables()["batch_stats"]["first"]["BatchNorm_0"]["mean"]
    assert mean.before is given
    assert mean.after == jax.ShapeDtypeStruct((4,), jnp.float32)


def test_shapes_in_place_of_variables_make_the_run_abstract() -> None:
    shapes = jax.eval_shape(lambda given: given, example.variables())
    run = unflax_viz.capture(example.MODEL, shapes, example.INPUTS, **example.options())
    assert run.is_abstract
    scope = run.at("first/Dense_0").scope_data
    assert scope is not None
    kernel = scope.parameters["kernel"].value
    assert kernel == jax.ShapeDtypeStruct((3, 4), jnp.float32)


@pytest.mark.parametrize(
    "mutable",
    [
        True,
        False,
        "batch_stats",
        ["batch_stats"],
        ("batch_stats", "intermediates"),
        nn.DenyList("params"),
    ],
)
def test_every_form_of_mutable_gives_what_apply_gives(mutable: Any) -> None:
    arguments = (example.variables(), example.INPUTS)
    options = {
        "rngs": {"dropout": jax.random.key(2)},
        "mutable": mutable,
        "train": mutable is not False,
    }
    expected = example.MODEL.apply(*arguments, **options)
    run = unflax_viz.capture(example.MODEL, *arguments, **options)
    assert_equal_trees(run.output, expected)


def test_frozen_dict_variables_are_taken() -> None:
    run = unflax_viz.capture(
        example.MODEL,
        flax.core.freeze(example.variables()),
        example.INPUTS,
        **example.options(),
    )
    assert_equal_trees(run.output, example.run().output)
    assert run.paths() == example.ADDRESSES


def test_empty_variables_and_mutable_make_the_parameters() -> None:
    keys = {"params": jax.random.key(0)}
    run = unflax_viz.capture(nn.Dense(2), {}, jnp.ones((1, 3)), rngs=keys, mutable=True)
    _, made = run.output
    assert run.root.scope_data is not None
    kernel = run.root.scope_data.parameters["kernel"].value
    assert kernel is made["params"]["kernel"]
    assert len(run.root.scope_data.rngs["params"].draws) == 2


def test_function_as_method_is_the_root() -> None:
    def twice(model: example.Example, x: jax.Array) -> jax.Array:
        return model.first(x, False) + model.first(x, False)

    run = unflax_viz.capture(
        example.MODEL, example.variables(), example.INPUTS, method=twice
    )
    assert run.paths()[:2] == ("/.twice", "first")
    assert [child.address for child in run.root.children] == ["first", "first#2"]


def test_other_method_by_name_is_the_root() -> None:
    run = unflax_viz.capture(
        example.MODEL, example.variables(), jnp.ones((2, 4)), method="head"
    )
    assert run.paths() == ("/.head",)


def test_model_without_anything_is_one_call_without_scope_data() -> None:
    class Identity(nn.Module):
        def __call__(self, x: jax.Array) -> jax.Array:
            return x

    run = unflax_viz.capture(Identity(), {}, jnp.ones(2))
    assert run.paths() == ("/",)
    assert run.root.scope_data is None


def test_model_inside_a_model_keeps_its_own_parameters() -> None:
    inner = nn.Dense(2)
    weights = inner.init(jax.random.key(0), jnp.ones((1, 3)))

    class Outer(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return inner.apply(weights, x)  # pyright: ignore[reportReturnType]

    run = unflax_viz.capture(Outer(), {}, jnp.ones((1, 3)))
    (child,) = run.root.children
    assert isinstance(child, unflax_viz.InterceptedFlaxModuleMethod)
    assert child.scope_data is not None
    assert child.scope_data.parameters["kernel"].value is weights["params"]["kernel"]


def test_scan_body_is_one_call_though_flax_traces_it_twice() -> None:
    class Layer(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return nn.Dense(3)(x), None

    layers = nn.scan(
        Layer, variable_axes={"params": 0}, split_rngs={"params": True}, length=5
    )()
    made = layers.init(jax.random.key(0), jnp.ones((1, 3)), None)
    run = unflax_viz.capture(layers, made, jnp.ones((1, 3)), None)
    dense = run.at("Dense_0")
    assert len(run.calls()) == 2
    assert [str(transform) for transform in dense.transforms] == ["scan x5"]
    kernel = parameters_of(dense)["kernel"]
    assert kernel.value.shape == (5, 3, 3)
    assert kernel.seen == jax.ShapeDtypeStruct((3, 3), jnp.float32)


class Failing(nn.Module):
    """Fails in its second layer."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(3)(x)
        x = Raiser()(x)
        return nn.Dense(2)(x)


class Raiser(nn.Module):
    """Raises."""

    def __call__(self, x: jax.Array) -> jax.Array:
        raise RuntimeError("no luck")


@pytest.mark.parametrize("capture", [unflax_viz.capture, unflax_viz.capture_abstract])
def test_exception_passes_unchanged_with_the_partial_run(capture: Any) -> None:
    weights = {"Dense_0": {"kernel": jnp.ones((3, 3)), "bias": jnp.ones(3)}}
    with pytest.raises(RuntimeError, match=r"^no luck") as caught:
        capture(Failing(), {"params": weights}, jnp.ones((1, 3)))
    run = unflax_viz.partial_run(caught.value)
    assert run is not None
    assert run.paths() == ("/", "Dense_0", "Raiser_0")
    assert run.error == "RuntimeError: no luck"
    assert run.at("Raiser_0").error == "RuntimeError: no luck"
    assert run.at("/").error == ""
    assert run.output is None


def test_exception_from_elsewhere_has_no_partial_run() -> None:
    assert unflax_viz.partial_run(ValueError("not ours")) is None


def test_missing_parameter_is_flax_own_exception() -> None:
    with pytest.raises(flax.errors.ScopeParamNotFoundError) as caught:
        unflax_viz.capture(nn.Dense(2), {"params": {"bias": 1}}, jnp.ones((1, 3)))
    assert unflax_viz.partial_run(caught.value) is not None


def test_branch_on_a_value_names_capture() -> None:
    class Branching(nn.Module):
        def __call__(self, x: jax.Array) -> jax.Array:
            return x if x.sum() > 0 else -x

    with pytest.raises(errors.ValueNeededError) as caught:
        unflax_viz.capture_abstract(
            Branching(), {}, jax.ShapeDtypeStruct((2,), jnp.float32)
        )
    assert str(caught.value) == (
        "Branching needs a value, and an abstract run has shapes only. "
        "unflax_viz.capture(...) with real arrays runs it."
    )
    assert unflax_viz.capture(Branching(), {}, jnp.ones(2)).paths() == ("/",)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            nn.Dense,
            "capture takes a module, and was given the class Dense. Make an instance "
            "first: Dense(...).",
        ),
        (
            nnx.Linear(1, 1, rngs=nnx.Rngs(0)),
            "Linear is a Flax NNX model, and only Flax Linen models can be captured. "
            "flax.nnx.bridge.ToLinen(Linear, args=...) makes a Linen module of its "
            "class.",
        ),
        (
            example.MODEL.head,
            "capture takes a module, and was given its method 'head'. Pass the "
            "module, and method='head'.",
        ),
        (
            jnp.ones((2, 3)),
            "capture takes a Flax Linen module, and was given an array of "
            "shape (2, 3) and dtype float32.",
        ),
        (
            "model",
            "capture takes a Flax Linen module, and was given a str.",
        ),
    ],
)
def test_what_is_no_module_is_named(module: Any, message: str) -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        unflax_viz.capture(module, {})
    assert str(caught.value) == message
    assert caught.value.given is module


NNX = nnx.Linear(3, 1, rngs=nnx.Rngs(0))


@pytest.mark.parametrize("given", [NNX, nnx.Linear, NNX.__call__])
@pytest.mark.parametrize(
    "capture",
    [unflax_viz.capture, unflax_viz.capture_abstract, unflax_viz.unflaxify_apply],
)
def test_an_nnx_model_is_named_with_the_way_out(capture: Any, given: Any) -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        capture(given, jnp.ones((1, 3)))
    assert str(caught.value) == (
        "Linear is a Flax NNX model, and only Flax Linen models can be captured. "
        "flax.nnx.bridge.ToLinen(Linear, args=...) makes a Linen module of its class."
    )
    way_out = bridge.ToLinen(nnx.Linear, args=(3, 1))
    variables = way_out.init(jax.random.key(0), jnp.ones((1, 3)))
    assert unflax_viz.capture(way_out, variables, jnp.ones((1, 3))).calls()


def test_a_linen_module_that_holds_an_nnx_model_is_none_itself() -> None:
    assert describe_nnx_model(bridge.ToLinen(nnx.Linear, args=(3, 1))) == ""
    assert describe_nnx_model(nnx.Rngs(0)) == ""


def test_flax_nnx_is_not_imported_for_those_who_do_not_use_it() -> None:
    code = (
        "import sys, unflax_viz\n"
        "from unflax_viz.record.given import describe_nnx_model\n"
        "assert describe_nnx_model(object()) == ''\n"
        "assert 'flax.nnx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_forgotten_variables_are_named() -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        unflax_viz.capture(nn.Dense(2), jnp.ones((1, 3)))  # pyright: ignore
    assert str(caught.value) == (
        "capture(module, variables, *args) takes the variables as apply does, a dict "
        "such as {'params': ...}; it was given an array of shape (1, 3) and dtype "
        "float32. module.init(key, ...) makes them."
    )


def test_model_alone_is_told_what_it_needs() -> None:
    with pytest.raises(errors.WrongArgumentError, match=r"it was given a NoneType\. "):
        unflax_viz.capture(nn.Dense(2))
    nnx_model: Any = nnx.Linear(2, 1, rngs=nnx.Rngs(0))
    with pytest.raises(errors.WrongArgumentError, match="is a Flax NNX model"):
        unflax_viz.capture(nnx_model)
    expected = r"it was given a Flax NNX model, Linear\. "
    with pytest.raises(errors.WrongArgumentError, match=expected):
        unflax_viz.capture(nn.Dense(2), nnx_model)


def test_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(errors.WrongValueError) as caught:
        unflax_viz.capture(example.MODEL, {}, method="tail")
    assert str(caught.value) == (
        "Example has no method 'tail' that can be called; it has __call__, head."
    )


def test_unflaxify_apply_is_the_root_of_the_abstract_run() -> None:
    root = unflax_viz.unflaxify_apply(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    assert [call.address for call in root.walk()] == list(example.ADDRESSES)
    assert list(root.submodule_calls) == [
        (0, "first.__call__"),
        (1, "second.__call__"),
        (2, "second.__call__"),
        (3, "Example.head"),
    ]


def test_deleted_array_is_named() -> None:
    weights: Any = nn.Dense(2).init(jax.random.key(0), jnp.ones((1, 3)))
    weights["params"]["bias"].delete()
    with pytest.raises(errors.DeletedArrayError) as caught:
        unflax_viz.capture(nn.Dense(2), weights, jnp.ones((1, 3)))
    assert str(caught.value) == (
        "variables['params']['bias'] was deleted; most likely its memory was donated "
        "to a jitted call. Capture before that call, or with what the call returned."
    )


class Offsets(nn.Module):
    """Makes a variable that all steps of a scan share."""

    @nn.compact
    def __call__(self, carry: Any, _: Any) -> Any:
        offset = self.variable("const", "offset", lambda: jnp.ones(2)).value
        return carry + offset, None


class ScansOffsets(nn.Module):
    """Makes the variable in the probe of the scan alone."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        steps = nn.scan(Offsets, variable_broadcast="const", length=2)
        return steps(name="steps")(x, None)[0]


def test_variable_that_the_probe_of_a_scan_made_was_written() -> None:
    with unflax_viz.recording() as runs:
        ScansOffsets().init(jax.random.key(0), jnp.zeros(2))
    scope: Any = runs[0].at("steps").scope_data
    state = scope.variables["const"]["offset"]
    assert (state.was_created, state.was_written, state.change) == (
        True,
        True,
        "changed",
    )
