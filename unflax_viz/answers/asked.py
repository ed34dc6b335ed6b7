"""Holds one question: what is asked, of which run, and who hears how far it is."""

from __future__ import annotations

import dataclasses
from typing import Any

from unflax_viz.describe.values import safely, shorten
from unflax_viz.errors import UnflaxVizError
from unflax_viz.lenses.finder import Finder
from unflax_viz.measure.progress import Report
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node

Buffers = list[bytes]


class UnansweredError(UnflaxVizError):
    """A request that does not fit the protocol or names what is not in the run."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """One question about a run.

    Attributes:
      finder: The run, read as tables.
      request: The body of the request.
      report: Called with how far a slow answer is; what it raises ends the work.
      buffers: Takes the numbers that go with the answer.
    """

    finder: Finder
    request: dict[str, Any]
    report: Report | None = None
    buffers: Buffers = dataclasses.field(default_factory=list)

    @property
    def index(self) -> RunIndex:
        """The index of the run."""
        return self.finder.index

    @property
    def node(self) -> Node:
        """The call at the address in the request; raises `UnansweredError`."""
        address = self.request.get("address")
        if isinstance(address, str):
            return node_at(self.index, address)
        raise UnansweredError(f"An address is a string, not {address!r}.")


def node_at(index: RunIndex, address: str) -> Node:
    """Returns the call at an address.

    Raises:
      UnansweredError: If there is none.
    """
    row = index.table.row_at(address)
    if row is not None:
        return index.table.nodes[row]
    # The nearest of a hundred thousand addresses would take seconds to find.
    raise UnansweredError(f"No call at {shorten(repr(address))} in this run.")


def shown(value: object) -> str:
    """Writes what a request holds, short enough for a sentence."""
    return shorten(safely(repr, value))
