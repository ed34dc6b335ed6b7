"""Who listens to Flax here, and what does Flax do on its own account?"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import jax

from unflax_viz.capture.linen import internals
from unflax_viz.capture.observer import Observer

_marks = itertools.count(1)


@dataclasses.dataclass(eq=False)
class Listening:
    """One observer who listens, from `start` to `stop`.

    It hears what happens in the thread and the context (`contextvars`) that it was
    started in: not what another task of an event loop does meanwhile.
    """

    observer: Observer
    thread: int = dataclasses.field(default_factory=threading.get_ident)
    is_over: bool = False

    def start(self) -> None:
        """Begins to listen."""
        _listening.set((*_listening.get(), self))

    def stop(self) -> None:
        """Ends it, in whatever thread or context; again without harm."""
        self.is_over = True
        _listening.set(tuple(it for it in _listening.get() if it is not self))

    def is_here(self) -> bool:
        """Tells whether it hears what happens in this thread and context now."""
        is_mine = self.thread == threading.get_ident()
        return is_mine and not self.is_over and self in _listening.get()


_listening: contextvars.ContextVar[tuple[Listening, ...]] = contextvars.ContextVar(
    "unflax_viz_listening", default=()
)


class Listeners(threading.local):
    """Who listens here, and what Flax does on its own account just now.

    Attributes:
      is_muted: Whether reads and writes are Flax's own, not the model's.
      purpose: What Flax itself draws keys for; empty where the model asked for one.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begins anew, also where an interrupt left something behind."""
        self.is_muted = False
        self.purpose = ""

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The observers of this thread and context."""
        thread = threading.get_ident()
        return tuple(
            listening.observer
            for listening in _listening.get()
            if listening.thread == thread and not listening.is_over
        )

    def active(self) -> tuple[Observer, ...]:
        """Returns those who are to be told now."""
        return () if self.is_muted else self.observers

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """Tells nobody anything while the context is open."""
        before, self.is_muted = self.is_muted, True
        try:
            yield
        finally:
            self.is_muted = before

    @contextlib.contextmanager
    def drawing_for(self, purpose: str) -> Iterator[None]:
        """Says what keys are drawn for while the context is open."""
        before, self.purpose = self.purpose, purpose
        try:
            yield
        finally:
            self.purpose = before

    def wants_run(self) -> bool:
        """Tells whether somebody would keep a run that began now."""
        return any(observer.wants_run() for observer in self.active())


LISTENERS = Listeners()
"""The listeners of the current thread and context."""


def mark_scope(scope: Any) -> None:
    """Lets `nn.jit` trace what it runs with `scope`, if somebody wants to see it."""
    if LISTENERS.wants_run():
        internals.mark_scope(scope, next(_marks))


def mark_trace(inner_scopes: Any) -> None:
    """Makes each scope of one tracing, and those below it, known as such."""
    for scope in jax.tree.leaves(inner_scopes):
        internals.mark_trace(scope, next(_marks))


def finish(close: Any, function: Any, args: Any, kwargs: Any) -> Any:
    """Calls `function` and closes what was opened for it, also when it raises."""
    __tracebackhide__ = True
    try:
        output = function(*args, **kwargs)
    except BaseException as error:
        close(None, error)
        raise
    close(output, None)
    return output
