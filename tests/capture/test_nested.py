"""Models that are applied, or bound, inside a model; and bound submodules."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests.capture.test_table import assert_same_bits
from unflax_viz import errors
from unflax_viz.record.index import RunIndex
from unflax_viz.record.scopes import parameters_of, states_of
from unflax_viz.widget.shown import close_widget

X = jnp.ones((2, 4))
SMALL = nn.Dense(1)
LARGE = nn.Dense(3)
SMALL_WEIGHTS = SMALL.init(jax.random.key(0), X)
LARGE_WEIGHTS = LARGE.init(jax.random.key(1), X)


class Applies(nn.Module):
    """Applies one model and uses another one that it binds."""

    @nn.compact
    def __call__(self, x: jax.Array) -> tuple[Any, Any]:
        return SMALL.apply(SMALL_WEIGHTS, x), LARGE.bind(LARGE_WEIGHTS)(x)


class Pair(nn.Module):
    """Two layers of which each can be called alone."""

    def setup(self) -> None:
        self.first = nn.Dense(2)
        self.norm = nn.BatchNorm(use_running_average=False)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.norm(self.first(x))


def test_each_model_inside_has_its_own_parameters_and_totals() -> None:
    run = unflax_viz.capture(Applies(), {}, X)
    small, large = run.calls()[1:]
    assert (small.entry, large.entry) == (1, 2)
    kernel = SMALL_WEIGHTS["params"]["kernel"]
    assert parameters_of(small)["kernel"].value is kernel
    assert parameters_of(large)["kernel"].value is LARGE_WEIGHTS["params"]["kernel"]
    assert RunIndex(run).total_of(run.root).n_parameters == 5 + 15


def test_every_site_of_a_run_is_unique() -> None:
    sites = [call.site for call in unflax_viz.capture(Applies(), {}, X).calls()]
    assert len(set(sites)) == len(sites) == 3


def test_call_of_a_model_inside_is_replaced_alone() -> None:
    run = unflax_viz.capture(Applies(), {}, X)
    small, large = run.output
    edited = run.replace_call(run.calls()[1].address, unflax_viz.Zero()).replay(X)
    assert_same_bits(edited, (jnp.zeros_like(small), large))


def test_call_of_a_model_inside_cannot_be_made_alone() -> None:
    run = unflax_viz.capture(Applies(), {}, X)
    with pytest.raises(errors.CallNotAloneError, match="belongs to another model"):
        run.calls()[1](unflax_viz.ArgsAndKwargs.capture(X))


def test_call_of_a_bound_submodule_has_what_the_model_was_given() -> None:
    variables = Pair().init(jax.random.key(0), X)
    bound = Pair().bind(variables, mutable=["batch_stats"])
    with unflax_viz.recording() as runs:
        hidden = bound.first(X)
        bound.norm(hidden)
    first, norm = runs
    assert first.paths() == ("first",)
    kernel = parameters_of(first.root)["kernel"]
    assert kernel.value is variables["params"]["first"]["kernel"]
    assert not kernel.was_created
    mean = states_of(norm.root)["batch_stats", "mean"]
    assert not mean.was_created
    np.testing.assert_array_equal(mean.before, jnp.zeros(2))
    assert_same_bits(first.replay(X), hidden)
    inspector = unflax_viz.inspect(first)
    assert inspector.selected == "first"
    close_widget(inspector)


def test_constants_are_bound_too() -> None:
    class Frozen(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.BatchNorm(use_running_average=True)(x)

    frozen = Frozen().init(jax.random.key(0), X)
    shapes = jax.eval_shape(lambda given: given, frozen)
    bound = unflax_viz.capture(Frozen(), shapes, X).bind(frozen)
    assert_same_bits(bound.replay(X), Frozen().apply(frozen, X))


@pytest.mark.parametrize("step", [-1, 4])
def test_step_that_is_not_there_is_refused(step: int) -> None:
    class Step(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return x * 2, None

    run = unflax_viz.capture(nn.scan(Step, length=4)(), {}, X, None)
    with pytest.raises(ValueError, match="count from 0 to 3"):
        run.replace_call("/", unflax_viz.Zero(), step=step)


@pytest.mark.parametrize(
    "needs_value",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: jnp.asarray(np.asarray(x)),
        lambda x: jnp.ones([int(x[0, 0])]),
        lambda x: x[x > 0],
        lambda x: jnp.asarray([1, 2][x[0, 0].astype(int)]),
    ],
)
def test_everything_that_needs_a_value_names_capture(needs_value: Any) -> None:
    class Needs(nn.Module):
        def __call__(self, x: jax.Array) -> jax.Array:
            return needs_value(x)

    with pytest.raises(errors.ValueNeededError, match=r"unflax_viz\.capture\(\.\.\.\)"):
        unflax_viz.capture_abstract(
            Needs(), {}, jax.ShapeDtypeStruct((1, 2), jnp.float32)
        )


def test_parameter_that_the_run_writes_is_a_state_too() -> None:
    class Writes(nn.Module):
        @nn.compact
        def __call__(self) -> jax.Array:
            weight = self.param("w", nn.initializers.ones, (2,))
            self.put_variable("params", "w", weight + 1)
            return weight

    given = {"params": {"w": jnp.zeros(2)}}
    run = unflax_viz.capture(Writes(), given, mutable=["params"])
    state = states_of(run.root)["params", "w"]
    assert state.before is given["params"]["w"]
    np.testing.assert_array_equal(state.after, jnp.ones(2))
    assert_same_bits(run.replay(), run.output)


def test_setup_that_fails_is_shown_where_it_failed() -> None:
    class Fails(nn.Module):
        def setup(self) -> None:
            raise RuntimeError("in setup")

        def __call__(self, x: jax.Array) -> jax.Array:
            return x

    class Around(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return Fails(name="inner")(x)

    with pytest.raises(RuntimeError, match="in setup") as caught:
        unflax_viz.capture(Around(), {}, X)
    run = unflax_viz.partial_run(caught.value)
    assert run is not None
    assert [(call.address, call.error) for call in run.calls()] == [
        ("/", ""),
        ("inner.setup", "RuntimeError: in setup"),
    ]


class Odd:
    """No pytree, though it looks like an array."""

    shape = (2,)
    dtype = None


class Evil:
    """Fails whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("make", [Odd, Evil, lambda: {1: X, "a": X}])
def test_what_is_no_pytree_goes_in_and_out_unharmed(make: Any) -> None:
    class Passes(nn.Module):
        def __call__(self, thing: Any) -> Any:
            return thing

    odd = make()
    run = unflax_viz.capture(Passes(), {}, odd)
    assert type(run.output) is type(odd)
    close_widget(unflax_viz.inspect(run))


def test_leaks_are_not_held_by_a_recording() -> None:
    with jax.checking_leaks(), unflax_viz.recording() as runs:
        jax.jit(SMALL.init)(jax.random.key(0), X)
    assert runs[0].is_abstract


def test_key_that_is_donated_after_the_run_is_still_known() -> None:
    key = jax.random.key(3)
    with unflax_viz.recording() as runs:
        nn.Dropout(0.5, deterministic=False).apply({}, X, rngs={"dropout": key})
        jax.jit(lambda key: jax.random.split(key)[0], donate_argnums=0)(key)
    assert runs[0].root.scope_data is not None
    assert runs[0].root.scope_data.rngs["dropout"].next_key() is not None
