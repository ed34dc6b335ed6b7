"""Compares two values bit for bit.

Objects of a user's own class are compared by what they hold. Its `__eq__`, which may
raise or return an array, is asked only for items of sets and keys of dicts.
"""

from __future__ import annotations

import collections
import dataclasses
import decimal
import struct
import sys
from typing import Any

import jax
import numpy as np

from unflax_viz.record.structures import count_bytes, is_abstract, is_array, is_key

_MAX_COMPARED_BYTES = 4_000_000
"""Larger values take longer than a reader should wait for the first picture."""

_TRUSTED_PACKAGES = sys.stdlib_module_names | {"numpy", "jax", "jaxlib", "ml_dtypes"}


class _Plain:
    """As large as every object that holds nothing but its attributes."""


def is_surely_equal(left: Any, right: Any) -> bool:
    """Tells whether two values are known to be the same.

    Args:
      left: A value: an array, a pytree of arrays, or anything else.
      right: Another one.

    Returns:
      True for the same object, and for values of the same structure, shapes, dtypes
      and bits; so NaN is equal to itself, also as a number of Python and inside other
      objects, and 0.0 is not equal to -0.0. False for what cannot be compared: shapes
      without values, tracers, deleted arrays, parts of other processes, objects that
      do not show what they hold, and more than 4 MB.
    """
    if left is right:
        return True
    try:
        return count_bytes(left) <= _MAX_COMPARED_BYTES and is_equal(left, right)
    except Exception:
        return False


def is_equal(left: Any, right: Any) -> bool:
    """Tells whether two values have the same bits, whatever their size.

    Raises:
      Exception: What JAX raises where the bits of an array cannot be read.
    """
    if is_array(left) and is_array(right):
        return _is_equal_array(left, right)
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if type(left) in (float, complex):
        return _bits_of(left) == _bits_of(right)
    if type(left) in (list, tuple, collections.deque):
        return _are_equal(left, right)
    if type(left) is dict:
        return left.keys() == right.keys() and all(
            is_equal(value, right[key]) for key, value in left.items()
        )
    if type(left) in (set, frozenset):
        return _count_items(left) == _count_items(right)
    return _is_equal_object(left, right)


def _are_equal(left: Any, right: Any) -> bool:
    return len(left) == len(right) and all(map(is_equal, left, right))


def _bits_of(number: complex) -> bytes:
    return struct.pack("<2d", number.real, number.imag)


def _count_items(items: Any) -> collections.Counter[Any]:
    """Counts items by their bits: a set may hold NaN twice."""
    return collections.Counter(map(_key_of, items))


def _key_of(item: Any) -> Any:
    if type(item) in (float, complex):
        return type(item), _bits_of(item)
    if type(item) is tuple:
        return tuple, tuple(map(_key_of, item))
    if type(item) is frozenset:
        return frozenset, frozenset(_count_items(item).items())
    return type(item), item


def _is_equal_object(left: Any, right: Any) -> bool:
    kind = type(left)
    if dataclasses.is_dataclass(kind):
        return _is_equal_dataclass(left, right)
    if kind is decimal.Decimal:
        return left.as_tuple() == right.as_tuple()
    leaves, structure = _flatten_once(left)
    if not jax.tree_util.treedef_is_leaf(structure):
        other_leaves, other_structure = _flatten_once(right)
        return structure == other_structure and _are_equal(leaves, other_leaves)
    if kind.__eq__ is not object.__eq__ and _is_comparison_trusted(kind):
        return bool(left == right)
    return _has_equal_attributes(left, right)


def _is_equal_dataclass(left: Any, right: Any) -> bool:
    if hasattr(left, "__dict__"):
        return _has_equal_attributes(left, right)
    names = [field.name for field in dataclasses.fields(left)]
    return all(is_equal(getattr(left, it), getattr(right, it)) for it in names)


def _has_equal_attributes(left: Any, right: Any) -> bool:
    # Others may keep more than their attributes, as a list keeps its items.
    keeps_attributes_only = type(left).__basicsize__ == _Plain.__basicsize__
    return keeps_attributes_only and is_equal(vars(left), vars(right))


def _flatten_once(tree: Any) -> tuple[list[Any], Any]:
    return jax.tree.flatten(tree, is_leaf=lambda node: node is not tree)


def _is_comparison_trusted(kind: type) -> bool:
    comparing = next(base for base in kind.__mro__ if "__eq__" in vars(base))
    return comparing.__module__.partition(".")[0] in _TRUSTED_PACKAGES


def _is_equal_array(left: Any, right: Any) -> bool:
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    if is_abstract(left) or is_abstract(right):
        return False
    if is_key(left):
        left, right = jax.random.key_data(left), jax.random.key_data(right)
    left, right = np.asarray(left), np.asarray(right)
    if left.dtype.hasobject:
        return _are_equal(left.ravel().tolist(), right.ravel().tolist())
    return left.tobytes() == right.tobytes()
