"""How do we hear what Flax Linen does in a run, and leave no trace?

While at least one recording is open, a few functions of Flax are replaced by versions
that call the original and then tell the listeners of the current thread; with the last
recording closed, the originals are back.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import flax.core.axes_scan
import flax.core.lift
import flax.core.scope
import flax.linen
import flax.linen.module
import flax.linen.transforms

from unflax_viz.capture import flax_internals, flax_scopes, flax_transforms
from unflax_viz.capture.listeners import LISTENERS, finish
from unflax_viz.capture.observer import Observer
from unflax_viz.errors import UnsupportedFlaxError

_lock = threading.Lock()
_n_open = 0
_originals: list[tuple[Any, str, Any]] = []
_recursion_limit = 0

_CHECKED = "0.10.6 and 0.12.8"
_FRAMES_PER_FRAME = 3
"""A recorded module call takes 7 Python frames, where Flax alone takes 3."""


@contextlib.contextmanager
def watching(observer: Observer) -> Iterator[None]:
    """Tells `observer` what Flax does in this thread while the context is open."""
    observers = LISTENERS.observers  # This thread's; another one may close the context.
    _install()
    observers.append(observer)
    try:
        with _intercepting(_interceptor_of(observer)):
            yield
    finally:
        observers.remove(observer)
        _uninstall()


def is_patched() -> bool:
    """Tells whether any function of Flax is replaced at the moment."""
    return bool(_originals)


@contextlib.contextmanager
def _intercepting(interceptor: Callable[..., Any]) -> Iterator[None]:
    """Does what `nn.intercept_methods` does, and may be closed in any order.

    Flax takes the last interceptor off its stack, whoever put it there, and asserts
    that it was the right one. Recordings in two tasks of an event loop overlap without
    one being inside the other.
    """
    stack = getattr(flax.linen.module, "_global_interceptor_stack", None)
    interceptors = getattr(stack, "_storage", None)
    if not isinstance(interceptors, list):
        with flax.linen.intercept_methods(interceptor):
            yield
        return
    interceptors.append(interceptor)
    try:
        yield
    finally:
        interceptors.remove(interceptor)


def _interceptor_of(observer: Observer) -> Callable[..., Any]:
    def intercept(next_fun: Any, args: Any, kwargs: Any, context: Any) -> Any:
        __tracebackhide__ = True
        module = context.module
        if module.scope is None or LISTENERS.is_muted:
            return next_fun(*args, **kwargs)
        if flax_internals.is_test_scope(module.scope.root):
            return next_fun(*args, **kwargs)
        if context.method_name == "setup":
            observer.open_setup(module)

            def close_setup(_: Any, error: BaseException | None) -> None:
                observer.close_setup(module, error)

            return finish(close_setup, next_fun, args, kwargs)
        observer.open_call(module, context.method_name, args, kwargs)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return observer.replace_output(args, kwargs, next_fun(*args, **kwargs))

        return finish(observer.close_call, call, args, kwargs)

    return intercept


def _install() -> None:
    global _n_open, _recursion_limit
    with _lock:
        if _n_open == 0:
            try:
                _replace_all()
            except BaseException:
                _restore_all()
                raise
            _recursion_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(_FRAMES_PER_FRAME * _recursion_limit)
        _n_open += 1


def _uninstall() -> None:
    global _n_open
    with _lock:
        _n_open -= 1
        if _n_open == 0:
            _restore_all()
            is_ours = sys.getrecursionlimit() == _FRAMES_PER_FRAME * _recursion_limit
            if is_ours:
                sys.setrecursionlimit(_recursion_limit)


def _restore_all() -> None:
    while _originals:
        owner, name, original = _originals.pop()
        setattr(owner, name, original)


def _replace_all() -> None:
    for owner in (flax.linen.module, flax.linen):
        _replace(owner, "apply", functools.partial(flax_scopes.watch_entry, "apply"))
        _replace(
            owner,
            "init_with_output",
            functools.partial(flax_scopes.watch_entry, "init"),
        )
    scope_class = flax.core.scope.Scope
    _replace(scope_class, "make_rng", flax_scopes.watch_make_rng)
    _replace(scope_class, "param", functools.partial(flax_scopes.watch_initialising, 0))
    _replace(
        scope_class, "variable", functools.partial(flax_scopes.watch_initialising, 1)
    )
    _replace(scope_class, "variables", flax_scopes.watch_variables)
    _replace(scope_class, "get_variable", flax_scopes.watch_get_variable)
    _replace(scope_class, "put_variable", flax_scopes.watch_put_variable)
    _replace(flax.core.scope.Variable, "value", flax_scopes.watch_variable_value)
    _replace(flax.linen.transforms, "fork_rngs", flax_scopes.watch_fork_rngs)
    _replace(flax.core.lift, "_partial_pack", flax_transforms.watch_partial_pack)
    _replace(flax.core.lift, "tree_map_rngs", flax_transforms.watch_tree_map_rngs)
    _replace(flax.core.lift, "jax", flax_transforms.watch_jax)
    _replace(flax.core.axes_scan, "lax", flax_transforms.watch_lax)


def _replace(owner: Any, name: str, watch: Callable[[Any], Any]) -> None:
    if name not in vars(owner):
        raise UnsupportedFlaxError(
            f"Flax {flax.__version__} has no {owner.__name__}.{name}, which a "
            f"recording listens to; unflax_viz was checked with Flax {_CHECKED}."
        )
    original = vars(owner)[name]
    _originals.append((owner, name, original))
    setattr(owner, name, watch(original))
