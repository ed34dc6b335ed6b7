"""How do the calls of a run hang together, and how much is below each of them?"""

from __future__ import annotations

import dataclasses
from typing import cast

from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState
from unflax_viz.record.rng_report import RngReport
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.structures import count_bytes, count_elements


@dataclasses.dataclass(frozen=True)
class Total:
    """What a call and all below it used.

    Attributes:
      n_calls: Calls, the first one included.
      n_parameters: Elements of their parameters, a shared one counted once.
      n_bytes: Bytes of the same.
      n_changed: States that were written, each once.
      n_draws: Keys drawn.
      streams: Streams asked for.
    """

    n_calls: int
    n_parameters: int
    n_bytes: int
    n_changed: int
    n_draws: int
    streams: frozenset[str]


class RunIndex:
    """Parents, totals and warnings of all calls of a run, computed once.

    Attributes:
      run: The run.
      rng_report: What is worth a look among its draws.
    """

    def __init__(self, run: FlaxRun):
        self.run = run
        self._parents: dict[str, Node | None] = {run.root.address: None}
        for node in run.nodes_by_address.values():
            for child in children_of(node):
                self._parents[child.address] = node
        self._totals = _totals_of(run)
        self.rng_report = run.rng_report()
        if run.entry_point == "init":
            # With one key, `init` draws everything from `params`, and that is meant.
            self.rng_report = dataclasses.replace(self.rng_report, fallbacks=())
        self._warnings = _warnings_of(self.rng_report)

    def parent_of(self, node: Node) -> Node | None:
        """Returns the call that made `node`; None for the root."""
        return self._parents[node.address]

    def ancestors_of(self, node: Node) -> list[Node]:
        """Returns the calls around `node`, the root first, itself excluded."""
        ancestors: list[Node] = []
        parent = self.parent_of(node)
        while parent is not None:
            ancestors.append(parent)
            parent = self.parent_of(parent)
        return ancestors[::-1]

    def warnings_of(self, node: Node) -> tuple[str, ...]:
        """Returns what may be wrong with the draws of a node, each in a few words."""
        return tuple(self._warnings.get(node.address, ()))

    def total_of(self, node: Node) -> Total:
        """Returns what `node` and all below it used."""
        return self._totals[node.address]


def children_of(node: Node) -> tuple[Node, ...]:
    """Returns what a node called; nothing for a place that was not captured."""
    return node.children if isinstance(node, InterceptedFlaxModuleMethod) else ()


def parameters_of(node: Node) -> dict[str, FlaxParameter]:
    """Returns the parameters of a node's own scope by name."""
    scope = _scope_of(node)
    return cast("dict[str, FlaxParameter]", scope.parameters if scope else {})


def states_of(node: Node) -> dict[tuple[str, str], FlaxState]:
    """Returns the states of a node's own scope by collection and name."""
    scope = _scope_of(node)
    by_collection = scope.variables.items() if scope else ()
    return {
        (collection, name): cast(FlaxState, state)
        for collection, states in by_collection
        for name, state in states.items()
    }


def constants_of(node: Node) -> dict[tuple[str, str], object]:
    """Returns the immutable variables of a node's scope by collection and name."""
    scope = _scope_of(node)
    by_collection = scope.immutable_variables.items() if scope else ()
    return {
        (collection, name): value
        for collection, values in by_collection
        for name, value in values.items()
    }


def rngs_of(node: Node) -> list[FlaxRng]:
    """Returns the streams that a node's own scope drew from."""
    scope = _scope_of(node)
    return cast("list[FlaxRng]", list(scope.rngs.values()) if scope else [])


def has_changed(state: FlaxState) -> bool:
    """Tells whether the run put another value in the place of `before`."""
    return state.was_written and state.after is not state.before


def _scope_of(node: Node) -> InterceptedFlaxScopeData | None:
    return node.scope_data if isinstance(node, InterceptedFlaxModuleMethod) else None


ThingKey = tuple[int, tuple[str, ...]]
"""Entry and path of something that counts once, however many calls use it."""


@dataclasses.dataclass
class _Tally:
    """Sums that are merged upwards; what is shared counts once."""

    n_calls: int = 0
    n_draws: int = 0
    n_parameters: int = 0
    n_bytes: int = 0
    parameters: dict[ThingKey, tuple[int, int]] = dataclasses.field(
        default_factory=dict
    )
    changed: set[ThingKey] = dataclasses.field(default_factory=set)
    streams: set[str] = dataclasses.field(default_factory=set)

    def add_own(self, node: Node) -> None:
        if not isinstance(node, InterceptedFlaxModuleMethod):
            return
        self.n_calls += 1
        for parameter in parameters_of(node).values():
            sizes = count_elements(parameter.value), count_bytes(parameter.value)
            self._add_parameter((node.entry, parameter.path), sizes)
        for (collection, _), state in states_of(node).items():
            if has_changed(state):
                self.changed.add((node.entry, (collection, *state.path)))
        for rng in rngs_of(node):
            self.n_draws += len(rng.draws)
            self.streams.add(rng.stream)

    def add(self, other: _Tally) -> None:
        self.n_calls += other.n_calls
        self.n_draws += other.n_draws
        for key, sizes in other.parameters.items():
            self._add_parameter(key, sizes)
        self.changed |= other.changed
        self.streams |= other.streams

    def _add_parameter(self, key: ThingKey, sizes: tuple[int, int]) -> None:
        if key not in self.parameters:
            self.parameters[key] = sizes
            self.n_parameters += sizes[0]
            self.n_bytes += sizes[1]

    def total(self) -> Total:
        return Total(
            n_calls=self.n_calls,
            n_parameters=self.n_parameters,
            n_bytes=self.n_bytes,
            n_changed=len(self.changed),
            n_draws=self.n_draws,
            streams=frozenset(self.streams),
        )


def _warnings_of(report: RngReport) -> dict[str, dict[str, None]]:
    """Says for each address what the report says of its draws, once each."""
    groups = [
        ("repeated key", [p for group in report.repeated_keys for p in group]),
        ("colliding path", [p for group in report.colliding_paths for p in group]),
        ("same key at every step", report.same_at_every_step),
        ("key from params", report.fallbacks),
    ]
    warnings: dict[str, dict[str, None]] = {}
    for words, places in groups:
        for place in places:
            warnings.setdefault(place.address, {})[words] = None
    return warnings


def _totals_of(run: FlaxRun) -> dict[str, Total]:
    """Adds up from the last call to the first: children come after their parents.

    The largest tally below a call is taken over, not copied, so that a chain of calls
    costs no more than a row of them.
    """
    tallies: dict[str, _Tally] = {}
    totals: dict[str, Total] = {}
    for node in reversed(run.nodes_by_address.values()):
        below = [tallies.pop(child.address) for child in children_of(node)]
        below.sort(key=lambda tally: len(tally.parameters), reverse=True)
        tally = below[0] if below else _Tally()
        for other in below[1:]:
            tally.add(other)
        tally.add_own(node)
        tallies[node.address] = tally
        totals[node.address] = tally.total()
    return totals
