"""Finds what deserves a look among the draws of a run."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.effects import RngDraw
from unflax_viz.record.key_words import KeyWords, words_of


@dataclasses.dataclass(frozen=True)
class DrawPlace:
    """Where a draw was made.

    Attributes:
      address: The call.
      stream: The stream it asked for.
      counter: The counter after the draw.
    """

    address: str
    stream: str
    counter: int

    def __str__(self) -> str:
        return f"{self.address} {self.stream}#{self.counter}"


@dataclasses.dataclass(frozen=True)
class WarningKind:
    """One thing that may be wrong with draws, in the words of each place that says it.

    Attributes:
      flag: For a row of the tree.
      sentence: For a draw in a panel; `{others}` are the other draws that it is about,
        `{stream}` is the stream that was asked for.
      line: For the report; `{places}` are all draws that it is about.
    """

    flag: str
    sentence: str
    line: str


_REPEATED = WarningKind(
    "repeated key", "the same key as {others}", "the same key: {places}"
)
_COLLIDING = WarningKind(
    "colliding path",
    "a path that Flax cannot tell from that of {others}",
    "paths that Flax cannot tell apart: {places}",
)
_SAME_AT_EVERY_STEP = WarningKind(
    "same key at every step",
    "the same key at every step",
    "the same key at every step: {places}",
)
_FALLBACK = WarningKind(
    "key from params",
    "served by 'params', since '{stream}' was not given",
    "served by params: {places}",
)

_MAX_OTHERS = 3


@dataclasses.dataclass(frozen=True)
class RngWarning:
    """What may be wrong with one draw.

    Attributes:
      kind: What it is.
      place: The draw.
      group: All draws that it is about together, this one included.
    """

    kind: WarningKind
    place: DrawPlace
    group: tuple[DrawPlace, ...]

    @property
    def flag(self) -> str:
        """What it is, in a few words."""
        return self.kind.flag

    @property
    def sentence(self) -> str:
        """What it is, with the first of the other draws that it is about."""
        return self.kind.sentence.format(
            others=self._others(), stream=self.place.stream
        )

    def _others(self) -> str:
        others = (str(other) for other in self.group if other != self.place)
        shown = list(itertools.islice(others, _MAX_OTHERS))
        n_more = len(self.group) - 1 - len(shown)
        return ", ".join(shown) + (f" and {n_more:,} more" if n_more else "")


def flags_of(warnings: Iterable[RngWarning]) -> tuple[str, ...]:
    """Returns the flags of warnings, each once."""
    return tuple(dict.fromkeys(warning.flag for warning in warnings))


@dataclasses.dataclass(frozen=True)
class RngReport:
    """What may be a mistake; empty fields where nothing is.

    Attributes:
      repeated_keys: Draws that were given the same key, a group for each key. Draws of
        one place at several steps of a loop are in `same_at_every_step` instead.
      same_at_every_step: Draws under a transform that give every step or lane the
        same key.
      unused_streams: Streams that were given and that nothing drew from.
      fallbacks: Draws that were served by `params`, since their stream was not given.
      colliding_paths: Groups of the above with different paths: with
        `flax_fix_rng_separator` off, Flax gives ("ab", "c") and ("a", "bc") one key.
      n_keys: How many different keys were drawn, of those that are known.
      n_repeated_keys: How many of them more than one place drew.
      n_unknown: How many draws have a key that is not known.
    """

    repeated_keys: tuple[tuple[DrawPlace, ...], ...]
    same_at_every_step: tuple[DrawPlace, ...]
    unused_streams: tuple[str, ...]
    fallbacks: tuple[DrawPlace, ...]
    colliding_paths: tuple[tuple[DrawPlace, ...], ...]
    n_keys: int
    n_repeated_keys: int
    n_unknown: int

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to say."""
        return not (any(self.findings()) or self.unused_streams)

    def warnings_by_place(self) -> dict[DrawPlace, tuple[RngWarning, ...]]:
        """Returns what the report says of each draw that it names."""
        warnings: dict[DrawPlace, list[RngWarning]] = collections.defaultdict(list)
        for kind, group in self.findings():
            for place in group:
                warnings[place].append(RngWarning(kind, place, group))
        return {place: tuple(said) for place, said in warnings.items()}

    def __str__(self) -> str:
        lines = [
            kind.line.format(places=", ".join(map(str, group)))
            for kind, group in self.findings()
        ]
        lines += [f"given but not used: {stream}" for stream in self.unused_streams]
        return "\n".join(lines) or "Nothing to report."

    def findings(self) -> Iterator[tuple[WarningKind, tuple[DrawPlace, ...]]]:
        """Yields what is said of draws, with those that it is said of together."""
        yield from ((_REPEATED, group) for group in self.repeated_keys)
        yield from ((_COLLIDING, group) for group in self.colliding_paths)
        yield from ((_SAME_AT_EVERY_STEP, (it,)) for it in self.same_at_every_step)
        yield from ((_FALLBACK, (place,)) for place in self.fallbacks)


def report_rngs(root: InterceptedFlaxModuleMethod, rngs: dict[str, Any]) -> RngReport:
    """Looks through all draws below `root`.

    Args:
      root: The outermost call.
      rngs: The base keys that the run was given, by stream.
    """
    return report_draws(root.walk(), rngs)


def report_draws(
    calls: Iterable[InterceptedFlaxModuleMethod], rngs: dict[str, Any]
) -> RngReport:
    """Looks through the draws of the given calls, as `report_rngs` does.

    Args:
      calls: Calls in the order made; those that drew nothing may be left out.
      rngs: The base keys that the run was given, by stream.
    """
    drawn = [
        (call, draw)
        for call in calls
        if call.scope_data is not None
        for rng in call.scope_data.rngs.values()
        for draw in rng.draws
    ]
    draws = [
        (DrawPlace(call.address, draw.stream, draw.counter), draw)
        for call, draw in drawn
    ]
    served = {draw.served for call, draw in drawn if not call.is_nested}
    all_words = words_of([draw.key for _, draw in draws])
    groups = _group_by_key(draws, all_words)
    paths = {place: draw.path for place, draw in draws}
    repeated: list[tuple[DrawPlace, ...]] = []
    colliding: list[tuple[DrawPlace, ...]] = []
    for group in dict.fromkeys(group for group in groups if len(group) > 1):
        has_one_path = len({paths[place] for place in group}) == 1
        (repeated if has_one_path else colliding).append(group)
    return RngReport(
        repeated_keys=tuple(repeated),
        same_at_every_step=tuple(
            place
            for place, draw in draws
            if any(step.kind == "repeat" for step in draw.lineage)
        ),
        unused_streams=tuple(sorted(set(rngs) - served)),
        fallbacks=tuple(place for place, draw in draws if draw.fell_back),
        colliding_paths=tuple(colliding),
        n_keys=len(groups),
        n_repeated_keys=sum(len(group) > 1 for group in groups),
        n_unknown=sum(not words for words in all_words),
    )


def _group_by_key(
    draws: list[tuple[DrawPlace, RngDraw]], all_words: list[set[KeyWords]]
) -> list[tuple[DrawPlace, ...]]:
    """Returns for each different key the places that drew it, each once."""
    places: dict[KeyWords, dict[DrawPlace, None]] = collections.defaultdict(dict)
    for (place, _), words_of_draw in zip(draws, all_words, strict=True):
        for words in words_of_draw:
            places[words][place] = None
    return [tuple(group) for group in places.values()]
