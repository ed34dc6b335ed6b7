"""Which calls, modules, parameters, states and draws does a query mean?

What a row shows has to fit itself, and what else is asked has to fit one call behind
it: the call of a draw, a call that reads the parameter. Terms about arrays have to
hold of one array. A negated term leaves out the rows that the term alone would find.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeGuard, cast

import numpy as np

from unflax_viz.errors import QueryError
from unflax_viz.protocol import Lens
from unflax_viz.search.broken_values import BrokenValues
from unflax_viz.search.call_columns import CALL_BITS
from unflax_viz.search.columns import Columns
from unflax_viz.search.names import NONE
from unflax_viz.search.regex import Regex, RegexError
from unflax_viz.search.terms import (
    ANY_AXES,
    Comparison,
    PathPattern,
    Pattern,
    Query,
    ShapePattern,
    Term,
)
from unflax_viz.search.value_columns import ARRAY_BITS

_PATH_KEYS = frozenset({"word", "path", "regex"})
_DRAW_FLAGS = frozenset({"stochastic", "warning"})


class Matcher:
    """Finds what one query means; a term is evaluated once for all lenses."""

    def __init__(
        self,
        query: Query,
        columns: Columns,
        broken: Callable[[], BrokenValues],
    ):
        """Evaluates nothing yet.

        Args:
          query: The query.
          columns: What can be asked of the run.
          broken: Returns which values hold NaN or infinities; called if asked for.
        """
        self._query = query
        self._columns = columns
        self._broken = broken
        self._in_calls = functools.cache(self._find_in_calls)
        self._in_values = functools.cache(self._find_in_values)
        self._paths_of = functools.cache(self._find_paths)

    def find(self, lens: Lens) -> np.ndarray:
        """Tells which things of a lens are meant.

        Returns:
          bool, one for each row of `Columns.calls`, each module, each parameter, each
          changed state, or each row of `Columns.draws`.
        """
        wanted = [term for term in self._query.terms if not term.is_negated]
        found = self._find_all(lens, wanted)
        for term in self._query.terms:
            if term.is_negated:
                found &= ~self._find_all(lens, [term])
        return found

    @functools.cached_property
    def fitting_arrays(self) -> np.ndarray | None:
        """The first array in each call that the terms about arrays mean.

        It is the row in `Columns.values` for each row of `Columns.calls`, int32, `NONE`
        where there is none; None if no term that is not negated is about arrays.
        """
        terms = [
            term
            for term in self._query.terms
            if term.is_about_arrays and not term.is_negated
        ]
        if not terms:
            return None
        calls = self._columns.values.call
        rows = np.flatnonzero(self._find_arrays(terms) & (calls >= 0))
        found, firsts = np.unique(calls[rows], return_index=True)
        first_arrays = np.full(len(self._columns.calls.path), NONE, np.int32)
        first_arrays[found] = rows[firsts]
        return first_arrays

    def _find_all(self, lens: Lens, terms: Sequence[Term]) -> np.ndarray:
        columns = self._columns
        if lens == "calls":
            return self._find_calls(terms)
        if lens == "modules":
            calls = self._find_calls(terms)
            return _any_by(columns.calls.module[calls], len(columns.first_calls))
        if lens == "draws":
            return self._find_draws(terms)
        n_items = len(columns.first_values)
        if lens == "state":
            n_items = len(columns.first_states)
        values = self._find_values(terms, lens == "state")
        return _any_by(columns.values.item[values], n_items)

    def _find_calls(self, terms: Sequence[Term]) -> np.ndarray:
        n_calls = len(self._columns.calls.path)
        found = np.ones(n_calls, bool)
        about_arrays = [term for term in terms if term.is_about_arrays]
        for term in terms:
            if not term.is_about_arrays:
                found &= self._in_calls(term)
        if about_arrays:
            calls = self._columns.values.call
            chosen = self._find_arrays(about_arrays) & (calls >= 0)
            found &= _any_by(calls[chosen], n_calls)
        return found

    def _find_values(self, terms: Sequence[Term], is_state: bool) -> np.ndarray:
        """Tells which values that are parameters, or changed states, are meant."""
        values = self._columns.values
        found = (values.item != NONE) & (values.is_parameter != is_state)
        for term in terms:
            if term.is_about_arrays:
                found &= self._in_values(term)
            elif term.key in _PATH_KEYS:
                found &= self._find_value_paths(term)
            else:
                # An unused value has no call, and row -1 stands for that.
                found &= np.append(self._in_calls(term), False)[values.call]
        return found

    def _find_draws(self, terms: Sequence[Term]) -> np.ndarray:
        draws, names = self._columns.draws, self._columns.names
        found = np.ones(len(draws.call), bool)
        others: list[Term] = []
        for term in terms:
            if term.key == "stream":
                patterns = cast("tuple[Pattern, ...]", term.value)
                found &= names.find(patterns)[draws.stream]
            elif term.key == "is" and _DRAW_FLAGS.issuperset(_flags(term)):
                found &= _has_bits(draws.flags, CALL_BITS, _flags(term))
            elif term.key == "word":
                patterns = cast("tuple[Pattern, ...]", term.value)
                by_stream = names.find(patterns)[draws.stream]
                found &= self._in_calls(term)[draws.call] | by_stream
            else:
                others.append(term)
        return found & self._find_calls(others)[draws.call]

    def _find_arrays(self, terms: Sequence[Term]) -> np.ndarray:
        masks = [self._in_values(term) for term in terms]
        return functools.reduce(np.logical_and, masks)

    def _find_paths(self, term: Term) -> np.ndarray:
        """Tells for each path whether it is meant."""
        paths = self._columns.paths
        if term.key == "word":
            return paths.find_names(cast("tuple[Pattern, ...]", term.value))
        if term.key == "path":
            patterns = cast("tuple[PathPattern, ...]", term.value)
            found = functools.reduce(np.logical_or, map(paths.find_path, patterns))
            if () in patterns:
                # "/" means the outermost call, which of a bound submodule has a path.
                found[self._columns.calls.path[0]] = True
            return found
        try:
            return paths.find_regex(cast(Regex, term.value))
        except RegexError as error:
            pattern = cast(Regex, term.value).pattern
            raise QueryError(
                f"The regular expression /{pattern}/ {error}.",
                self._query.text,
                term.start,
                term.end,
            ) from None

    def _find_value_paths(self, term: Term) -> np.ndarray:
        columns, values = self._columns, self._columns.values
        found = self._paths_of(term)[values.path]
        if term.key == "word":
            named = columns.names.find(cast("tuple[Pattern, ...]", term.value))
            classes = np.append(columns.calls.class_name, NONE)[values.call]
            found = found | named[classes] | named[values.collection]
        return found

    def _find_in_calls(self, term: Term) -> np.ndarray:
        """Tells for which calls a term holds that is not about arrays."""
        columns, calls = self._columns, self._columns.calls
        if term.key == "below":
            return self._find_below(term)
        if term.key == "is":
            return _has_bits(calls.flags, CALL_BITS, _flags(term))
        if term.key in _PATH_KEYS:
            return self._find_call_paths(term)
        if isinstance(term.value, Comparison):
            return _is_within(self._numbers_of(term.key), term.value)
        named = columns.names.find(cast("tuple[Pattern, ...]", term.value))
        if term.key == "class":
            return named[calls.class_name]
        if term.key == "method":
            return named[calls.method]
        if term.key == "under":
            found = [any(named[list(names)]) for names in calls.transforms]
            return np.array(found, bool)[calls.under]
        assert term.key == "stream"
        chosen = columns.draws.call[named[columns.draws.stream]]
        return _any_by(chosen, len(calls.path))

    def _find_below(self, term: Term) -> np.ndarray:
        """Tells which calls the calls that are named made, at any depth."""
        table = self._columns.index.table
        ends = table.ends
        patterns = cast("tuple[PathPattern, ...]", term.value)
        addresses = {each[0].text for each in patterns if _is_address(each)}
        if addresses:
            found = [address.lower() in addresses for address in table.addresses]
            if "/" in addresses:
                found[cast(int, table.row_at("/"))] = True
        else:
            found = self._find_call_paths(dataclasses.replace(term, key="path"))
        rows = np.flatnonzero(found)
        changes = np.zeros(len(ends) + 1, np.int64)
        np.add.at(changes, rows + 1, 1)
        np.add.at(changes, ends[rows], -1)
        return np.cumsum(changes)[:-1] > 0

    def _find_call_paths(self, term: Term) -> np.ndarray:
        columns, calls = self._columns, self._columns.calls
        found = self._paths_of(term)[calls.path]
        if term.key == "word":
            named = columns.names.find(cast("tuple[Pattern, ...]", term.value))
            return found | named[calls.class_name] | named[calls.label]
        if term.key == "path":
            for pattern in cast("tuple[PathPattern, ...]", term.value):
                if not _names_a_call(pattern):
                    continue
                found |= columns.paths.find_label(pattern, calls.path, calls.label)
        return found

    def _numbers_of(self, key: str) -> np.ndarray:
        table = self._columns.index.table
        if key == "depth":
            return table.depths
        field = {"calls": "n_calls", "params": "n_parameters"}[key]
        return table.totals(field)

    def _find_in_values(self, term: Term) -> np.ndarray:
        """Tells for which arrays a term holds."""
        columns, values = self._columns, self._columns.values
        if term.key == "is":
            return self._find_array_flags(term)
        if term.key == "shape":
            pattern = cast("ShapePattern", term.value)
            fits = [fits_shape(shape, pattern) for shape in columns.kinds.shapes]
            return np.array([*fits, False], bool)[values.kind]
        if isinstance(term.value, Comparison):
            sizes = columns.kinds.sizes[:, ("size", "bytes").index(term.key)]
            return (values.kind != NONE) & _is_within(sizes, term.value)[values.kind]
        named = columns.names.find(cast("tuple[Pattern, ...]", term.value))
        if term.key == "dtype":
            fits = [named[list(names)].any() for names in columns.kinds.dtypes]
            return np.array([*fits, False], bool)[values.kind]
        if term.key == "param":
            return named[values.name] & values.is_parameter
        return named[values.collection]

    def _refuse_unread(self, term: Term, reason: str) -> NoReturn:
        """Raises, since "no hits" would read as "no NaN"."""
        raise QueryError(
            f"'{_written(term)}' finds nothing here: {reason}.",
            self._query.text,
            term.start,
            term.end,
        )

    def _find_array_flags(self, term: Term) -> np.ndarray:
        flags = _flags(term)
        stored = tuple(flag for flag in flags if flag not in ("nan", "inf"))
        if len(stored) < len(flags) and self._broken().unread_reason:
            self._refuse_unread(term, self._broken().unread_reason)
        found = _has_bits(self._columns.values.flags, ARRAY_BITS, stored)
        if "nan" in flags:
            found |= self._broken().has_nan
        if "inf" in flags:
            found |= self._broken().has_inf
        return found


def fits_shape(shape: tuple[int, ...], pattern: ShapePattern) -> bool:
    """Tells whether a shape is meant; `...` stands for any number of axes."""
    if ANY_AXES not in pattern:
        return len(shape) == len(pattern) and all(map(_fits_axis, shape, pattern))
    n_head = pattern.index(ANY_AXES)
    n_tail = len(pattern) - n_head - 1
    return (
        len(shape) >= n_head + n_tail
        and fits_shape(shape[:n_head], pattern[:n_head])
        and fits_shape(shape[len(shape) - n_tail :], pattern[n_head + 1 :])
    )


def _is_address(pattern: PathPattern) -> TypeGuard[tuple[Pattern]]:
    """Tells whether a pattern is the address of one call, in quotes."""
    return len(pattern) == 1 and pattern[0] is not None and pattern[0].how == "address"


def _names_a_call(pattern: PathPattern) -> bool:
    """Tells whether a path ends as an address: in `Dense_0#2`, or `Dense_0.attend`."""
    last = pattern[-1] if pattern else None
    return last is not None and ("#" in last.text or "." in last.text)


def _fits_axis(length: int, wanted: int | None) -> bool:
    return wanted is None or length == wanted


def _flags(term: Term) -> tuple[str, ...]:
    return cast("tuple[str, ...]", term.value)


def _written(term: Term) -> str:
    return f"is:{','.join(_flags(term))}"


def _has_bits(
    column: np.ndarray, bits: dict[str, int], flags: tuple[str, ...]
) -> np.ndarray:
    return column & sum(bits[flag] for flag in flags) > 0


def _is_within(numbers: np.ndarray, wanted: Comparison) -> np.ndarray:
    found = np.ones(numbers.shape, bool)
    if wanted.least is not None:
        found &= numbers >= wanted.least
    if wanted.most is not None:
        found &= numbers <= wanted.most
    return found


def _any_by(numbers: np.ndarray, n_things: int) -> np.ndarray:
    """Tells which of `n_things` are among `numbers`."""
    found = np.zeros(n_things, bool)
    found[numbers] = True
    return found
