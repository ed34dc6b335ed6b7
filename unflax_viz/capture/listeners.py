"""Tells listeners what Flax does, and what it does of its own accord."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from unflax_viz.capture.events import Event, Listener, Transform


@dataclasses.dataclass(eq=False)
class Listening:
    """One listener who listens, from `start` to `stop`.

    It hears what happens in the thread and the context (`contextvars`) that it was
    started in: not what another task of an event loop does meanwhile.

    Attributes:
      listener: The listener.
      follows_steps: Whether it is told the number of each step and lane that is traced.
      thread: Its thread.
      is_over: Whether it was stopped.
    """

    listener: Listener
    follows_steps: bool = False
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
      transforms: The transforms that are open, outermost first.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Starts over, also after an interrupt that left something behind."""
        self.is_muted = False
        self.purpose = ""
        self.transforms: list[Transform] = []

    def _all(self) -> list[Listening]:
        thread = threading.get_ident()
        return [
            listening
            for listening in _listening.get()
            if listening.thread == thread and not listening.is_over
        ]

    def is_any(self) -> bool:
        """Tells whether somebody listens in this thread and context, muted or not."""
        return bool(self._all())

    def active(self) -> tuple[Listener, ...]:
        """Returns those who are to be told now."""
        return () if self.is_muted else tuple(it.listener for it in self._all())

    def followers(self) -> tuple[Listener, ...]:
        """Returns those of them who want to know which step or lane is traced."""
        if self.is_muted:
            return ()
        return tuple(it.listener for it in self._all() if it.follows_steps)

    def innermost(self) -> Transform | None:
        """Returns the transform that was opened last and is open."""
        return self.transforms[-1] if self.transforms else None

    def close_transform(self, transform: Transform) -> None:
        """Forgets a transform, and those inside it that failed."""
        if transform in self.transforms:
            del self.transforms[self.transforms.index(transform) :]

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """Tells no listener anything while the context is open."""
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
        return any(listener.wants_run() for listener in self.active())


LISTENERS = Listeners()
"""The listeners of the current thread and context."""


def tell(listeners: Iterable[Listener], event: Event) -> None:
    """Tells each of them what happened."""
    for listener in listeners:
        listener.handle(event)


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
