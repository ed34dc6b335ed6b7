"""Answers how rows of the tree are drawn."""

from __future__ import annotations

from typing import Any

from unflax_viz.answers.asked import Asked, UnansweredError, shown
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.lenses.lines import row_of
from unflax_viz.protocol import MAX_LINES, LinesAnswer, Row


def answer_lines(asked: Asked) -> LinesAnswer:
    """Answers a `LinesRequest`.

    Raises:
      UnansweredError: If the request does not fit the protocol.
    """
    lens = _lens_of(asked.request)
    rows = asked.finder.rows(lens)
    wanted = _rows_of(asked.request, len(rows))
    return LinesAnswer(lines=lines_of(asked.finder, lens, wanted))


def lines_of(finder: Finder, lens: str, wanted: list[int] | None = None) -> list[Row]:
    """Returns how rows of a lens are drawn; all of them if none are named."""
    rows = finder.rows(lens)
    numbers = range(len(rows)) if wanted is None else wanted
    return [row_of(finder, LENSES[lens], rows, row) for row in numbers]


def _lens_of(request: dict[str, Any]) -> str:
    asked = request.get("lens")
    for lens in LENSES:
        if lens == asked:
            return lens
    raise UnansweredError(
        f"The lens {shown(asked)} is unknown; there are {', '.join(LENSES)}."
    )


def _rows_of(request: dict[str, Any], n_rows: int) -> list[int]:
    rows = request.get("rows")
    # A bool is an int to Python, and not to JSON.
    if not isinstance(rows, list) or any(type(row) is not int for row in rows):
        raise UnansweredError(f"rows must be a list of integers, not {shown(rows)}.")
    if len(rows) > MAX_LINES:
        raise UnansweredError(
            f"A request may ask for {MAX_LINES} rows, not for {len(rows):,}."
        )
    for row in rows:
        if not 0 <= row < n_rows:
            raise UnansweredError(f"No row {row} in this lens; it has {n_rows:,} rows.")
    return rows
