"""What a reader looked at in the views of a cell, for when the cell is run again."""

from __future__ import annotations

import contextlib
import dataclasses
import weakref
from collections.abc import Iterator
from typing import Any

from unflax_viz.protocol import SyncedTraits
from unflax_viz.record.table import RunTable
from unflax_viz.widget.shown import running_cell

_FIXED = ("panel", "opening")
LOOKED_AT = tuple(name for name in SyncedTraits.__annotations__ if name not in _FIXED)
"""The traits that say what is looked at."""

Look = dict[str, Any]
"""Those that somebody changed, by name. It grows as long as its view is open."""


class _Round:
    """One run of a cell that shows its views when it has ended."""


@dataclasses.dataclass
class _Cell:
    """The looks of one cell.

    Attributes:
      round: What stands for this run of the cell, another object each time.
      last: The looks of the run before, in the order in which the views were made,
        each with the title of what was looked at.
      looks: Those of this run.
    """

    round: weakref.ref[Any]
    last: list[tuple[str, Look]]
    looks: list[tuple[str, Look]]


class Looks:
    """Remembers the looks of the views that each cell made last."""

    def __init__(self) -> None:
        """Begins with no cell."""
        self._by_cell: dict[str, _Cell] = {}
        self._ended: tuple[_Round, str] | None = None

    def forget(self) -> None:
        """Lets every cell begin anew."""
        self._by_cell.clear()

    @contextlib.contextmanager
    def after_cell(self, cell_id: str | None) -> Iterator[None]:
        """Counts the views that are made here as those of a cell that has ended."""
        self._ended = (_Round(), f"{cell_id} ended" if cell_id else "")
        try:
            yield
        finally:
            self._ended = None

    def begin(self, title: str) -> Look:
        """Returns the look of the view that the cell made in this place the last time.

        The new view goes on with it. It is empty where that view showed something else,
        and outside of cells with an id.

        Args:
          title: What the view shows.
        """
        round_, cell_id = self._ended or running_cell()
        if not cell_id:
            return {}
        cell = self._by_cell.get(cell_id)
        if cell is None or cell.round() is not round_:
            last = [] if cell is None else cell.looks
            cell = self._by_cell[cell_id] = _Cell(weakref.ref(round_), last, [])
        place = len(cell.looks)
        last_title, last = cell.last[place] if place < len(cell.last) else ("", {})
        look = dict(last) if last_title == title else {}
        cell.looks.append((title, look))
        return look


LOOKS = Looks()
"""The looks of this process."""


def still_there(look: Look, table: RunTable) -> Look:
    """Returns what of a look can be looked at in another run."""
    kept = dict(look)
    if "selected" in kept and table.row_at(kept["selected"]) is None:
        del kept["selected"]
        kept.pop("entry", None)
    if "expanded" in kept and kept.get("lens", "calls") == "calls":
        rows = kept["expanded"]
        kept["expanded"] = [row for row in rows if table.row_of(row) is not None]
    return kept
