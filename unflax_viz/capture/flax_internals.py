"""Where does Flax Linen let us watch a run?

This is the only module that touches Flax's private parts. While at least one
recording is open, it replaces a few functions of Flax by versions that call the
original and then tell the observers of the current thread; with the last recording
closed, the originals are back. Checked with flax 0.10.2 and 0.12.8.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import flax.core.lift
import flax.core.scope
import flax.linen
import flax.linen.module
import jax

Scope = flax.core.scope.Scope
LazyRng = flax.core.scope.LazyRng


class Observer(Protocol):
    """What a recording wants to be told, in the thread that opened it."""

    def open_run(
        self, entry_point: str, module: Any, method_name: str, args: Any, kwargs: Any
    ) -> None:
        """A function of a bound module is about to run, outermost or nested."""

    def close_run(self, output: Any, error: BaseException | None) -> None:
        """The function of the last `open_run` is over."""

    def open_call(self, module: Any, method_name: str, args: Any, kwargs: Any) -> None:
        """A module's method is about to run."""

    def close_call(self, output: Any, error: BaseException | None) -> None:
        """The method of the last `open_call` is over."""

    def open_setup(self, module: Any) -> None:
        """A module's `setup` is about to run."""

    def close_setup(self) -> None:
        """The `setup` of the last `open_setup` is over."""

    def note_read(self, scope: Any, collection: str, name: str) -> None:
        """A variable that exists was read."""

    def note_write(self, scope: Any, collection: str, name: str) -> None:
        """A variable was written."""

    def note_draw(self, scope: Any, stream: str, served: str) -> None:
        """A stream handed out a key; the scope's counter is already advanced."""

    def open_transform(self, kind: str, scopes: Any) -> Any:
        """A lifted transform begins; returns a token for `note_trace`."""

    def note_trace(self, token: Any, inner_scopes: Any) -> None:
        """The transform is about to trace its body with fresh scopes."""

    def close_transform(self, token: Any) -> None:
        """The transform has published what its body wrote."""


class _Watch(threading.local):
    """The observers of one thread, and whether reads and writes are Flax's own."""

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self.is_muted = False

    def active(self) -> tuple[Observer, ...]:
        return () if self.is_muted else tuple(self.observers)

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        before, self.is_muted = self.is_muted, True
        try:
            yield
        finally:
            self.is_muted = before


_watch = _Watch()
_lock = threading.Lock()
_n_open = 0
_originals: list[tuple[Any, str, Any]] = []
_recursion_limit = 0

_FRAMES_PER_FRAME = 3
"""A recorded module call takes 7 Python frames, where Flax alone takes 3."""


@contextlib.contextmanager
def watching(observer: Observer) -> Iterator[None]:
    """Tells `observer` what Flax does in this thread while the context is open."""
    _install()
    _watch.observers.append(observer)
    try:
        with flax.linen.intercept_methods(_interceptor_of(observer)):
            yield
    finally:
        _watch.observers.remove(observer)
        _uninstall()


def is_patched() -> bool:
    """Tells whether any function of Flax is replaced at the moment."""
    return bool(_originals)


def method_name_of(method: Any) -> str:
    """Returns the name under which Flax knows a method or a function."""
    return flax.linen.module._get_fn_name(method)


def is_module_method(function: Any) -> bool:
    """Tells whether Flax itself intercepts calls of `function`."""
    return hasattr(function, "method_handler_wrapped")


def root_rngs_of(scope: Any) -> dict[str, Any]:
    """Returns the base key of every stream of a root scope, by stream."""
    return {stream: lazy.rng for stream, lazy in scope.rngs.items()}


def variables_of(scope: Any) -> dict[str, Any]:
    """Copies the collections of a root scope; dicts are new, leaves are the same."""
    return {
        collection: _copy_dicts(tree) for collection, tree in scope._variables.items()
    }


def fold_in_static(key: jax.Array, suffix: tuple[str | int, ...]) -> jax.Array:
    """Derives the key of a draw as `flax.core.scope.Scope.make_rng` does."""
    return flax.core.scope._fold_in_static(key, suffix)


def is_mutable(scope: Any, collection: str) -> bool:
    """Tells whether the run may write the collection."""
    return flax.core.scope.in_filter(scope.mutable, collection)


def _copy_dicts(tree: Any) -> Any:
    if isinstance(tree, dict | flax.core.FrozenDict):
        return {name: _copy_dicts(child) for name, child in tree.items()}
    return tree


def _interceptor_of(observer: Observer) -> Callable[..., Any]:
    def intercept(next_fun: Any, args: Any, kwargs: Any, context: Any) -> Any:
        __tracebackhide__ = True
        module = context.module
        if module.scope is None or _is_test_scope(module.scope.root):
            return next_fun(*args, **kwargs)
        if context.method_name == "setup":
            observer.open_setup(module)
            try:
                return next_fun(*args, **kwargs)
            finally:
                observer.close_setup()
        observer.open_call(module, context.method_name, args, kwargs)
        return _finish(observer.close_call, next_fun, args, kwargs)

    return intercept


def _is_test_scope(scope: Any) -> bool:
    return isinstance(scope, flax.linen.module.TestScope)


def _finish(close: Any, function: Any, args: Any, kwargs: Any) -> Any:
    """Calls `function` and closes what was opened for it, also when it raises."""
    __tracebackhide__ = True
    try:
        output = function(*args, **kwargs)
    except BaseException as error:
        close(None, error)
        raise
    close(output, None)
    return output


def _install() -> None:
    global _n_open, _recursion_limit
    with _lock:
        if _n_open == 0:
            _replace_all()
            _recursion_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(_FRAMES_PER_FRAME * _recursion_limit)
        _n_open += 1


def _uninstall() -> None:
    global _n_open
    with _lock:
        _n_open -= 1
        if _n_open == 0:
            sys.setrecursionlimit(_recursion_limit)
            while _originals:
                owner, name, original = _originals.pop()
                setattr(owner, name, original)


def _replace_all() -> None:
    for owner in (flax.linen.module, flax.linen):
        _replace(owner, "apply", functools.partial(_watch_entry, "apply"))
        _replace(owner, "init_with_output", functools.partial(_watch_entry, "init"))
    _replace(flax.core.lift, "_partial_pack", _watch_partial_pack)
    _replace(Scope, "make_rng", _watch_make_rng)
    _replace(Scope, "get_variable", _watch_get_variable)
    _replace(Scope, "put_variable", _watch_put_variable)
    _replace(flax.core.scope.Variable, "value", _watch_variable_value)


def _replace(owner: Any, name: str, watch: Callable[[Any], Any]) -> None:
    original = vars(owner)[name]
    _originals.append((owner, name, original))
    setattr(owner, name, watch(original))


def _watch_entry(entry_point: str, original: Any) -> Any:
    """`nn.apply(fn, module)` and `nn.init_with_output(fn, module)`."""

    @functools.wraps(original)
    def entry(fn: Any, module: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_watch_bound_function(entry_point, fn), module, *args, **kwargs)

    return entry


def _watch_bound_function(entry_point: str, fn: Any) -> Any:
    @functools.wraps(fn)
    def run(module: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        observers = _watch.active()
        if not observers:
            return fn(module, *args, **kwargs)
        for observer in observers:
            observer.open_run(entry_point, module, method_name_of(fn), args, kwargs)

        def close(output: Any, error: BaseException | None) -> None:
            for observer in observers:
                observer.close_run(output, error)

        return _finish(close, fn, (module, *args), kwargs)

    return run


def _watch_make_rng(original: Any) -> Any:
    @functools.wraps(original)
    def make_rng(self: Any, name: str = "params") -> Any:
        __tracebackhide__ = True
        key = original(self, name)
        served = name if self.has_rng(name) else "params"
        for observer in _watch.active():
            observer.note_draw(self, name, served)
        return key

    return make_rng


def _watch_get_variable(original: Any) -> Any:
    @functools.wraps(original)
    def get_variable(self: Any, col: str, name: str, default: Any = None) -> Any:
        for observer in _watch.active():
            if self.has_variable(col, name):
                observer.note_read(self, col, name)
        return original(self, col, name, default)

    return get_variable


def _watch_put_variable(original: Any) -> Any:
    @functools.wraps(original)
    def put_variable(self: Any, col: str, name: str, value: Any) -> None:
        original(self, col, name, value)
        for observer in _watch.active():
            observer.note_write(self, col, name)

    return put_variable


def _watch_variable_value(original: property) -> property:
    """`Variable.value = x` looks at the old value for its box; that is no read."""

    def assign(self: Any, value: Any) -> None:
        with _watch.muted():
            original.__set__(self, value)
        for observer in _watch.active():
            observer.note_write(self.scope, self.collection, self.name)

    return property(original.fget, assign, original.fdel, original.__doc__)


def _watch_partial_pack(original: Any) -> Any:
    """Every lifted transform packs its scopes here, once a call."""

    @functools.wraps(original)
    def partial_pack(
        scope_tree: Any, ins: Any, outs: Any, rngs: Any, name: str | None = None
    ) -> Any:
        packed = original(scope_tree, ins, outs, rngs, name)
        observers = _watch.active()
        if not observers:
            return packed
        tokens = [
            observer.open_transform(name or "transform", scope_tree)
            for observer in observers
        ]
        watchers = tuple(zip(observers, tokens, strict=True))
        return _watch_packed(_Packed(*packed), watchers)

    return partial_pack


@dataclasses.dataclass(frozen=True)
class _Packed:
    scope_fn: Any
    repack_fn: Any
    variable_groups: Any
    rng_groups: Any
    publish_results_fn: Any


def _watch_packed(packed: _Packed, watchers: tuple[tuple[Observer, Any], ...]) -> Any:
    def scope_fn(*args: Any, **kwargs: Any) -> Any:
        inner_scopes = packed.scope_fn(*args, **kwargs)
        for observer, token in watchers:
            observer.note_trace(token, inner_scopes)
        return inner_scopes

    def publish_results_fn(*args: Any, **kwargs: Any) -> Any:
        with _watch.muted():
            result = packed.publish_results_fn(*args, **kwargs)
        for observer, token in watchers:
            observer.close_transform(token)
        return result

    return (
        scope_fn,
        packed.repack_fn,
        packed.variable_groups,
        packed.rng_groups,
        publish_results_fn,
    )
