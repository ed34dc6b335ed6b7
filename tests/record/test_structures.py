"""Shapes, dtypes and sizes without values."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.record import structures


def test_structure_keeps_constants_and_names_what_is_no_array() -> None:
    tree = {"x": jnp.ones((2, 3)), "train": True, "name": "n", "f": [len, None]}
    assert structures.structure_of(tree) == {
        "x": jax.ShapeDtypeStruct((2, 3), jnp.float32),
        "train": True,
        "name": "n",
        "f": ["<builtin_function_or_method>", None],
    }


@pytest.mark.parametrize(
    ("value", "size_bytes"),
    [
        (jnp.ones((3, 5), jnp.float32), 60),
        (jnp.ones((3, 5), jnp.bfloat16), 30),
        (np.ones((3,), np.int8), 3),
        (np.zeros((4,), bool), 4),
        (np.zeros((2,), np.complex64), 16),
        (jax.ShapeDtypeStruct((8,), jnp.int4), 4),
        (jax.random.key(0), 8),
        (jnp.ones((0, 7)), 0),
        ({"a": jnp.ones(2), "b": (jnp.ones(3), "text")}, 20),
    ],
)
def test_bytes_are_what_the_elements_take(value: Any, size_bytes: int) -> None:
    assert structures.count_bytes(value) == size_bytes


def test_tracers_are_replaced_and_everything_else_is_kept() -> None:
    kept = jnp.ones(2)
    seen = []
    jax.jit(lambda x: seen.append(structures.without_tracers([x, kept])))(jnp.ones(3))
    assert seen[0][0] == jax.ShapeDtypeStruct((3,), jnp.float32)
    assert seen[0][1] is kept
