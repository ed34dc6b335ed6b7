"""Finds the base key of a stream at a place, as it is known outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unflax_viz.capture.events import BaseKeys
from unflax_viz.capture.keys import Derived, Given, KeyExpression
from unflax_viz.capture.transforms import Trace


class Streams:
    """Follows the base keys of a run into its transforms, stream by stream.

    Two streams may be given one and the same key; so a stream is known by its name and
    the identity of its place, never by its key. Only the keys that `nn.jit` forks are
    known by identity, while they are base keys.
    """

    def __init__(self) -> None:
        self._inner: dict[tuple[int, str], KeyExpression] = {}
        self._forks: dict[tuple[int, int], KeyExpression] = {}

    def base_of(self, identity: int, stream: str, key: Any) -> KeyExpression:
        """Returns how `key`, the base key of a stream in a place, came about."""
        fork = self._forks.get((identity, id(key)))
        return fork or self._inner.get((identity, stream)) or Given.of(key)

    def note_fork(self, identity: int, key: Any, expression: KeyExpression) -> None:
        """Remembers a key that was drawn to be a base key, until `end_forks`."""
        self._forks[identity, id(key)] = expression

    def end_forks(self, identity: int, keys: Iterable[Any]) -> None:
        """Forgets keys that are no longer base keys, before they can be freed."""
        for key in keys:
            self._forks.pop((identity, id(key)), None)

    def enter(self, trace: Trace, outside: BaseKeys, inside: BaseKeys) -> None:
        """Remembers how the base keys inside a trace come from those outside."""
        for stream in inside.keys:
            if stream not in outside.keys:
                continue
            key = outside.keys[stream]
            expression = self.base_of(outside.identity, stream, key)
            step = trace.key_step(stream)
            if step is not None:
                expression = Derived(expression, step, trace.region)
            self._inner[inside.identity, stream] = expression
