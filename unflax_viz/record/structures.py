"""What is known of a value without holding it: shapes, dtypes and sizes."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer


def is_array(value: Any) -> bool:
    """Tells whether `value` is an array of JAX or NumPy, an abstract one included."""
    return isinstance(value, jax.Array | np.ndarray | np.generic | jax.ShapeDtypeStruct)


def is_key(value: Any) -> bool:
    """Tells whether an array holds typed PRNG keys."""
    return jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def is_abstract(value: Any) -> bool:
    """Tells whether `value` is a shape and a dtype without numbers."""
    return isinstance(value, jax.ShapeDtypeStruct | Tracer)


def structure_of(tree: Any) -> Any:
    """Replaces every array of a pytree by its `jax.ShapeDtypeStruct`.

    Args:
      tree: Anything. Leaves that are no arrays (numbers, strings, functions) are kept
        when they are plain Python constants, else named by their type.

    Returns:
      A tree of the same structure that holds no array and no tracer.
    """
    return map_leaves(_structure_of_leaf, tree)


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
    return map_leaves(
        lambda leaf: _structure_of_leaf(leaf) if _holds_tracer(leaf) else leaf, tree
    )


def _holds_tracer(leaf: Any) -> bool:
    """Tells whether a leaf is a tracer, or an object with one among its attributes."""
    if isinstance(leaf, Tracer):
        return True
    attributes = leaves_of(getattr(leaf, "__dict__", {})) if _is_plain(leaf) else []
    return any(isinstance(value, Tracer) for value in attributes)


def _is_plain(leaf: Any) -> bool:
    """Tells whether an object keeps its attributes where they can be looked at."""
    return type(leaf).__getattribute__ is object.__getattribute__ and not isinstance(
        leaf, type | types.ModuleType | types.FunctionType
    )


def leaves_of(tree: Any) -> list[Any]:
    """Lists the leaves of a tree, as `map_leaves` understands it."""
    leaves: list[Any] = []
    map_leaves(leaves.append, tree)
    return leaves


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Does what `jax.tree.map` does, also for dicts whose keys cannot be compared.

    What a model takes and returns need not be a pytree; what cannot be looked into is
    one leaf.
    """
    if type(tree) is dict:
        return {key: map_leaves(function, child) for key, child in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(map_leaves(function, child) for child in tree)
    try:
        children, structure = jax.tree.flatten(tree, is_leaf=lambda x: x is not tree)
    except Exception:
        return function(tree)
    if len(children) == 1 and children[0] is tree:
        return function(tree)
    return jax.tree.unflatten(structure, [map_leaves(function, x) for x in children])


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
    return sum(math.prod(leaf.shape) for leaf in leaves_of(tree) if is_array(leaf))


def count_bytes(tree: Any) -> int:
    """Counts the bytes that the arrays of a pytree hold, key data included."""
    return sum(_leaf_bytes(leaf) for leaf in leaves_of(tree) if is_array(leaf))


def _leaf_bytes(leaf: Any) -> int:
    n_elements = math.prod(leaf.shape)
    if is_key(leaf):
        return n_elements * key_data_bytes(leaf.dtype)
    is_duration = leaf.dtype.kind == "m"  # which NumPy counts among the integers
    if not is_duration and (
        jnp.issubdtype(leaf.dtype, jnp.integer)
        or jnp.issubdtype(leaf.dtype, jnp.floating)
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
