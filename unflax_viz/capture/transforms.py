"""Under which lifted transforms, traced how often, does a scope's code run?"""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

from unflax_viz.record.calls import REPEATING, Transform

Path = tuple[str, ...]

_BRANCHING = frozenset({"cond", "switch"})
"""Transforms that trace several functions, each of which stays part of the run."""


Site = tuple[Any, ...]
"""Says where in a program a call or a transform stands: the same in every run of it,
whatever was traced how often."""


class Counters:
    """Numbers what happens in one trace, or outside of all, kind by kind.

    Attributes:
      site: The site of the trace itself; empty outside of all.
    """

    def __init__(self, site: Site = ()):
        self.site = site
        self._counts: collections.Counter[Site] = collections.Counter()

    def next_site(self, *what: Any) -> Site:
        """Returns the site of the next thing of that kind."""
        self._counts[what] += 1
        return (*self.site, (*what, self._counts[what]))


@dataclasses.dataclass(eq=False)
class Region:
    """One use of a lifted transform, from packing its scopes to publishing them.

    Attributes:
      kind: Flax's name of the transform: `scan`, `vmap`, `remat`, `jit`, ...
      scopes: The scopes that it was used with.
      outer: The trace that it was used in; None outside of every transform.
      caller: The call that used it.
      site: Where in the program it stands.
      n_children: How many children the caller had before it.
      n_draws: How many draws the caller had made before it.
      n_times: How often the body ran; None where that is not known, or not meant.
      n_traces: How often a function of it was traced so far.
      is_in_condition: Whether the condition of a loop is traced just now.
      step: The number of the step or lane that is traced now, if it is followed.
      split_keys: Keys that were split for its steps or lanes, by identity, with the
        number of the parts.
      folded_keys: Keys that the number of the step was folded into, by identity.
      void_draws: Draws of tracings that later ones made void.
      kept: What keeps those identities alive.
    """

    kind: str
    scopes: tuple[Any, ...]
    outer: Trace | None
    caller: Any
    site: Site
    n_children: int = 0
    n_draws: int = 0
    n_times: int | None = None
    n_traces: int = 0
    is_in_condition: bool = False
    step: Any = None
    split_keys: dict[int, int] = dataclasses.field(default_factory=dict)
    folded_keys: set[int] = dataclasses.field(default_factory=set)
    void_draws: list[Any] = dataclasses.field(default_factory=list)
    kept: list[Any] = dataclasses.field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where the transform was used."""
        return self.scopes[0].path

    @property
    def is_branching(self) -> bool:
        """Whether it traces several functions that all stay part of the run."""
        return self.kind in _BRANCHING

    @property
    def is_repeating(self) -> bool:
        """Whether it runs its body many times."""
        return self.kind in REPEATING

    def note_split(self, key: Any, n_times: int) -> None:
        """Remembers that a key was split, one part for each step or lane."""
        self.split_keys[id(key)] = n_times
        self.kept.append(key)
        self.n_times = n_times

    def note_fold_in(self, folded: Any) -> None:
        """Remembers a key that the number of the step was folded into."""
        self.folded_keys.add(id(folded))
        self.kept.append(folded)


@dataclasses.dataclass(eq=False)
class Trace:
    """One tracing of one function of a region.

    Attributes:
      region: The region.
      number: How many functions of the region were traced before it.
      is_condition: Whether the function is the condition of a loop.
      step: The number of the step or lane that runs, a tracer, if it is followed.
    """

    region: Region
    number: int
    is_condition: bool = False
    step: Any = None
    counters: Counters = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        branch = self.number if self.region.is_branching else self.is_condition
        self.counters = Counters((*self.region.site, branch))

    def around(self) -> tuple[Trace, ...]:
        """Returns all traces around the code, this one included, outermost first."""
        outer = self.region.outer
        return (*(outer.around() if outer else ()), self)

    def supersedes(self, other: Trace) -> bool:
        """Tells whether `other` was an earlier tracing of the same function."""
        return (
            self.region is other.region
            and self is not other
            and not self.region.is_branching
            and self.is_condition == other.is_condition
        )

    def describe(self) -> Transform:
        """Returns what the record says of it."""
        region = self.region
        if region.is_branching:
            return Transform(region.kind, branch=self.number)
        n_times = region.n_times if region.is_repeating else None
        if self.is_condition and n_times is not None:
            n_times += 1
        return Transform(region.kind, n_times, is_condition=self.is_condition)
