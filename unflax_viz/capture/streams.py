"""Which key, seen from the outside, is the base of a stream in a scope?"""

from __future__ import annotations

from typing import Any

from unflax_viz.capture import flax_internals
from unflax_viz.capture.keys import Derived, Given, KeyExpression
from unflax_viz.capture.transforms import Region, Trace
from unflax_viz.record.lineage import KeyStep


class Streams:
    """Follows the base keys of a run into its transforms.

    Keys are known by identity; what is remembered of them keeps them alive.
    """

    def __init__(self) -> None:
        self._keys: dict[int, tuple[Any, KeyExpression]] = {}
        self._clones: dict[int, tuple[Any, Any]] = {}
        self._inner: dict[tuple[int, str], tuple[Any, Any, KeyExpression]] = {}

    def base_of(self, scope: Any, stream: str) -> KeyExpression:
        """Returns how the base key of a stream in `scope` came about."""
        key = scope.rngs[stream].rng
        inner = self._inner.get((flax_internals.identity_of(scope), stream))
        if inner and inner[1] is key:
            return inner[2]
        if id(key) not in self._keys:
            self._keys[id(key)] = (key, Given(key))
        return self._keys[id(key)][1]

    def note_drawn(self, key: Any, expression: KeyExpression) -> None:
        """Remembers a key that was handed out: `nn.jit` makes it a base key."""
        self._keys[id(key)] = (key, expression)

    def note_clone(self, key: Any, clone: Any) -> None:
        """Remembers that `clone` stands for `key`."""
        self._clones[id(clone)] = (clone, self._original_of(key))

    def note_split(self, region: Region, key: Any, n_times: int) -> None:
        """Remembers that a region split a key for its steps or lanes."""
        region.note_split(self._original_of(key), n_times)

    def enter(self, trace: Trace, outer_scope: Any, inner_scope: Any) -> None:
        """Remembers how the base keys inside a trace come from those outside."""
        region = trace.region
        for stream, lazy in inner_scope.rngs.items():
            if stream not in outer_scope.rngs:
                continue
            source = self.base_of(outer_scope, stream)
            step = _step_into(trace, outer_scope.rngs[stream].rng, lazy.rng)
            expression = Derived(source, step, region) if step else source
            place = (flax_internals.identity_of(inner_scope), stream)
            self._inner[place] = (inner_scope, lazy.rng, expression)

    def _original_of(self, key: Any) -> Any:
        known = self._clones.get(id(key))
        return known[1] if known else key


def _step_into(trace: Trace, outer_key: Any, inner_key: Any) -> KeyStep | None:
    """Returns what a transform makes of a base key on the way in; None for nothing."""
    region = trace.region
    n_parts = region.split_keys.get(id(outer_key))
    if id(inner_key) in region.folded_keys:
        return KeyStep("step", is_condition=trace.is_condition)
    if n_parts is not None:
        return KeyStep("split", n_times=n_parts)
    if region.is_repeating:
        return KeyStep("repeat", is_condition=trace.is_condition)
    return None
