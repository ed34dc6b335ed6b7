"""What the recorder writes down while a run goes on: mutable, and thrown away after."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from unflax_viz.capture.events import Path, Source
from unflax_viz.capture.keys import KeyExpression
from unflax_viz.capture.transforms import Counters, Region, Site, Trace
from unflax_viz.record.calls import ArgsAndKwargs, Transform
from unflax_viz.record.recipe import Recipe
from unflax_viz.record.refs import without_refs
from unflax_viz.record.structures import structure_of, without_tracers

VariableKey = tuple[str, Path]
"""Collection of a variable, and its path from the root."""


@dataclasses.dataclass
class Draw:
    """A draw as it was seen: what `RngDraw` has, with the key still to be derived."""

    stream: str
    served: str
    counter: int
    path: Path
    expression: KeyExpression
    purpose: str
    traces: tuple[Trace, ...]


@dataclasses.dataclass
class Use:
    """What a call, or a setup, did with the variables of its scope.

    Attributes:
      seen: The structure of each variable as it was read; inside a transform that of
        one step or lane.
    """

    reads: set[VariableKey] = dataclasses.field(default_factory=set)
    seen: dict[VariableKey, Any] = dataclasses.field(default_factory=dict)
    writes: set[VariableKey] = dataclasses.field(default_factory=set)
    draws: list[Draw] = dataclasses.field(default_factory=list)

    def add_setup(self, setup: Use, has_draws: bool) -> None:
        """Takes over what `setup` used before the call; its draws if they are new."""
        self.reads |= setup.reads
        self.seen = {**setup.seen, **self.seen}
        self.writes |= setup.writes
        self.draws[:0] = setup.draws if has_draws else []

    def add_step(self, step: Use) -> None:
        """Takes over what another step of the same loop used."""
        self.reads |= step.reads
        self.seen = {**step.seen, **self.seen}
        self.writes |= step.writes
        self.draws += step.draws

    @property
    def is_empty(self) -> bool:
        """Whether nothing was used."""
        return not (self.reads or self.writes or self.draws)


@dataclasses.dataclass
class Tracing:
    """What one tracing of the body of a transform left.

    Attributes:
      draws: What was drawn in scopes of calls around it, with those calls.
      children: What the caller of the transform called.
    """

    draws: list[tuple[Call, Draw]] = dataclasses.field(default_factory=list)
    children: list[Call | Missing] = dataclasses.field(default_factory=list)

    def all_draws(self) -> list[tuple[Call, Draw]]:
        """Lists what was drawn, by the calls that were made too."""
        calls = [node for node in walk(*self.children) if isinstance(node, Call)]
        below = [(call, draw) for call in calls for draw in call.use.draws]
        return self.draws + below


@dataclasses.dataclass(eq=False)
class Missing:
    """A place where a transform ran a body that was not traced again."""

    path: Path
    kind: str
    traces: tuple[Trace, ...]


@dataclasses.dataclass(eq=False)
class Call:
    """A call that is open or over.

    Attributes:
      identity: What its scope has in common with others of the same tracing.
      site: Where in the program it stands.
      has_failed: Whether it raised, or let an exception pass.
      error: What it raised, if the exception is its own.
    """

    module: Any
    method_name: str
    path: Path
    identity: int
    run: Run
    inputs: ArgsAndKwargs
    traces: tuple[Trace, ...]
    site: Site
    use: Use = dataclasses.field(default_factory=Use)
    children: list[Call | Missing] = dataclasses.field(default_factory=list)
    output: Any = None
    has_failed: bool = False
    error: str = ""

    def close(self, output: Any, error: BaseException | None) -> None:
        """Notes the result, or the exception with the call where it came from."""
        if error is None:
            self.output = structure_of(output)
            return
        self.has_failed = True
        if not self.has_failed_below():
            self.error = describe_error(error)

    def has_failed_below(self) -> bool:
        """Tells whether the exception came out of the last call below."""
        last = self.children[-1] if self.children else None
        return isinstance(last, Call) and last.has_failed

    def take_out(self, trace: Trace) -> Tracing:
        """Takes out what one tracing of a region's body left in and below this call.

        What was there before the region is not looked at: a call may use thousands.
        """
        region, taken = trace.region, Tracing()
        children = self.children[region.n_children :]
        taken.children = [child for child in children if trace in child.traces]
        self.children[region.n_children :] = [
            child for child in children if trace not in child.traces
        ]
        for call in self.calls_since(region):
            first = region.n_draws if call is self else 0
            drawn = call.use.draws[first:]
            taken.draws += [(call, draw) for draw in drawn if trace in draw.traces]
            call.use.draws[first:] = [d for d in drawn if trace not in d.traces]
        return taken

    def put_back(self, taken: Tracing) -> None:
        """Puts back what `take_out` gave, behind what is there."""
        for call, draw in taken.draws:
            call.use.draws.append(draw)
        self.children += taken.children

    def calls_since(self, region: Region) -> list[Call]:
        """Lists the call, and those that were made below it since a region began."""
        made = walk(*self.children[region.n_children :])
        return [self, *(node for node in made if isinstance(node, Call))]

    def describe_transforms(self) -> tuple[Transform, ...]:
        """Returns the transforms around the call, outermost first."""
        return tuple(trace.describe() for trace in self.traces)


@dataclasses.dataclass(eq=False)
class Run:
    """One entry into Flax: outermost, or an `apply` inside a module.

    Attributes:
      recipe: How the run was started.
      source: What the front end can say of it; None when the run is over.
      identity: That of its places outside of transforms.
      can_write: Tells whether a collection could be written.
      before: Its variables when the run began; dicts copied, leaves by reference.
      root: The outermost call.
      has_refs: Whether there are mutable arrays among them.
      after: Those that could be written, when the run was over.
      setups: What `setup` used, by the identity and the path of its scope; every call
        of that module in the same tracing has it too.
      rngs: The base keys that were given, by stream.
      entry: 0 for an outermost run; others began inside it and are numbered from 1.
      counters: Number what happens outside of all transforms.
      awaits_root: Whether the next call is the root's own method, not a child.
      is_one_call: Whether it began, and ends, with the call of a bound method.
    """

    recipe: Recipe
    source: Source | None
    identity: int
    can_write: Callable[[str], bool]
    before: dict[str, Any]
    rngs: dict[str, Any]
    entry: int
    counters: Counters
    has_refs: bool
    root: Call = dataclasses.field(init=False)
    after: dict[str, Any] = dataclasses.field(default_factory=dict)
    setups: dict[tuple[int, Path], Use] = dataclasses.field(default_factory=dict)
    awaits_root: bool = False
    is_one_call: bool = False
    output: Any = None
    error: str = ""

    def close(self, output: Any, error: BaseException | None) -> None:
        """Notes the result and the variables, without the tracers among them."""
        assert self.source is not None
        # Mutable arrays can be written in any collection.
        is_meant = is_any if self.has_refs else self.can_write
        variables = self.source.variables(is_meant)
        self.after = without_refs(without_tracers(variables))
        self.before = without_tracers(self.before)
        self.rngs = without_tracers(self.rngs)
        self.output = without_tracers(self.source.returned(output))
        self.error = describe_error(error)
        self.source = None


def is_any(collection: str) -> bool:
    """Returns True: all collections are meant."""
    del collection
    return True


def walk(*roots: Call | Missing) -> list[Call | Missing]:
    """Lists nodes and all below them in the order made; needs no recursion."""
    found: list[Call | Missing] = []
    waiting = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, Call):
            waiting.extend(reversed(node.children))
    return found


def describe_error(error: BaseException | None) -> str:
    """Writes an exception as `ValueError: what it says`; nothing for none."""
    if error is None:
        return ""
    try:
        text = str(error)
    except Exception as raised:
        text = f"<{type(raised).__name__} where its message was written>"
    return f"{type(error).__name__}: {text}".rstrip(": ")
