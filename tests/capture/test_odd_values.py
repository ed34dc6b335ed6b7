"""Whatever a model takes and returns, and however it raises: it runs as it would."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from unflax_viz import errors
from unflax_viz.capture import recorder


@flax.struct.dataclass
class Checked:
    """Looks at its leaves, as a class with checks of shapes and values does."""

    x: Any

    def __post_init__(self) -> None:
        assert self.x.ndim == 2


def raise_when_asked(_: Any) -> Any:
    raise RuntimeError("nothing to see")


RaisesWhenLookedAt: Any = type(
    "RaisesWhenLookedAt",
    (),
    {name: property(raise_when_asked) for name in ("__class__", "__dict__")},
)
"""A class of objects of which nothing can be asked."""


class UsesChecked(nn.Module):
    """Takes, keeps, hands on and returns objects of such a class."""

    @nn.compact
    def __call__(self, given: Checked) -> Checked:
        inner = Passes()(Checked(nn.Dense(3)(given.x)))
        state = self.variable("state", "kept", lambda: Checked(jnp.zeros((2, 3))))
        if not self.is_initializing():
            state.value = inner
        return Checked(inner.x + 1)


class Passes(nn.Module):
    """Returns its argument."""

    def __call__(self, given: Any, other: Any = None) -> Any:
        del other
        return given


def itself() -> dict[str, Any]:
    context: dict[str, Any] = {"x": 1}
    context["self"] = context
    return context


def deep() -> list[Any]:
    nest: list[Any] = []
    for _ in range(3000):
        nest = [nest]
    return nest


def test_objects_that_check_their_leaves_go_through_as_they_would() -> None:
    model, given = UsesChecked(), Checked(jnp.ones((2, 3)))
    variables = model.init(jax.random.key(0), given)
    expected, state = model.apply(variables, given, mutable=["state"])
    with unflax_viz.recording() as runs:
        recorded, _ = model.apply(variables, given, mutable=["state"])
    run = unflax_viz.capture(model, variables, given, mutable=["state"])
    plan = unflax_viz.capture_abstract(model, variables, given, mutable=["state"])
    np.testing.assert_array_equal(recorded.x, expected.x)
    np.testing.assert_array_equal(run.output[0].x, expected.x)
    scope: Any = run.root.scope_data
    kept = scope.variables["state"]["kept"]
    assert kept.before is variables["state"]["kept"]
    after: Any = state["state"]["kept"]
    np.testing.assert_array_equal(kept.after.x, after.x)
    for each in (*runs, run, plan):
        assert each.at("Passes_0").output_structure.x.shape == (2, 3)
        assert each.root.input_structure.args[0].x.shape == (2, 3)
    assert plan.output[0].x == jax.ShapeDtypeStruct((2, 3), jnp.float32)
    np.testing.assert_array_equal(run.replay(given)[0].x, expected.x)


@pytest.mark.parametrize("make", [itself, deep, RaisesWhenLookedAt])
def test_odd_arguments_do_not_disturb_the_run(make: Callable[[], Any]) -> None:
    x, odd = jnp.ones(2), make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with unflax_viz.recording() as runs:
            assert Passes().apply({}, x, odd) is x
    run = unflax_viz.capture(Passes(), {}, x, odd)
    plan = unflax_viz.capture_abstract(Passes(), {}, jax.eval_shape(lambda: x), odd)
    for each in (*runs, run, plan):
        assert each.root.output_structure.shape == (2,)


def test_odd_output_is_that_very_object() -> None:
    odd = itself()
    assert unflax_viz.capture(Passes(), {}, odd).output is odd


class SilentError(Exception):
    """Refuses to be written and to be given attributes."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):  # contextlib and JAX set some of those.
            raise TypeError("no attributes")
        super().__setattr__(name, value)


class Raising(nn.Module):
    """Raises what it is given."""

    error: Exception

    def __call__(self) -> None:
        raise self.error


def test_exception_that_refuses_everything_is_the_one_that_comes_out() -> None:
    error = SilentError()
    with pytest.raises(SilentError) as caught:
        unflax_viz.capture(Raising(error), {})
    assert caught.value is error
    partial = unflax_viz.partial_run(error)
    assert partial is not None
    assert partial.error == "SilentError: <RuntimeError where its message was written>"


def test_failure_of_ours_is_said_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(tree: Any) -> Any:
        raise OverflowError("too much")

    monkeypatch.setattr(recorder, "structure_of", fail)
    x = jnp.ones(2)
    message = (
        r"^unflax_viz could not record a run, which itself is not affected: "
        r"OverflowError: too much \(test_odd_values\.py:\d+, in fail\)$"
    )

    def record() -> tuple[int, int]:
        with unflax_viz.recording() as runs:
            assert Passes().apply({}, x) is x
            monkeypatch.undo()
            assert Passes().apply({}, x) is x
        return len(runs), runs.n_seen

    with pytest.warns(UserWarning, match=message):
        assert record() == (1, 2)
    monkeypatch.setattr(recorder, "structure_of", fail)
    with pytest.raises(errors.RecordFailedError, match=message):
        unflax_viz.capture(Passes(), {}, x)


class MapsOver(nn.Module):
    """A vmap of what it is given."""

    in_axes: Any = 0

    @nn.compact
    def __call__(self, given: Any) -> Any:
        mapped = nn.vmap(Passes, in_axes=self.in_axes, variable_axes={}, split_rngs={})
        return mapped()(given)


@pytest.mark.parametrize(
    ("module", "given"),
    [
        (MapsOver(), {"a": jnp.ones(2), "b": 1.0}),
        (MapsOver(in_axes=({"a": 0, "b": 0},)), {"a": jnp.ones(2)}),
    ],
)
def test_what_jax_refuses_is_refused_with_its_own_words(
    module: nn.Module, given: Any
) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011
        module.apply({}, given)
    with pytest.raises(type(expected.value)) as raised, unflax_viz.recording():
        module.apply({}, given)
    assert str(raised.value) == str(expected.value)


def test_parameter_without_a_name_is_refused_by_flax() -> None:
    class Nameless(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            make: Any = self.scope and self.scope.param
            make()

    with pytest.raises(TypeError, match="missing 2 required positional") as expected:
        Nameless().apply({})
    with pytest.raises(TypeError) as raised, unflax_viz.recording():
        Nameless().apply({})
    assert str(raised.value) == str(expected.value)
