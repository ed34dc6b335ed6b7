"""What is known of a value without holding it: shapes, dtypes and sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer


def is_array(value: Any) -> bool:
    """Tells whether `value` has a shape and a dtype (an abstract one included)."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_key(value: Any) -> bool:
    """Tells whether an array holds typed PRNG keys."""
    return jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def is_abstract(value: Any) -> bool:
    """Tells whether `value` is a shape and a dtype without numbers."""
    return isinstance(value, jax.ShapeDtypeStruct | Tracer)


def structure_of(tree: Any) -> Any:
    """Replaces every array of a pytree by its `jax.ShapeDtypeStruct`.

    Args:
      tree: Any pytree. Leaves that are no arrays (numbers, strings, functions)
        are kept when they are plain Python constants, else named by their type.

    Returns:
      A pytree of the same structure that holds no array and no tracer.
    """
    return jax.tree.map(_structure_of_leaf, tree)


def _structure_of_leaf(leaf: Any) -> Any:
    if is_array(leaf):
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)
    if isinstance(leaf, bool | int | float | complex | str | bytes | type(None)):
        return leaf
    return f"<{type(leaf).__qualname__}>"


def without_tracers(tree: Any) -> Any:
    """Replaces the tracers of a pytree by their shapes and dtypes.

    An object that is no pytree and has tracers among its attributes is replaced by
    the name of its type. Everything else is kept by reference, so a record costs no
    memory and holds nothing of a trace that is over.
    """
    return jax.tree.map(
        lambda leaf: _structure_of_leaf(leaf) if _holds_tracer(leaf) else leaf, tree
    )


def _holds_tracer(leaf: Any) -> bool:
    """Tells whether a leaf is a tracer, or an object with one among its attributes."""
    inside = jax.tree.leaves(getattr(leaf, "__dict__", None))
    return any(isinstance(value, Tracer) for value in (leaf, *inside))


def leaf_paths(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the path of everything in nested dicts that is no dict itself."""
    if not isinstance(tree, dict):
        yield path
        return
    for name, child in tree.items():
        yield from leaf_paths(child, (*path, name))


def value_at(tree: Any, path: tuple[str, ...], default: Any = None) -> Any:
    """Returns what nested dicts hold at a path, or `default` if nothing."""
    for name in path:
        if not isinstance(tree, dict) or name not in tree:
            return default
        tree = tree[name]
    return tree


def count_elements(tree: Any) -> int:
    """Counts the array elements of a pytree; PRNG keys count as one element."""
    return sum(
        math.prod(leaf.shape) for leaf in jax.tree.leaves(tree) if is_array(leaf)
    )


def count_bytes(tree: Any) -> int:
    """Counts the bytes that the arrays of a pytree hold, key data included."""
    return sum(_leaf_bytes(leaf) for leaf in jax.tree.leaves(tree) if is_array(leaf))


def _leaf_bytes(leaf: Any) -> int:
    n_elements = math.prod(leaf.shape)
    if is_key(leaf):
        return n_elements * key_data_bytes(leaf.dtype)
    if jnp.issubdtype(leaf.dtype, jnp.integer) or jnp.issubdtype(
        leaf.dtype, jnp.floating
    ):
        return math.ceil(n_elements * bits_of(leaf.dtype) / 8)
    return n_elements * np.dtype(leaf.dtype).itemsize


def key_data_bytes(dtype: Any) -> int:
    """Returns the bytes of one typed PRNG key of the extended dtype `dtype`."""
    key_data = jax.eval_shape(jax.random.key_data, jax.ShapeDtypeStruct((), dtype))
    return math.prod(key_data.shape) * key_data.dtype.itemsize


def bits_of(dtype: Any) -> int:
    """Returns the bits of one element; 4 for int4, where numpy says one byte."""
    is_integer = jnp.issubdtype(dtype, jnp.integer)
    return int((jnp.iinfo if is_integer else jnp.finfo)(dtype).bits)
