"""A state has changed where its bits have, not where it was merely written."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import struct
from flax.core import FrozenDict

import unflax_viz
from unflax_viz.record.equality import is_surely_equal
from unflax_viz.record.index import RunIndex

NAN = float("nan")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (jnp.array([1.0, NAN]), jnp.array([1.0, NAN])),
        (np.arange(3, dtype=np.int32), jnp.arange(3)),
        (jnp.ones(2, jnp.bfloat16), jnp.ones(2, jnp.bfloat16)),
        (jax.random.key(3), jax.random.key(3)),
        ({"a": jnp.ones(2), "b": "x"}, {"a": jnp.ones(2), "b": "x"}),
        (np.array([1], "timedelta64[s]"), np.array([1], "timedelta64[s]")),
        ("text", "text"),
        (NAN, float("nan")),
        (np.float64("nan"), np.float64("nan")),
        (complex(1, NAN), complex(1, float("nan"))),
        ((1, [NAN]), (1, [float("nan")])),
        ({"a": (NAN,)}, {"a": (float("nan"),)}),
        ({NAN, 1, (NAN,)}, {(float("nan"),), 1, float("nan")}),
        (frozenset([frozenset([NAN])]), frozenset([frozenset([float("nan")])])),
        (decimal.Decimal("nan"), decimal.Decimal("nan")),
        (np.array([NAN, None], object), np.array([float("nan"), None], object)),
        (FrozenDict(a=NAN), FrozenDict(a=float("nan"))),
        (datetime.date(2000, 1, 1), datetime.date(2000, 1, 1)),
    ],
)
def test_same_bits_are_equal(left: Any, right: Any) -> None:
    assert is_surely_equal(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (jnp.array([0.0]), jnp.array([-0.0])),
        (jnp.ones(2), jnp.ones(3)),
        (jnp.ones(2), jnp.ones(2, jnp.bfloat16)),
        (jax.random.key(3), jax.random.key(4)),
        ({"a": jnp.ones(2)}, {"b": jnp.ones(2)}),
        (
            jax.ShapeDtypeStruct((2,), jnp.float32),
            jax.ShapeDtypeStruct((2,), jnp.float32),
        ),
        (jnp.zeros(1_000_001), jnp.zeros(1_000_001)),
        (1, True),
        (1.0, 2.0),
        (0.0, -0.0),
        (complex(0, 0.0), complex(0, -0.0)),
        ((NAN, 1), (NAN,)),
        ({1}, {True}),
        ({NAN, float("nan")}, {NAN}),
        ({"a": NAN}, {"b": NAN}),
        (FrozenDict(a=1), FrozenDict(a=2)),
        (np.array([NAN, None], object), np.array([NAN, 1], object)),
        ([1], (1,)),
        (list, tuple),
        (lambda: 1, lambda: 1),
    ],
)
def test_other_and_unknown_bits_are_not(left: Any, right: Any) -> None:
    assert not is_surely_equal(left, right)


def test_a_deleted_array_is_not_surely_equal() -> None:
    left, right = jnp.ones(3), jnp.ones(3)
    left.delete()
    assert not is_surely_equal(left, right)


class _Unwilling:
    """Holds a value, and cannot be compared."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value is ambiguous")

    __hash__ = object.__hash__


@dataclasses.dataclass(eq=False)
class _Setting:
    """Holds a value; equal to itself only, if Python is asked."""

    value: Any


@dataclasses.dataclass(frozen=True, slots=True)
class _Slotted:
    """Holds a value, and has no `__dict__`."""

    value: Any


@struct.dataclass
class _Static:
    """A pytree with an array beside its leaves, which Python cannot compare."""

    leaf: Any
    value: Any = struct.field(pytree_node=False)


class _Numbers(list[int]):
    """Keeps more than its attributes."""


@dataclasses.dataclass(init=False, eq=False)
class _NamedNumbers(list[int]):
    """Keeps more than its attributes and fields."""

    name: str = ""


@pytest.mark.parametrize(
    "kind",
    [_Unwilling, _Setting, _Slotted, functools.partial(_Static, jnp.ones(2))],
)
def test_objects_are_compared_by_what_they_hold(kind: Any) -> None:
    assert is_surely_equal(kind([NAN, jnp.ones(2)]), kind([NAN, jnp.ones(2)]))
    assert not is_surely_equal(kind(1), kind(2))
    assert not is_surely_equal(kind(1), object())


def test_objects_that_keep_more_than_attributes_are_not_taken_for_equal() -> None:
    assert not is_surely_equal(_Numbers([1]), _Numbers([2]))
    assert not is_surely_equal(_NamedNumbers([1]), _NamedNumbers([2]))
    left, right = _Setting(1), _Setting(1)
    right.more = 2  # pyright: ignore[reportAttributeAccessIssue]
    assert not is_surely_equal(left, right)
    assert not is_surely_equal(iter([1]), iter([1]))
    assert not is_surely_equal(object(), object())


class _Noting(nn.Module):
    """Writes the value that was there."""

    @nn.compact
    def __call__(self) -> None:
        noted = self.variable("seen", "noted", tuple[Any, ...])
        noted.value = (float("nan"), {"a": float("nan")})


def test_a_python_nan_that_is_written_again_has_not_changed() -> None:
    variables = {"seen": {"noted": (NAN, {"a": NAN})}}
    run = unflax_viz.capture(_Noting(), variables, mutable=["seen"])
    assert run.find("is:changed", lens="state") == ()


class Writer(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        same = self.variable("seen", "same", lambda: jnp.zeros(3))
        same.value = same.value * 1
        other = self.variable("seen", "other", lambda: jnp.zeros(3))
        other.value = other.value + 1
        return x


def test_rows_search_and_totals_count_what_has_other_values() -> None:
    variables = {"seen": {"same": jnp.full(3, NAN), "other": jnp.zeros(3)}}
    run = unflax_viz.capture(Writer(), variables, jnp.ones(2), mutable=["seen"])
    assert RunIndex(run).table.total_of(0).n_changed == 1
    assert [state.name for state in run.find("is:changed", lens="state")] == ["other"]
