"""What do Flax Linen's private parts say of a scope, a method or a key?

Besides `scopes`, `lifts`, `watch` and `shape_checks` this is the only module that
knows them. Checked with flax 0.12.0 and 0.12.12.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import weakref
from collections.abc import Callable
from typing import Any

import flax
import flax.core
import flax.core.scope
import flax.linen
import flax.linen.module

from unflax_viz.capture.events import BaseKeys, Path, Place
from unflax_viz.errors import InstallationError
from unflax_viz.record.structures import leaf_paths, without_tracers

_CHECKED = "0.12.0 and 0.12.12"
_RECORDING = "unflax_viz_recording"
_TRACE = "unflax_viz_trace"

MARKS = itertools.count(1)
"""The next mark of a scope; none is given twice."""


RngCounters = dict[tuple[tuple[str, ...], str], int]
"""Numbers of keys drawn, by the path of the scope and the stream."""


class UnboundCopies:
    """Copies modules without their scopes; the same module gives the same copy.

    It holds no module: a bound one leads to the tracers of its trace.
    """

    def __init__(self) -> None:
        self._copies: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def copy(self, module: Any) -> Any:
        """Copies a module without its scope, its parent and what `setup` made.

        `Module.clone` would run `__post_init__` once more, which may change the fields,
        and fails where the class has an `InitVar`.
        """
        known, copy = self._copies.get(id(module), (_nothing, None))
        if known() is module:
            return copy
        copy = object.__new__(type(module))
        self._copies[id(module)] = (weakref.ref(module), copy)
        for field in dataclasses.fields(module):
            if field.name != "parent" and hasattr(module, field.name):
                value = self._copy_value(getattr(module, field.name))
                object.__setattr__(copy, field.name, value)
        object.__setattr__(copy, "parent", None)
        object.__setattr__(copy, "scope", None)
        object.__setattr__(copy, "_id", module._id)
        object.__setattr__(copy, "_state", type(module._state)())
        return copy

    def _copy_value(self, value: Any) -> Any:
        if isinstance(value, flax.linen.Module):
            return self.copy(value)
        if type(value) in (dict, flax.core.FrozenDict):
            items = {name: self._copy_value(child) for name, child in value.items()}
            return type(value)(items)
        if type(value) in (list, tuple):
            return type(value)(map(self._copy_value, value))
        return without_tracers(value)


def _nothing() -> None:
    """Stands for a reference to a module that is gone."""


def bind_at(
    module: Any, path: tuple[str, ...], variables: Any, rngs: Any, mutable: Any
) -> tuple[Any, Any]:
    """Binds an unbound module to a new scope at a path.

    Returns:
      The root scope, whose `temporary` the caller enters, and the bound module.
    """
    root = flax.core.scope.bind(variables, rngs=rngs, mutable=mutable)
    scope = root
    for name in path:
        scope = scope.push(name, reuse=True)
    return root, module.clone(parent=scope, _deep_clone=True)


def method_name_of(method: Any) -> str:
    """Returns the name under which Flax knows a method or a function."""
    return flax.linen.module._get_fn_name(method)


def variables_of(scope: Any, is_meant: Callable[[str], bool]) -> dict[str, Any]:
    """Copies some collections of a root scope; dicts are new, leaves are the same."""
    return {
        collection: copy_dicts(tree)
        for collection, tree in scope._variables.items()
        if is_meant(collection)
    }


def variable_paths_of(scope: Any) -> list[tuple[str, Path]]:
    """Lists the collection and the path of all variables in and below a scope."""
    return [
        (collection, path)
        for collection, tree in scope._variables.items()
        for path in leaf_paths(copy_dicts(tree), scope.path)
    ]


def rngs_of(scope: Any) -> dict[str, Any]:
    """Returns the base key of every stream of a scope."""
    return {stream: lazy.rng for stream, lazy in scope.rngs.items()}


def rng_counters_of(root: Any) -> RngCounters:
    """Returns how many keys each scope has drawn from each stream, where it has any."""
    found: RngCounters = {}
    waiting: list[tuple[tuple[str, ...], dict[Any, Any]]] = [((), root.rng_counters)]
    while waiting:
        path, counters = waiting.pop()
        for key, value in counters.items():
            if isinstance(value, dict):
                waiting.append(((*path, key[1]), value))
            elif value:
                found[path, key] = value
    return found


def set_rng_counters(root: Any, counters: RngCounters) -> None:
    """Lets the scopes below a root go on counting their draws from `counters`."""
    for (path, stream), counter in counters.items():
        own = root.rng_counters
        for name in path:
            place = (flax.core.scope.child_rng_token, name)
            own = own.setdefault(place, dict.fromkeys(root.rngs, 0))
        own[stream] = counter


def identity_of(scope: Any) -> int:
    """Returns what a scope has in common with those below it, rewound ones too.

    Outside of all transforms it is that of the variables of the root: a compact method
    ends with its scope replaced by a rewound copy, which is a new root if the old one
    was. Inside it is a mark, since a scope must not be held longer than its trace.
    """
    return scope.flags.get(_TRACE) or id(scope.root._variables)


def place_of(scope: Any) -> Place:
    """Returns where in its model a scope is."""
    return Place(scope.path, identity_of(scope))


def base_keys_of(scope: Any) -> BaseKeys:
    """Returns the base keys of a scope."""
    return BaseKeys(identity_of(scope), rngs_of(scope))


def mark_trace(scope: Any, mark: int) -> None:
    """Gives the scope of a tracing an identity, which all scopes below it inherit."""
    scope.flags = flax.core.freeze({**scope.flags, _TRACE: -mark})


def interceptors_of_thread() -> list[Any]:
    """Returns the list of method interceptors that Flax goes through in this thread.

    Raises:
      InstallationError: If it is kept in another way.
    """
    stack = getattr(flax.linen.module, "_global_interceptor_stack", None)
    interceptors = getattr(stack, "_storage", None)
    if isinstance(interceptors, list):
        return interceptors
    raise unsupported("flax.linen.module._global_interceptor_stack._storage")


def unsupported(name: str) -> InstallationError:
    """Returns the error that says what of Flax is not there."""
    return InstallationError(
        f"Flax {flax.__version__} has no {name}, which a recording listens to; "
        f"unflax_viz was checked with Flax {_CHECKED}."
    )


def is_mutable(mutable: Any, collection: str) -> bool:
    """Tells whether a filter, such as `apply` takes, lets a collection be written."""
    return flax.core.scope.in_filter(mutable, collection)


def is_test_scope(scope: Any) -> bool:
    """Tells whether Flax made the scope only to look at a module's class."""
    return isinstance(scope, flax.linen.module.TestScope)


def mark_scope(scope: Any, mark: int) -> None:
    """Gives a scope a flag of its own, which all scopes below it inherit.

    `nn.jit` then takes the call for another program and traces it, where it would have
    run a compiled body unseen; and what it traced is never used in another run.
    """
    scope.flags = flax.core.freeze({**scope.flags, _RECORDING: mark})


def separates_suffixes() -> bool:
    """Tells whether Flax tells the paths ("ab", "c") and ("a", "bc") apart."""
    return bool(flax.config.flax_fix_rng_separator)


def fold_number(suffix: tuple[str | int, ...], has_separators: bool) -> int:
    """Hashes path and counter to the number that is folded into a key.

    Written from `flax.core.scope._fold_in_static` of flax 0.12.8, which folds the first
    four bytes of the SHA-1 of the parts.

    Args:
      suffix: Names of the path and the counter; at least one part, no number negative.
      has_separators: Whether a zero byte goes before each part, as it does where
        `flax_fix_rng_separator` is on.

    Returns:
      The number, from 0 to 2**32 - 1.
    """
    digest = hashlib.sha1()
    for part in suffix:
        if has_separators:
            digest.update(b"\00")
        if isinstance(part, str):
            digest.update(part.encode())
        else:
            digest.update(part.to_bytes((part.bit_length() + 7) // 8, "big"))
    return int.from_bytes(digest.digest()[:4], "big")


def copy_dicts(tree: Any) -> Any:
    """Copies nested dicts, frozen ones as plain ones; what they hold is the same."""
    if isinstance(tree, dict | flax.core.FrozenDict):
        return {name: copy_dicts(child) for name, child in tree.items()}
    return tree
