"""Answers what the browser asks of the tree: its columns, and how rows are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.describe.values import safely, shorten
from unflax_viz.errors import UnflaxVizError
from unflax_viz.protocol import (
    MAX_LINES,
    MAX_UNFOLDED_ROWS,
    FirstLevel,
    FirstOutline,
    FirstRow,
    Lens,
    LensCount,
    LinesAnswer,
    Row,
)
from unflax_viz.query.finder import Finder
from unflax_viz.record.table import RunTable
from unflax_viz.render.outline_rows import OutlineRows
from unflax_viz.tables.export import export_columns
from unflax_viz.tables.lenses import LENSES, LensRows

_MAX_FIRST_ROWS = 100
_TOP = -1


class UnansweredError(UnflaxVizError):
    """A request that does not fit the protocol or names what is not in the run."""


class TreeAnswers:
    """Answers what the browser asks of the tree of one run; changes nothing."""

    def __init__(self, finder: Finder):
        self._finder = finder
        self._rows = OutlineRows(finder)

    def first_outline(self) -> FirstOutline:
        """Returns the calls that are shown at first: the root and those below it.

        Of a row that is an only child the rows below are shown too, as long as all is
        short.
        """
        table = self._finder.index.table
        levels = [self._level(_TOP)]
        row, n_rows = 0, 1
        while children := _count_children(table, row):
            n_rows += min(children, _MAX_FIRST_ROWS)
            if len(levels) > 1 and n_rows > MAX_UNFOLDED_ROWS:
                break
            levels.append(self._level(row))
            if children != 1:
                break
            row += 1
        counts = self._finder.count()
        return FirstOutline(
            levels=levels,
            expanded=[table.addresses[level["row"]] for level in levels[1:]],
            counts=[
                LensCount(lens=each, n_items=counts[each])
                for each in LENSES
                if each in counts
            ],
        )

    def columns(self) -> dict[str, Any]:
        """Returns what folding and searching needs, as `tables.packed` packs it.

        As `search` it holds what `export_columns` returns. As `lenses` it holds for
        each lens the arrays `parents`, `items` and `calls` of `LensRows`, and the rows
        that are headings with the numbers of their names. As `reads_values` it holds
        whether it is known what holds NaN.
        """
        finder = self._finder
        return {
            "search": export_columns(finder.columns, finder.broken_values),
            "lenses": {lens: _structure_of(finder.rows(lens)) for lens in LENSES},
            "reads_values": finder.broken_values is not None,
        }

    def lines(self, request: dict[str, Any]) -> LinesAnswer:
        """Answers a `LinesRequest`.

        Raises:
          UnansweredError: If the request does not fit the protocol.
        """
        rows = self._finder.rows(_lens_of(request))
        asked = _rows_of(request, len(rows.parents))
        lines = [self._rows.row_of(rows, row) for row in asked]
        return LinesAnswer(kind="lines", id=0, lines=lines)

    def all_lines(self, lens: Lens) -> list[Row]:
        """Returns how all rows of a lens are drawn."""
        rows = self._finder.rows(lens)
        return [self._rows.row_of(rows, row) for row in range(len(rows.parents))]

    def _level(self, row: int) -> FirstLevel:
        """Returns the first rows below a call; a call's first child follows it."""
        table, calls = self._finder.index.table, self._finder.rows("calls")
        children = _children_of(table, row)
        return FirstLevel(
            row=row,
            total=len(children),
            rows=[
                FirstRow(
                    number=child,
                    n_children=_count_children(table, child),
                    line=self._rows.row_of(calls, child),
                )
                for child in children[:_MAX_FIRST_ROWS]
            ],
        )


def _children_of(table: RunTable, row: int) -> list[int]:
    return np.flatnonzero(table.parents == row).tolist()


def _count_children(table: RunTable, row: int) -> int:
    below = table.parents[row + 1 : table.ends[row]]
    return int(np.count_nonzero(below == row))


def _structure_of(rows: LensRows) -> dict[str, Any]:
    return {
        "parents": rows.parents,
        "items": rows.items,
        "calls": rows.calls,
        "heading_rows": np.array(list(rows.headings), np.int32),
        "heading_names": np.array(list(rows.headings.values()), np.int32),
    }


def _lens_of(request: dict[str, Any]) -> Lens:
    asked = request.get("lens")
    for lens in LENSES:
        if lens == asked:
            return lens
    raise UnansweredError(
        f"The lens {_shown(asked)} is unknown; there are {', '.join(LENSES)}."
    )


def _rows_of(request: dict[str, Any], n_rows: int) -> list[int]:
    rows = request.get("rows")
    # A bool is an int to Python, and not to JSON.
    if not isinstance(rows, list) or any(type(row) is not int for row in rows):
        raise UnansweredError(f"rows must be a list of integers, not {_shown(rows)}.")
    if len(rows) > MAX_LINES:
        raise UnansweredError(
            f"A request may ask for {MAX_LINES} rows, not for {len(rows):,}."
        )
    for row in rows:
        if not 0 <= row < n_rows:
            raise UnansweredError(f"No row {row} in this lens; it has {n_rows:,} rows.")
    return rows


def _shown(value: object) -> str:
    return shorten(safely(repr, value))
