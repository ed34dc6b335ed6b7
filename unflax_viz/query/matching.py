"""Finds the things that a query means.

A row has to fit by its own columns where its table has them, and by those of its call
where it has not. Terms about another table have to hold of one and the same row of it
that belongs to the call. A negated term leaves out the rows that the term alone finds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import numpy as np

from unflax_viz.errors import QueryError
from unflax_viz.query.terms import (
    ANY_AXES,
    Comparison,
    Conjunction,
    Pattern,
    Query,
    ShapePattern,
    Term,
)
from unflax_viz.tables.broken_values import BrokenValues
from unflax_viz.tables.columns import Column, Table
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.names import NONE, Fits, find_texts
from unflax_viz.tables.schema import (
    FLAGS,
    TABLES,
    column_of,
    first_column,
)
from unflax_viz.tables.things import Things


class Matcher:
    """Finds what one query means; a term is evaluated once for all lenses."""

    def __init__(
        self, query: Query, contents: Contents, broken: Callable[[], BrokenValues]
    ):
        """Evaluates nothing yet.

        Args:
          query: The query.
          contents: What can be asked of the run.
          broken: Returns which values hold NaN or infinities; called if asked for.
        """
        self._query = query
        self._contents = contents
        self._tables = contents.tables
        self._broken = broken
        self._rows_of = functools.cache(self._find_rows)

    def find(self, things: Things) -> np.ndarray:
        """Tells which things are meant; bool, shape (n_items,)."""
        found = [self._find_things(things, terms) for terms in self._query.alternatives]
        return functools.reduce(np.logical_or, found)

    def _find_things(self, things: Things, terms: Conjunction) -> np.ndarray:
        wanted = [term for term in terms if not term.is_negated]
        found = things.among(self._find_all(things.table, wanted))
        for term in terms:
            if term.is_negated:
                found &= ~things.among(self._find_all(things.table, [term]))
        return found

    def _find_all(self, table: str, terms: Iterable[Term]) -> np.ndarray:
        """Tells for which rows of a table all terms hold."""
        found = np.ones(len(self._tables[table]), bool)
        others: dict[str, list[Term]] = {}
        for term in terms:
            home = _home_of(term, table)
            if home == table:
                found &= self._rows_of(table, term)
            else:
                others.setdefault(home, []).append(term)
        for home, elsewhere in others.items():
            in_calls = self._calls_with(home, elsewhere)
            # A row without a call has the call -1, which is not among those found.
            found &= np.append(in_calls, False)[self._tables[table].call]
        return found

    def _calls_with(self, table: str, terms: Iterable[Term]) -> np.ndarray:
        """Tells which calls have a row of a table for which all terms hold."""
        masks = [self._rows_of(table, term) for term in terms]
        found = functools.reduce(np.logical_and, masks)
        calls = self._tables[table].call
        return _any_by(calls[found & (calls >= 0)], len(self._tables["calls"]))

    def _find_rows(self, table: str, term: Term) -> np.ndarray:
        """Tells for which rows of a table a term holds by the columns of the table."""
        if not term.key:
            return self._find_words(self._tables[table], _patterns_of(term))
        column = column_of(table, term.key)
        assert column is not None
        return _FINDERS[column.kind](self, self._tables[table], column, term)

    def _find_words(self, table: Table, patterns: list[Pattern]) -> np.ndarray:
        """Looks for words in paths, in the names declared for it, and in the class."""
        contents, named = self._contents, [pattern.part() for pattern in patterns]
        names = contents.names.find(named)
        in_paths = contents.paths.find_names(named)
        calls = self._tables["calls"].columns
        if "path" in table.columns:
            found = in_paths[table.columns["path"]]
        else:
            found = (in_paths[calls["path"]] | names[calls["label"]])[table.call]
        if "label" in table.columns:
            found = found | names[table.columns["label"]]
        for column in TABLES[table.name]:
            if column.in_words:
                found = found | names[table.columns[column.key]]
        for column in TABLES["calls"]:
            if column.in_words and table.name != "calls":
                of_calls = np.append(calls[column.key], NONE)
                found = found | names[of_calls[table.call]]
        return found

    def _find_text(self, table: Table, column: Column, term: Term) -> np.ndarray:
        named = self._contents.names.find(_whole_names(term))
        return named[table.columns[column.key]]

    def _find_texts(self, table: Table, column: Column, term: Term) -> np.ndarray:
        named = self._contents.names.find(_whole_names(term))
        fits = [named[list(names)].any() for names in self._contents.sets]
        return np.array([*fits, False], bool)[table.columns[column.key]]

    def _find_path(self, table: Table, column: Column, term: Term) -> np.ndarray:
        contents, numbers = self._contents, table.columns[column.key]
        patterns = _patterns_of(term)
        masks = [contents.paths.find(it.path(), it.names()) for it in patterns]
        meant = functools.reduce(np.logical_or, masks)
        if any(not pattern.text.strip("/") for pattern in patterns):
            # "/" means the outermost call, which of a bound submodule has a path.
            meant[contents.calls.path[0]] = True
        found = meant[numbers]
        as_shown = [each.path() for each in patterns if _names_a_call(each)]
        if as_shown and "label" in table.columns:
            found |= find_texts(as_shown, contents.shown_paths)
        return found

    def _find_below(self, table: Table, column: Column, term: Term) -> np.ndarray:
        """Tells which calls were made, at any depth, by the calls that are named."""
        tree = self._contents.index.table
        found = self._find_path(table, column, term)
        quoted = {each.text for each in _patterns_of(term) if each.is_quoted}
        if quoted:
            found = np.array([it.lower() in quoted for it in tree.addresses], bool)
            if "/" in quoted:
                found[tree.row_at("/") or 0] = True
        rows = np.flatnonzero(found)
        changes = np.zeros(len(table) + 1, np.int64)
        np.add.at(changes, rows + 1, 1)
        np.add.at(changes, tree.ends[rows], -1)
        return np.cumsum(changes)[:-1] > 0

    def _find_shape(self, table: Table, column: Column, term: Term) -> np.ndarray:
        shapes = self._contents.kinds.shapes
        fits = [any(fits_shape(shape, it) for it in term.value) for shape in shapes]  # type: ignore
        return np.array([*fits, False], bool)[table.columns[column.key]]

    def _find_number(self, table: Table, column: Column, term: Term) -> np.ndarray:
        wanted, numbers = term.value, table.columns[column.key]
        assert isinstance(wanted, Comparison)
        found = numbers >= (0 if wanted.least is None else wanted.least)
        return found if wanted.most is None else found & (numbers <= wanted.most)

    def _find_flags(self, table: Table, column: Column, term: Term) -> np.ndarray:
        flags, bits = _flags_of(term), table.columns[column.key]
        if column.value_flags & set(flags):
            bits = bits | self._read_values(term).flags
        return bits & column.bits_of(flags) > 0

    def _read_values(self, term: Term) -> BrokenValues:
        """Reads all values, or raises: "no hits" would read as "no NaN"."""
        broken = self._broken()
        if broken.unread_reason:
            written = f"{term.key}:{','.join(_flags_of(term))}"
            raise QueryError(
                f"'{written}' finds nothing here: {broken.unread_reason}.",
                self._query.text,
                term.start,
                term.end,
            )
        return broken


_FINDERS = {
    "text": Matcher._find_text,
    "texts": Matcher._find_texts,
    "path": Matcher._find_path,
    "below": Matcher._find_below,
    "shape": Matcher._find_shape,
    "count": Matcher._find_number,
    "bytes": Matcher._find_number,
    "flags": Matcher._find_flags,
}


def fits_shape(shape: tuple[int, ...], pattern: ShapePattern) -> bool:
    """Tells whether a shape fits; `...` stands for any number of axes."""
    if ANY_AXES not in pattern:
        return len(shape) == len(pattern) and all(map(_fits_axis, shape, pattern))
    n_head = pattern.index(ANY_AXES)
    n_tail = len(pattern) - n_head - 1
    return (
        len(shape) >= n_head + n_tail
        and fits_shape(shape[:n_head], pattern[:n_head])
        and fits_shape(shape[len(shape) - n_tail :], pattern[n_head + 1 :])
    )


def _fits_axis(length: int, wanted: int | None) -> bool:
    return wanted is None or length == wanted


def _home_of(term: Term, table: str) -> str:
    """Returns the table whose columns a term is about, seen from another table."""
    column = column_of(table, term.key)
    if not term.key or (column and column.kind != "flags"):
        return table
    if column and set(_flags_of(term)) <= set(column.flags):
        return table
    if term.key == "is":
        return FLAGS[_flags_of(term)[0]]
    declared = first_column(term.key)
    assert declared is not None
    return declared[0]


def _patterns_of(term: Term) -> list[Pattern]:
    assert isinstance(term.value, tuple)
    return [pattern for pattern in term.value if isinstance(pattern, Pattern)]


def _whole_names(term: Term) -> list[Fits]:
    return [pattern.whole() for pattern in _patterns_of(term)]


def _flags_of(term: Term) -> tuple[str, ...]:
    assert isinstance(term.value, tuple)
    return tuple(flag for flag in term.value if isinstance(flag, str))


def _names_a_call(pattern: Pattern) -> bool:
    """Tells whether a path ends as an address: in `Dense_0#2`, or `Dense_0.attend`."""
    last = pattern.text.rstrip("/").rpartition("/")[2]
    return "#" in last or "." in last


def _any_by(numbers: np.ndarray, n_things: int) -> np.ndarray:
    """Tells which of `n_things` are among `numbers`."""
    found = np.zeros(n_things, bool)
    found[numbers] = True
    return found
