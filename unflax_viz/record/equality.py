"""Are two values the same, bit for bit?"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from unflax_viz.record.structures import count_bytes, is_abstract, is_array, is_key

_MAX_COMPARED_BYTES = 4_000_000
"""Larger values take longer than a reader should wait for the first picture."""


def is_surely_equal(left: Any, right: Any) -> bool:
    """Tells whether two values are known to be the same.

    Args:
      left: A value: an array, a pytree of arrays, or anything else.
      right: Another one.

    Returns:
      True for the same object, and for values of the same structure, shapes, dtypes
      and bits; so NaN is equal to itself, and 0.0 is not equal to -0.0. False for what
      cannot be compared: shapes without values, tracers, deleted arrays, parts of
      other processes, and more than 4 MB.
    """
    if left is right:
        return True
    try:
        return _have_equal_bits(left, right)
    except Exception:
        return False


def _have_equal_bits(left: Any, right: Any) -> bool:
    leaves, structure = jax.tree.flatten(left)
    other_leaves, other_structure = jax.tree.flatten(right)
    if structure != other_structure or count_bytes(leaves) > _MAX_COMPARED_BYTES:
        return False
    return all(map(is_equal_leaf, leaves, other_leaves))


def is_equal_leaf(left: Any, right: Any) -> bool:
    """Tells whether two leaves have the same bits, whatever their size.

    Raises:
      Exception: What JAX raises where the bits of an array cannot be read.
    """
    if is_array(left) and is_array(right):
        return _is_equal_array(left, right)
    return type(left) is type(right) and bool(left == right)


def _is_equal_array(left: Any, right: Any) -> bool:
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    if is_abstract(left) or is_abstract(right):
        return False
    if is_key(left):
        left, right = jax.random.key_data(left), jax.random.key_data(right)
    left, right = np.asarray(left), np.asarray(right)
    if left.dtype.hasobject:
        return bool((left == right).all())
    return left.tobytes() == right.tobytes()
