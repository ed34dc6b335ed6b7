"""What is known of a value without holding it: shapes, dtypes and sizes.

What a model takes and returns is somebody else's: it may be a pytree or not, hold
itself, be nested deeper than Python recurses, or raise when it is looked at. Nothing
here raises for that, and no class of somebody else is ever built from shapes.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

_CLOSED = (type, types.ModuleType, types.FunctionType)
"""Objects whose attributes are not what a model computed."""

_ARRAYS = (jax.Array, np.ndarray, np.generic, jax.ShapeDtypeStruct)
_CONSTANTS = (bool, int, float, complex, str, bytes, type(None))
_PLAIN = frozenset({*_CONSTANTS, types.FunctionType, type})
"""The very classes whose instances hold nothing that can be looked into."""

_MAX_DEPTH = 100
"""How deep a structure is described; what is nested deeper is named by its type."""

_TAKE_ANYTHING = frozenset({"flax", "collections"})
"""Packages whose pytrees, such as `FrozenDict` and `Partitioned`, check no leaf."""


@jax.tree_util.register_pytree_with_keys_class
@dataclasses.dataclass(frozen=True)
class PytreeStructure:
    """The structure of an object whose class is registered as a pytree.

    Its own class may check what it is given, so it is not built from shapes. What the
    object holds is found here under the same names: `structure.logits`,
    `structure["logits"]`; a child named `keys`, `children` or `class_name` only in the
    second way.

    Attributes:
      class_name: The name of the class.
      keys: The attribute, key or index of each child, as JAX names them.
      children: The structures of the children.
    """

    class_name: str
    keys: tuple[Any, ...]
    children: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        if "keys" not in vars(self):  # It is being unpickled, or copied.
            raise AttributeError(name)
        if name in self.keys:
            return self[name]
        raise AttributeError(f"{self.class_name} has no child {name!r}: {self!r}")

    def __getitem__(self, key: Any) -> Any:
        if key not in self.keys:
            raise KeyError(key)
        return self.children[self.keys.index(key)]

    def __repr__(self) -> str:
        pairs = zip(self.keys, self.children, strict=True)
        inside = ", ".join(f"{key}={child!r}" for key, child in pairs)
        return f"{self.class_name}({inside})"

    def tree_flatten_with_keys(self) -> tuple[Any, Any]:
        """Returns the children as JAX wants them."""
        keys = map(jax.tree_util.GetAttrKey, map(str, self.keys))
        pairs = tuple(zip(keys, self.children, strict=True))
        return pairs, (self.class_name, self.keys)

    @classmethod
    def tree_unflatten(cls, names: Any, children: Any) -> PytreeStructure:
        """Builds a structure of what `tree_flatten_with_keys` returned."""
        class_name, keys = names
        return cls(class_name, keys, tuple(children))


def is_array(value: Any) -> bool:
    """Tells whether `value` is an array of JAX or NumPy, an abstract one included."""
    if type(value) in _PLAIN:
        return False
    try:
        return isinstance(value, _ARRAYS)
    except Exception:  # Its __class__ is a property that raises.
        return False


def is_ref(value: Any) -> bool:
    """Tells whether `value` is a mutable array that can be read."""
    return type(value) is jax.Ref


def is_key(value: Any) -> bool:
    """Tells whether an array holds typed PRNG keys."""
    return jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def is_abstract(value: Any) -> bool:
    """Tells whether `value` is a shape and a dtype without numbers."""
    return issubclass(type(value), jax.ShapeDtypeStruct | Tracer)


def structure_of(tree: Any) -> Any:
    """Describes a value by the shapes of its arrays.

    Args:
      tree: Anything.

    Returns:
      New dicts, lists and tuples, with a `jax.ShapeDtypeStruct` for each array and a
      `PytreeStructure` for each object of a registered class. Plain constants are
      kept; everything else is named by its type, `"<Tokenizer>"`. It holds no array
      and no tracer.
    """
    if is_array(tree):
        return _shape_of(tree)
    if type(tree) is tuple and all(map(is_array, tree)):
        return tuple(map(_shape_of, tree))
    return _Copier(_structure_of_leaf).copy(tree)


def without_tracers(tree: Any) -> Any:
    """Replaces tracers, and objects with tracers among their attributes.

    Returns:
      The very object where nothing in it is a tracer, so that a record costs no
      memory. Else a copy that holds nothing of a trace that is over: the structure of
      each tracer, the name of the type of each object that has one as an attribute,
      and a `PytreeStructure` for a registered class around them.
    """
    return _Copier(_without_tracer, is_kept=_has_no_tracer).copy(tree)


class _Copier:
    """Copies nested containers with other leaves; each container once.

    Args:
      copy_leaf: Gives the new leaf for one that cannot be looked into.
      is_kept: Tells of a whole container that it stays as it is.
      builds_all: Builds nodes of any class, as JAX does; only for leaves that JAX
        itself would put there.
    """

    def __init__(
        self,
        copy_leaf: Callable[[Any], Any],
        is_kept: Callable[[Any], bool] = lambda tree: False,
        builds_all: bool = False,
    ):
        self._copy_leaf = copy_leaf
        self._is_kept = is_kept
        self._builds_all = builds_all
        # With what keeps the original alive, so that its identity stays its own.
        self._copies: dict[int, tuple[Any, Any]] = {}

    def copy(self, tree: Any, depth: int = 0) -> Any:
        """Copies a tree that is nested in `depth` others."""
        children = children_of(tree)
        if children is None:
            return self._copy_leaf(tree)
        if self._is_kept(tree):
            return tree
        if id(tree) in self._copies:
            return self._copies[id(tree)][1]
        if depth == _MAX_DEPTH:
            return f"<{name_of_type(tree)} inside {depth} others>"
        self._copies[id(tree)] = tree, f"<{name_of_type(tree)} that holds itself>"
        copied = [self.copy(child, depth + 1) for child in children.values()]
        copy = self._build(tree, tuple(children), copied)
        self._copies[id(tree)] = tree, copy
        return copy

    def _build(self, tree: Any, keys: tuple[Any, ...], children: list[Any]) -> Any:
        """Builds a container like `tree` of other children."""
        if type(tree) is dict:
            return dict(zip(keys, children, strict=True))
        if type(tree) in (list, tuple):
            return type(tree)(children)
        package = type(tree).__module__.partition(".")[0]
        if self._builds_all or package in _TAKE_ANYTHING:
            structure = jax.tree.structure(
                tree, is_leaf=lambda child: child is not tree
            )
            return jax.tree.unflatten(structure, children)
        return PytreeStructure(name_of_type(tree), keys, tuple(children))


def children_of(tree: Any) -> dict[Any, Any] | None:
    """Returns what a pytree holds directly, by key; None for a leaf.

    What raises when it is looked into is a leaf.
    """
    if type(tree) is dict:
        return tree
    if type(tree) in (list, tuple):
        return dict(enumerate(tree))
    if type(tree) in _PLAIN or issubclass(type(tree), Tracer):
        return None
    try:
        return None if is_array(tree) else _children_of_node(tree)
    except Exception:
        return None


def _children_of_node(node: Any) -> dict[Any, Any] | None:
    pairs, _ = jax.tree_util.tree_flatten_with_path(
        node, is_leaf=lambda child: child is not node
    )
    is_leaf = node is None or (len(pairs) == 1 and not pairs[0][0])
    return None if is_leaf else {_name_of(path[0]): child for path, child in pairs}


def _name_of(key: Any) -> Any:
    """Returns the attribute, key or index that an entry of a JAX key path names."""
    names = (getattr(key, kind, None) for kind in ("name", "key", "idx"))
    return next((name for name in names if name is not None), str(key))


def _structure_of_leaf(leaf: Any) -> Any:
    if is_array(leaf) or is_ref(leaf):
        return _shape_of(leaf)
    if issubclass(type(leaf), _CONSTANTS):
        return leaf
    return f"<{name_of_type(leaf)}>"


def _shape_of(array: Any) -> jax.ShapeDtypeStruct:
    """Describes an array, by one object for all of its shape and dtype."""
    return _shared_shape(tuple(array.shape), array.dtype)


@functools.lru_cache(maxsize=1024)
def _shared_shape(shape: Any, dtype: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


def name_of_type(value: Any) -> str:
    """Returns the name of a value's class, or of the class that a structure is of."""
    if type(value) is PytreeStructure:
        return value.class_name
    return type(value).__qualname__


def _without_tracer(leaf: Any) -> Any:
    if not _holds_tracer(leaf):
        return leaf
    if is_array(leaf) or hasattr(getattr(leaf, "aval", None), "dtype"):
        # One of its own: a state that is the same object before and after is unchanged.
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)
    return _structure_of_leaf(leaf)


def _has_no_tracer(tree: Any) -> bool:
    return not has_leaf(tree, _holds_tracer)


def _holds_tracer(leaf: Any) -> bool:
    """Tells whether a leaf is a tracer, or an object with one among its attributes."""
    if issubclass(type(leaf), Tracer):
        return True
    if type(leaf) in _PLAIN:
        return False
    return has_leaf(_attributes_of(leaf), lambda x: issubclass(type(x), Tracer))


def _attributes_of(leaf: Any) -> dict[str, Any]:
    """Returns the attributes of an object that keeps them in the open."""
    cls = type(leaf)
    if cls.__getattribute__ is not object.__getattribute__ or issubclass(cls, _CLOSED):
        return {}
    try:
        return leaf.__dict__
    except Exception:  # It has none, or a property of that name raises.
        return {}


def has_leaf(tree: Any, predicate: Callable[[Any], bool]) -> bool:
    """Tells whether a predicate holds for a leaf; what is shared is looked at once."""
    return any(map(predicate, _iterate_leaves(tree, is_shared_once=True)))


def leaves_of(tree: Any) -> list[Any]:
    """Lists the leaves of a tree; one that stands in two places is listed twice."""
    return list(_iterate_leaves(tree))


def _iterate_leaves(tree: Any, is_shared_once: bool = False) -> Iterator[Any]:
    """Yields the leaves of a tree; needs no recursion, and ends where it holds itself.

    Args:
      tree: Anything.
      is_shared_once: Enters a container once, also where several others hold it.
    """
    entered: dict[int, Any] = {}
    waiting: list[tuple[Any, bool]] = [(tree, True)]
    while waiting:
        node, is_entered = waiting.pop()
        if not is_entered:
            del entered[id(node)]
            continue
        children = children_of(node)
        if children is None:
            yield node
        elif id(node) not in entered:
            entered[id(node)] = node
            if not is_shared_once:
                waiting.append((node, False))
            waiting += [(child, True) for child in reversed(children.values())]


def replace_leaves(tree: Any, new_leaves: dict[int, Any]) -> Any:
    """Copies a pytree with other leaves, as JAX would: classes of nodes are run.

    Args:
      tree: Anything. What holds no such leaf stays the very object.
      new_leaves: By the identity of the old ones.
    """

    def is_replaced(leaf: Any) -> bool:
        return id(leaf) in new_leaves

    return _Copier(
        lambda leaf: new_leaves[id(leaf)] if is_replaced(leaf) else leaf,
        is_kept=lambda tree: not has_leaf(tree, is_replaced),
        builds_all=True,
    ).copy(tree)


def leaf_paths(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields the path of everything in nested dicts that is not a dict itself."""
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
