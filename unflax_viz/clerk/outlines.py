"""Which rows of the tree does the browser get, and where does a row stand?

At any number of rows an answer costs what it holds: the tree is laid out once, and a
query is answered in columns.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from unflax_viz.describe.values import safely, shorten
from unflax_viz.errors import UnflaxVizError
from unflax_viz.protocol import (
    MAX_EXPANDED_ROWS,
    MAX_OPENED_ROWS,
    MAX_ROW_LETTERS,
    MAX_UNFOLDED_ROWS,
    ROWS_PER_WINDOW,
    ChildrenAnswer,
    ExpandAnswer,
    Lens,
    LensCount,
    Level,
    LocateAnswer,
    OutlineAnswer,
    Place,
    Row,
)
from unflax_viz.query.finder import Finder
from unflax_viz.record.index import RunIndex
from unflax_viz.render.outline_rows import OutlineRows
from unflax_viz.tables.lenses import LENSES, LensRows
from unflax_viz.tables.outline import TOP, Outline


class UnansweredError(UnflaxVizError):
    """A request that does not fit the protocol or names what is not in the run."""


class OutlineAnswers:
    """Answers what the browser asks of the tree of one run; changes nothing."""

    def __init__(self, finder: Finder, index: RunIndex):
        self._finder = finder
        self._index = index
        self._rows = OutlineRows(finder)

    def first_outline(self) -> OutlineAnswer:
        """Returns the calls that are shown at first: the root and those below it."""
        return self._unfold("calls")

    def outline(self, request: dict[str, Any]) -> OutlineAnswer:
        """Answers an `OutlineRequest`.

        Raises:
          UnansweredError: If the request does not fit the protocol.
          QueryError: If the query cannot be read.
        """
        lens, query = _lens_of(request), _text_of(request, "query")
        if not query.strip():
            return {**self._unfold(lens), "query": query}
        view = self._view(lens, query)
        view.open_first_hits()
        return self._outline_answer(lens, query, view)

    def children(self, request: dict[str, Any]) -> ChildrenAnswer:
        """Answers a `ChildrenRequest`; raises as `outline` does."""
        view = self._asked_view(request)
        row = view.find(_text_of(request, "row"))
        start = _start_of(request)
        return ChildrenAnswer(kind="children", id=0, level=view.level(row, start))

    def expand(self, request: dict[str, Any]) -> ExpandAnswer:
        """Answers an `ExpandRequest`; raises as `outline` does."""
        view = self._asked_view(request)
        row = view.find(_text_of(request, "row"))
        view.open_below(row, _start_of(request))
        return ExpandAnswer(
            kind="expand",
            id=0,
            levels=view.levels,
            expanded=view.expanded,
            n_branches=view.outline.n_parents_below(row),
        )

    def locate(self, request: dict[str, Any]) -> LocateAnswer:
        """Answers a `LocateRequest`; raises as `outline` does."""
        view = self._asked_view(request)
        name, address = _text_of(request, "row"), _text_of(request, "address")
        step = _number_of(request, "step")
        if step not in (-1, 0, 1):
            raise UnansweredError(f"step is -1, 0 or 1, not {step}.")
        row: int | None
        if step:
            row = view.outline.next_hit(view.find(name) if name else None, step)
        elif name:
            row = view.find(name)
        else:
            row = self._selecting_row(view, address)
        if row is None or not view.outline.is_left(row):
            return _found_nothing(view)
        return LocateAnswer(
            kind="locate",
            id=0,
            trail=view.places(row),
            row=view.row(row),
            ordinal=view.outline.ordinal_of(row),
            n_hits=view.outline.n_hits,
        )

    def _asked_view(self, request: dict[str, Any]) -> _View:
        return self._view(_lens_of(request), _text_of(request, "query"))

    def _view(self, lens: Lens, query: str) -> _View:
        outline = self._finder.outline(lens, query)
        arrays = self._finder.fitting_arrays(query)
        return _View(self._finder.rows(lens), outline, self._rows, arrays)

    def _unfold(self, lens: Lens) -> OutlineAnswer:
        view = self._view(lens, "")
        if lens in ("state", "draws"):
            view.open_groups()
        else:
            view.open_only_children()
        return self._outline_answer(lens, "", view)

    def _outline_answer(self, lens: Lens, query: str, view: _View) -> OutlineAnswer:
        counts = self._finder.count(query)
        return OutlineAnswer(
            kind="outline",
            id=0,
            lens=lens,
            query=query,
            levels=view.levels,
            expanded=view.expanded,
            n_hits=view.outline.n_hits,
            counts=[
                LensCount(lens=each, n_items=counts[each])
                for each in LENSES
                if each in counts
            ],
        )

    def _selecting_row(self, view: _View, address: str) -> int | None:
        """Returns the first row that is left and selects a call."""
        call = self._index.table.row_at(address)
        if call is None:
            raise UnansweredError(f"No call at {_shown(address)} in this run.")
        rows = view.rows.rows_of_call(call).tolist()
        return next((row for row in rows if view.outline.is_left(row)), None)


class _View:
    """One outline with its rows, and what of it goes into an answer.

    Attributes:
      rows: The rows of the lens.
      outline: What is left of them.
      levels: The levels of the answer.
      expanded: Ids of the rows that the answer shows open.
    """

    def __init__(
        self,
        rows: LensRows,
        outline: Outline,
        outline_rows: OutlineRows,
        arrays: np.ndarray | None,
    ):
        self.rows = rows
        self.outline = outline
        self.levels: list[Level] = []
        self.expanded: list[str] = []
        self._outline_rows = outline_rows
        self._arrays = arrays
        self._n_rows = 0
        self._n_letters = 0

    def find(self, name: str) -> int:
        """Returns the row of an id; `TOP` for ""."""
        if name == "":
            return TOP
        row = self.rows.row_of(name)
        if row is None:
            lens = self.rows.lens
            raise UnansweredError(f"No row {_shown(name)} in the lens '{lens}'.")
        return row

    def row(self, row: int) -> Row:
        """Returns a row as the browser gets it."""
        return self._outline_rows.row_of(self.rows, self.outline, row, self._arrays)

    def level(self, row: int, start: int) -> Level:
        """Returns a window of the rows directly below a row."""
        children = self.outline.children(row, start, ROWS_PER_WINDOW)
        return Level(
            row="" if row == TOP else self.rows.id_of(row),
            start=start,
            total=self.outline.n_children(row),
            rows=[self.row(child) for child in children],
        )

    def places(self, row: int) -> list[Place]:
        """Returns where a row stands, and each of the rows around it."""
        return [
            Place(row=self.rows.id_of(each), index=self.outline.index_of(each))
            for each in self.outline.trail_of(row)
        ]

    def open_only_children(self) -> None:
        """Opens the row at the top and what is below it, if there is only one each.

        The rows below the first row are shown in any case; further ones as long as
        all is short.
        """
        row = TOP
        while True:
            is_first = len(self.levels) < 2
            n_children = min(self.outline.n_children(row), ROWS_PER_WINDOW)
            if not is_first and self._n_rows + n_children > MAX_UNFOLDED_ROWS:
                return
            if not n_children and row != TOP:
                return
            self._open(row)
            if n_children != 1:
                return
            (row,) = self.outline.children(row)

    def open_groups(self) -> None:
        """Opens the rows at the top one after the other, as long as all is short."""
        self._open(TOP)
        for row in self.outline.children(TOP, 0, ROWS_PER_WINDOW):
            n_children = self.outline.n_children(row)
            if len(self.levels) > 1 and self._n_rows + n_children > MAX_UNFOLDED_ROWS:
                return
            self._open(row)

    def open_first_hits(self) -> None:
        """Opens what is around the first hits, within a budget."""
        self._open(TOP)
        opened = {TOP}
        for hit in self.outline.hits(MAX_OPENED_ROWS):
            trail = self.outline.trail_of(hit)
            for row in trail[:-1]:
                if row in opened:
                    continue
                n_children = min(self.outline.n_children(row), ROWS_PER_WINDOW)
                if self._n_rows + n_children > MAX_OPENED_ROWS or self._is_full():
                    return
                self._open(row)
                opened.add(row)
            if any(self.outline.index_of(row) >= ROWS_PER_WINDOW for row in trail):
                return

    def open_below(self, row: int, start: int) -> None:
        """Opens a row and what is below it, nearest first, within a budget.

        A level is open with its first window, as the browser asks for the others when
        they come into view. They are sent only when all else is open, and if there is
        something in them to open.

        Args:
          row: The row; `TOP` for everything.
          start: How many levels earlier answers held. They are passed over, so that
            each answer goes on where the one before it ended.
        """
        for opened, first in itertools.islice(self._windows_below(row), start, None):
            n_rows = min(self.outline.n_children(opened) - first, ROWS_PER_WINDOW)
            is_spent = self._n_rows + n_rows > MAX_EXPANDED_ROWS or self._is_full()
            if self.levels and is_spent:
                return
            self._add(opened, first)
            if first == 0 and opened != TOP:
                self.expanded.append(self.rows.id_of(opened))

    def _windows_below(self, row: int) -> Iterator[tuple[int, int]]:
        """Yields each row to open and the first index of a window of its children."""
        firsts = collections.deque([(row, 0)])
        others: collections.deque[tuple[int, int]] = collections.deque()
        while firsts or others:
            opened, start = (firsts or others).popleft()
            children = self.outline.children(opened, start, ROWS_PER_WINDOW)
            if not children:
                continue
            yield opened, start
            firsts += [(child, 0) for child in children]
            branch = self.outline.next_branch(opened, start + len(children))
            if branch is not None:
                others.append((opened, branch - branch % ROWS_PER_WINDOW))

    def _is_full(self) -> bool:
        return self._n_letters > MAX_ROW_LETTERS

    def _open(self, row: int) -> None:
        if row != TOP:
            self.expanded.append(self.rows.id_of(row))
        self._add(row, 0)

    def _add(self, row: int, start: int) -> None:
        level = self.level(row, start)
        self.levels.append(level)
        self._n_rows += len(level["rows"])
        self._n_letters += sum(map(_letters_of, level["rows"]))


def _letters_of(row: Row) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _found_nothing(view: _View) -> LocateAnswer:
    return LocateAnswer(
        kind="locate",
        id=0,
        trail=[],
        row=None,
        ordinal=0,
        n_hits=view.outline.n_hits,
    )


def _lens_of(request: dict[str, Any]) -> Lens:
    asked = _text_of(request, "lens")
    for lens in LENSES:
        if lens == asked:
            return lens
    raise UnansweredError(
        f"The lens {_shown(asked)} is unknown; there are {', '.join(LENSES)}."
    )


def _text_of(request: dict[str, Any], field: str) -> str:
    value = request.get(field)
    if not isinstance(value, str):
        raise UnansweredError(f"{field} is a text, not {_shown(value)}.")
    return value


def _number_of(request: dict[str, Any], field: str) -> int:
    value = request.get(field)
    # A bool is an int to Python, and not to JSON.
    if type(value) is not int:
        raise UnansweredError(f"{field} is a whole number, not {_shown(value)}.")
    return value


def _start_of(request: dict[str, Any]) -> int:
    start = _number_of(request, "start")
    if start < 0:
        raise UnansweredError(f"start is a number from 0, not {start}.")
    return start


def _shown(value: object) -> str:
    return shorten(safely(repr, value))
