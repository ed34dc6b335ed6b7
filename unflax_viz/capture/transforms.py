"""The lifted transforms around the code of a scope, and how they trace it."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any, Literal

from jax.core import Tracer

from unflax_viz.capture.events import BaseKeys, Path
from unflax_viz.record.calls import REPEATING, Transform
from unflax_viz.record.lineage import KeyStep

_BRANCHING = frozenset({"cond", "switch"})
"""Transforms that trace several functions, each of which stays part of the run."""


Site = tuple[Any, ...]
"""Says where in a program a call or a transform stands: the same in every run of it,
however many times it was traced."""


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
      outside: The base keys of each place that it was used with, while it is open.
      path: Where it was used.
      outer: The trace that it was used in; None outside of every transform.
      caller: The call that used it.
      site: Where in the program it stands.
      n_children: How many children the caller had before it.
      n_draws: How many draws the caller had made before it.
      n_times: How often the body ran; None where that is not known, or not meant.
      n_traces: How often a function of it was traced so far.
      branch: Which of its functions is traced just now, if it has several.
      is_in_condition: Whether the condition of a loop is traced just now.
      step: The number of the step or lane that runs now, where it is followed: a
        tracer where the body is traced once for all of them, a number where it runs
        step by step.
      mapped_streams: The streams of which each step or lane has a key of its own.
      newest: The newest tracing of the body, and of the condition.
      void_draws: Draws of tracings that later ones made void.
      eager_steps: What ran step by step, where it does: for the body and for the
        condition, by the number of the step.
    """

    kind: str
    outside: tuple[BaseKeys, ...]
    path: Path
    outer: Trace | None
    caller: Any
    site: Site
    n_children: int = 0
    n_draws: int = 0
    n_times: int | None = None
    n_traces: int = 0
    branch: int = 0
    is_in_condition: bool = False
    step: Any = None
    mapped_streams: set[str] = dataclasses.field(default_factory=set)
    newest: dict[bool, Trace] = dataclasses.field(default_factory=dict)
    void_draws: list[Any] = dataclasses.field(default_factory=list)
    eager_steps: dict[bool, dict[int, Any]] = dataclasses.field(
        default_factory=lambda: {False: {}, True: {}}
    )

    @property
    def is_branching(self) -> bool:
        """Whether it traces several functions that all stay part of the run."""
        return self.kind in _BRANCHING

    @property
    def is_repeating(self) -> bool:
        """Whether it runs its body many times."""
        return self.kind in REPEATING

    def eager_index(self) -> int | None:
        """Returns the number of the one step that runs; None for all at once."""
        if self.step is None or isinstance(self.step, Tracer):
            return None
        return int(self.step)

    def close(self) -> None:
        """Lets go of all that belongs to a trace, which is over now."""
        self.outside, self.step = (), None


@dataclasses.dataclass(eq=False)
class Trace:
    """One tracing of one function of a region.

    Attributes:
      region: The region.
      number: Which function of a region that has several; else how many times the
        region was traced before.
      is_condition: Whether the function is the condition of a loop.
      index: The number of the step where the function runs step by step; None where
        it is traced once for all of them.
    """

    region: Region
    number: int
    is_condition: bool = False
    index: int | None = None
    counters: Counters = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        branch = self.number if self.region.is_branching else self.is_condition
        self.counters = Counters((*self.region.site, branch))

    def around(self) -> tuple[Trace, ...]:
        """Returns all traces around the code, this one included, outermost first."""
        outer = self.region.outer
        return (*(outer.around() if outer else ()), self)

    @property
    def is_traced_once(self) -> bool:
        """Whether it stands for several steps or lanes at once."""
        return self.region.is_repeating and self.index is None

    def key_step(self, stream: str) -> KeyStep | None:
        """Returns what is done with a stream's base key on the way in, if anything."""
        region = self.region
        if stream not in region.mapped_streams:
            return self._key_step("repeat") if self.is_traced_once else None
        return self._key_step("step" if region.kind == "while_loop" else "split")

    def _key_step(self, kind: Literal["repeat", "step", "split"]) -> KeyStep:
        return KeyStep(
            kind,
            is_condition=self.is_condition,
            is_vmapped=self.region.kind == "vmap",
            index=self.index,
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
