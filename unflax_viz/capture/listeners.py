"""Who listens to Flax in this thread, and what does Flax do on its own account?"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import jax

from unflax_viz.capture import flax_internals
from unflax_viz.capture.observer import Observer

_marks = itertools.count(1)


class Listeners(threading.local):
    """The observers of one thread, and what Flax does on its own account just now.

    Attributes:
      is_muted: Whether reads and writes are Flax's own, not the model's.
      purpose: What Flax itself draws keys for; empty where the model asked for one.
    """

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self.is_muted = False
        self.purpose = ""

    def active(self) -> tuple[Observer, ...]:
        """Returns those who are to be told now."""
        return () if self.is_muted else tuple(self.observers)

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
"""The listeners of the current thread."""


def mark_scope(scope: Any) -> None:
    """Lets `nn.jit` trace what it runs with `scope`, if somebody wants to see it."""
    if LISTENERS.wants_run():
        flax_internals.mark_scope(scope, next(_marks))


def mark_trace(inner_scopes: Any) -> None:
    """Makes the scopes of one tracing, and those below them, known as such."""
    mark = next(_marks)
    for scope in jax.tree.leaves(inner_scopes):
        flax_internals.mark_trace(scope, mark)


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
