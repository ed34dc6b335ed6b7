"""Parents, totals and warnings of all calls of a run, computed once."""

from __future__ import annotations

import dataclasses
import functools

from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.rng_report import flags_of, report_draws
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.state_uses import StateKey, StateUse, shared_states
from unflax_viz.record.table import RunTable, Total


class RunIndex:
    """Parents, totals and warnings of all calls of a run, computed once.

    Attributes:
      run: The run.
      table: Its nodes, numbered in the order made.
      rng_report: What is worth a look among its draws.
      rng_warnings: The same by draw, for those of which there is something to say.
    """

    def __init__(self, run: FlaxRun):
        self.run = run
        self.table = RunTable(run)
        self.rng_report = report_draws(self.table.stochastic_calls, run.rngs)
        if run.entry_point == "init":
            # With one key, `init` draws everything from `params`, and that is meant.
            self.rng_report = dataclasses.replace(self.rng_report, fallbacks=())
        self.rng_warnings = self.rng_report.warnings_by_place()
        self._flags: dict[str, dict[str, None]] = {}
        for place, warnings in self.rng_warnings.items():
            flags = self._flags.setdefault(place.address, {})
            flags.update(dict.fromkeys(flags_of(warnings)))

    @functools.cached_property
    def unused_parameters(self) -> dict[str, FlaxParameter]:
        """The parameters that were given and that no call read, by name."""
        return self.run.unused_parameters()

    @functools.cached_property
    def raising_call(self) -> InterceptedFlaxModuleMethod | None:
        """The call that raised what the run raised; None where that is not known."""
        if not self.run.error:
            return None
        raising = [call for call in self.run.root.walk() if call.error]
        # Those before it raised what the model caught.
        same = [call for call in raising if call.error == self.run.error]
        return (same or raising or [None])[-1]

    @functools.cached_property
    def shared_states(self) -> dict[StateKey, list[StateUse]]:
        """The states that more than one call read or wrote, with who did which."""
        return shared_states(self.table.nodes)

    def row_of(self, node: Node) -> int:
        """Returns the number of a node of this run, in the order made."""
        row = self.table.row_of(node.address)
        assert row is not None
        return row

    def parent_of(self, node: Node) -> Node | None:
        """Returns the call that made `node`; None for the root."""
        parent = int(self.table.parents[self.row_of(node)])
        return None if parent < 0 else self.table.nodes[parent]

    def warnings_of(self, node: Node) -> tuple[str, ...]:
        """Returns what may be wrong with the draws of a node, each in a few words."""
        return tuple(self._flags.get(node.address, ()))

    def total_of(self, node: Node) -> Total:
        """Returns what `node` and all below it used."""
        return self.table.total_of(self.row_of(node))
