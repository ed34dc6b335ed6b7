"""A state has changed where its bits have, not where it was merely written."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

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
    ],
)
def test_other_and_unknown_bits_are_not(left: Any, right: Any) -> None:
    assert not is_surely_equal(left, right)


def test_a_deleted_array_is_not_surely_equal() -> None:
    left, right = jnp.ones(3), jnp.ones(3)
    left.delete()
    assert not is_surely_equal(left, right)


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
