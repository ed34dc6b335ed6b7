"""What a lens is: a table seen as a tree, declared in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from unflax_viz.lenses.layout import LensRows
from unflax_viz.protocol import Piece, Tab
from unflax_viz.record.index import RunIndex
from unflax_viz.tables.broken_values import BrokenValues
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.things import Things


class Searched(Protocol):
    """A run that is being read; `finder.Finder` is one."""

    @property
    def index(self) -> RunIndex:
        """The run's index."""
        ...

    @property
    def contents(self) -> Contents:
        """The run in columns, read when first asked for."""
        ...

    @property
    def broken_values(self) -> BrokenValues | None:
        """Which values hold NaN or infinities; None until all arrays were read."""
        ...


@dataclasses.dataclass(frozen=True)
class Line:
    """What one row says and selects.

    Attributes:
      pieces: What it says.
      color: The colour of its class, `#rrggbb`.
      name: What a screen reader says.
      code: Python that gives what the row is.
      tab: The panel that is brought to the front with it; None where any will do.
      entry: Key of what is shown in the panel; "" where any will do.
    """

    pieces: Sequence[Piece]
    color: str
    name: str
    code: str
    tab: Tab | None = None
    entry: str = ""


def _no_heading(run: Searched, name: str, n_items: int) -> Line:
    raise AssertionError(f"There is no heading {name!r} of {n_items} in this lens.")


@dataclasses.dataclass(frozen=True)
class Lens:
    """One way to see a run as a tree.

    Attributes:
      name: Its name, as in `run.find(query, lens)`.
      meaning: What its rows are, for the button that chooses it.
      empty: What is said where it has no rows.
      things: Which rows of which table it shows.
      typed: The number of the name that a reader types to get to each thing, int32,
        shape (n_things,).
      lay_out: How its rows nest.
      line: What the row of a thing says.
      find: What `run.find` returns for a thing; None for what is no captured call.
      count: Returns how many things there are, without reading the columns.
      is_counted_slowly: Whether that looks at every call.
      heading: What the heading of a group says, from its name and its number of rows.
    """

    name: str
    meaning: str
    empty: str
    things: Callable[[Contents], Things]
    typed: Callable[[Contents], np.ndarray]
    lay_out: Callable[[Searched], LensRows]
    line: Callable[[Searched, int], Line]
    find: Callable[[Contents, int], Any]
    count: Callable[[RunIndex], int]
    is_counted_slowly: bool = False
    heading: Callable[[Searched, str, int], Line] = _no_heading
