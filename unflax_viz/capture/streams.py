"""Which key, seen from the outside, is the base of a stream in a scope?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unflax_viz.capture.keys import Derived, Given, KeyExpression
from unflax_viz.capture.linen import internals
from unflax_viz.capture.transforms import Trace


class Streams:
    """Follows the base keys of a run into its transforms, stream by stream.

    Two streams may be given one and the same key; so a stream is known by its name and
    its scope, never by its key. Only the keys that `nn.jit` forks are known by
    identity, while they are base keys.
    """

    def __init__(self) -> None:
        self._inner: dict[tuple[int, str], KeyExpression] = {}
        self._forks: dict[tuple[int, int], KeyExpression] = {}

    def base_of(self, scope: Any, stream: str) -> KeyExpression:
        """Returns how the base key of a stream in `scope` came about."""
        key, identity = scope.rngs[stream].rng, internals.identity_of(scope)
        fork = self._forks.get((identity, id(key)))
        return fork or self._inner.get((identity, stream)) or Given.of(key)

    def note_fork(self, scope: Any, key: Any, expression: KeyExpression) -> None:
        """Remembers a key that was drawn to be a base key, until `end_forks`."""
        self._forks[internals.identity_of(scope), id(key)] = expression

    def end_forks(self, scope: Any, keys: Iterable[Any]) -> None:
        """Forgets keys that are base keys no longer; before they can be freed."""
        for key in keys:
            self._forks.pop((internals.identity_of(scope), id(key)), None)

    def enter(self, trace: Trace, outer_scope: Any, inner_scope: Any) -> None:
        """Remembers how the base keys inside a trace come from those outside."""
        for stream in inner_scope.rngs:
            if stream not in outer_scope.rngs:
                continue
            expression = self.base_of(outer_scope, stream)
            step = trace.key_step(stream)
            if step is not None:
                expression = Derived(expression, step, trace.region)
            place = (internals.identity_of(inner_scope), stream)
            self._inner[place] = expression
