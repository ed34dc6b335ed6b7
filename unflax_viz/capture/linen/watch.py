"""How do we hear what Flax Linen does in a run, and leave no trace?

While at least one recording is open, a few functions of Flax are replaced by versions
that call the original and then tell the listeners of the current thread; with the last
recording closed, the originals are back.
"""

from __future__ import annotations

import contextlib
import dataclasses
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

from unflax_viz.capture.events import (
    CallClosed,
    CallOpened,
    Listener,
    OutputReady,
    SetupClosed,
    SetupOpened,
)
from unflax_viz.capture.linen import internals, lifts, scopes
from unflax_viz.capture.linen.runs import bound_run_opened
from unflax_viz.capture.listeners import LISTENERS, Listening, finish
from unflax_viz.errors import InstallationError

_FRAMES_PER_FRAME = 3
"""A recorded module call takes 7 Python frames, where Flax alone takes 3."""


@contextlib.contextmanager
def watching(listener: Listener, follows_steps: bool = False) -> Iterator[None]:
    """Tells `listener` what Flax does here while the context is open.

    What the listener raises reaches the model; `Guard` keeps it away.

    Args:
      listener: The listener.
      follows_steps: Whether the steps and lanes of traced bodies are to be numbered
        for it.
    """
    watch = _Watch(Listening(listener, follows_steps))
    # A second time, as an interrupt may come in any line of the first.
    with contextlib.closing(watch), watch:
        yield


def is_patched() -> bool:
    """Tells whether any function of Flax is replaced at the moment."""
    return any(patch.is_on() for patch in _PATCHES)


class _Watch:
    """One listener's part in what is replaced; closed again without harm."""

    def __init__(self, listening: Listening):
        self._listening = listening
        self._interceptor = _interceptor_of(listening)
        # Flax's list of this thread; another one may close the watch.
        self._interceptors = internals.interceptors_of_thread()

    def __enter__(self) -> None:
        if not LISTENERS.is_any():
            LISTENERS.reset()
        with _alone():
            _open.add(self)
            _put_on()
        self._listening.start()
        # Flax's own intercept_methods closes the last one that was opened; recordings
        # in two tasks of an event loop overlap without one being inside the other.
        self._interceptors.append(self._interceptor)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the watch, whatever of it was put on."""
        self._listening.stop()
        if self._interceptor in self._interceptors:
            self._interceptors.remove(self._interceptor)
        with _alone():
            _open.discard(self)
            if not _open:
                _take_off()


def _interceptor_of(listening: Listening) -> Callable[..., Any]:
    handle = listening.listener.handle

    def intercept(next_fun: Any, args: Any, kwargs: Any, context: Any) -> Any:
        __tracebackhide__ = True
        module = context.module
        if module.scope is None or LISTENERS.is_muted or not listening.is_here():
            return next_fun(*args, **kwargs)
        if internals.is_test_scope(module.scope.root):
            return next_fun(*args, **kwargs)
        if context.method_name == "setup":
            handle(SetupOpened(module, internals.place_of(module.scope)))

            def close_setup(_: Any, error: BaseException | None) -> None:
                handle(SetupClosed(error))

            return finish(close_setup, next_fun, args, kwargs)
        n_transforms = len(LISTENERS.transforms)
        handle(_call_opened(module, context.method_name, args, kwargs))
        # Not by `finish`: JAX keeps the frames around every operation that it traces.
        try:
            ready = OutputReady(args, kwargs, next_fun(*args, **kwargs))
            handle(ready)
        except BaseException as error:
            # Transforms that failed inside were not closed.
            del LISTENERS.transforms[n_transforms:]
            handle(CallClosed(None, error))
            raise
        handle(CallClosed(ready.output, None))
        return ready.output

    return intercept


def _call_opened(module: Any, method_name: str, args: Any, kwargs: Any) -> CallOpened:
    place = internals.place_of(module.scope)
    as_run = functools.partial(
        bound_run_opened, watching, module, method_name, args, kwargs
    )
    return CallOpened(module, method_name, place, args, kwargs, as_run)


@dataclasses.dataclass
class _Patch:
    """One function of Flax that is replaced while somebody listens.

    Attributes:
      owner: The module or class that has it.
      name: Its name there.
      watch: Makes the replacement of the original.
      original: What was found when it was replaced last.
      replacement: What was put in its place.
      is_buried: Whether somebody else replaced the replacement, which may be called
        from there.
    """

    owner: Any
    name: str
    watch: Callable[[Any], Any]
    original: Any = None
    replacement: Any = None
    is_buried: bool = False

    def is_on(self) -> bool:
        """Tells whether the replacement is in its place."""
        is_made = self.replacement is not None
        return is_made and vars(self.owner).get(self.name) is self.replacement

    def put_on(self) -> None:
        """Replaces the function unless it is."""
        if self.is_on():
            return
        if self.name not in vars(self.owner):
            raise internals.unsupported(f"{self.owner.__name__}.{self.name}")
        original = vars(self.owner)[self.name]
        if self.is_buried and original is not self.original:
            name = f"{self.owner.__name__}.{self.name}"
            raise InstallationError(
                f"{name} was replaced while a recording was open, and the replacement "
                "may still call the recording. Put Flax's own function back first, or "
                "restart the kernel."
            )
        self.is_buried = False
        self.original, self.replacement = original, self.watch(original)
        setattr(self.owner, self.name, self.replacement)

    def take_off(self) -> None:
        """Puts the original back, unless somebody else replaced it meanwhile."""
        if self.is_on():
            setattr(self.owner, self.name, self.original)
        elif self.replacement is not None:
            self.is_buried = vars(self.owner).get(self.name) is not self.original


_scope = flax.core.scope.Scope
_watch_apply = functools.partial(scopes.watch_entry, "apply", watching)
_watch_init = functools.partial(scopes.watch_entry, "init", watching)
_watch_param = functools.partial(scopes.watch_initialising, 0)
_watch_variable = functools.partial(scopes.watch_initialising, 1)

_PATCHES = (
    _Patch(flax.linen.module, "apply", _watch_apply),
    _Patch(flax.linen, "apply", _watch_apply),
    _Patch(flax.linen.module, "init_with_output", _watch_init),
    _Patch(flax.linen, "init_with_output", _watch_init),
    _Patch(flax.linen.module, "run_interceptors", scopes.watch_run_interceptors),
    _Patch(_scope, "make_rng", scopes.watch_make_rng),
    _Patch(_scope, "param", _watch_param),
    _Patch(flax.core.scope, "jax", scopes.watch_shape_checks),
    _Patch(_scope, "variable", _watch_variable),
    _Patch(_scope, "variables", scopes.watch_variables),
    _Patch(_scope, "get_variable", scopes.watch_get_variable),
    _Patch(_scope, "put_variable", scopes.watch_put_variable),
    _Patch(flax.core.scope.Variable, "value", scopes.watch_variable_value),
    _Patch(flax.linen.transforms, "fork_rngs", scopes.watch_fork_rngs),
    _Patch(flax.core.lift, "_partial_pack", lifts.watch_partial_pack),
    _Patch(flax.core.lift, "tree_map_rngs", lifts.watch_tree_map_rngs),
    _Patch(flax.core.lift, "jax", lifts.watch_jax),
    _Patch(flax.core.axes_scan, "lax", lifts.watch_lax),
)
_lock = threading.RLock()
_open: set[_Watch] = set()
_limit_before: int | None = None


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Lets one thread at a time change what is replaced."""
    with _lock:
        yield
    # An interrupt on the way out of an earlier one may have left it held.
    with contextlib.suppress(RuntimeError):
        while True:
            _lock.release()


def _put_on() -> None:
    """Replaces what is not replaced, and makes room for more frames."""
    global _limit_before
    for patch in _PATCHES:
        patch.put_on()
    if _limit_before is None:
        _limit_before = sys.getrecursionlimit()
    if sys.getrecursionlimit() == _limit_before:
        sys.setrecursionlimit(_FRAMES_PER_FRAME * _limit_before)


def _take_off() -> None:
    """Puts back what was there; a recursion limit that somebody else set stays."""
    global _limit_before
    for patch in _PATCHES:
        patch.take_off()
    if _limit_before is None:
        return
    if sys.getrecursionlimit() == _FRAMES_PER_FRAME * _limit_before:
        sys.setrecursionlimit(_limit_before)
    _limit_before = None
