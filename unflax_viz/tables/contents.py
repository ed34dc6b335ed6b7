"""Everything that a query can ask of a run, in columns.

One pass over the record numbers all names, shapes and things; from then on a query
is a few operations on whole columns.
"""

from __future__ import annotations

import functools

import numpy as np

from unflax_viz.record.index import RunIndex
from unflax_viz.tables.calls import CALL_BITS, read_calls
from unflax_viz.tables.columns import Table
from unflax_viz.tables.draws import read_draws
from unflax_viz.tables.names import NONE, SLASH_IN_NAME, Names, Paths
from unflax_viz.tables.schema import TABLES
from unflax_viz.tables.values import ARRAY_BITS, STATE, Kinds, ValueReader


class Contents:
    """Everything that a query can ask, of one run.

    Attributes:
      index: The run's index.
      names: All names.
      paths: All paths, of calls and of values.
      kinds: All shapes and dtypes.
      calls: The calls.
      values: The values.
      draws: The draws.
      first_calls: Row of the first call of each module, int32, shape (n_modules,).
      first_values: Row in `values` of the first use of each parameter, largest first.
      first_states: Row in `values` of the first change of each changed state.
    """

    def __init__(self, index: RunIndex):
        """Reads the run; takes some microseconds a call."""
        self.index = index
        self.names = Names()
        self.paths = Paths(self.names)
        self.kinds = Kinds(self.names)
        self.calls, self.first_calls = read_calls(index, self.names, self.paths)
        reader = ValueReader(index, self.names, self.paths, self.kinds)
        self.values = reader.read(self.calls.path.tolist())
        self.first_values = self._number_parameters()
        self.first_states = self._number_states()
        self.draws = read_draws(index, self.names)

    @functools.cached_property
    def tables(self) -> dict[str, Table]:
        """The tables by name, with the columns that `schema.TABLES` declares.

        The calls have one more, "label": the last name of the path as the tree shows
        it.
        """
        tables = {
            "calls": self._read_table("calls", np.arange(len(self.calls.path))),
            "values": self._read_table("values", self.values.call),
            "draws": self._read_table("draws", self.draws.call),
        }
        tables["calls"].columns["label"] = self.calls.label
        return tables

    @functools.cached_property
    def sets(self) -> list[tuple[int, ...]]:
        """The names of each tuple of transforms, then those of each dtype."""
        return [*self.calls.transforms, *self.kinds.dtypes]

    @functools.cached_property
    def shown_paths(self) -> list[str]:
        """The path of each call in lower case, its last name as the tree shows it."""
        lowered, parents = self.paths.lowered, self.paths.parents
        names = [text.replace("/", SLASH_IN_NAME) for text in self.names.lowered]
        pairs = zip(self.calls.path.tolist(), self.calls.label.tolist(), strict=True)
        return [
            f"{lowered[parents[path]]}/{names[label]}" if label != NONE else ""
            for path, label in pairs
        ]

    @functools.cached_property
    def array_sizes(self) -> np.ndarray:
        """Elements and bytes of each value, int64, shape (n_values, 2); or `NONE`."""
        is_array = self.values.kind != NONE
        return np.where(is_array[:, None], self.kinds.sizes[self.values.kind], NONE)

    @functools.cached_property
    def dtype_sets(self) -> np.ndarray:
        """The number of the names of each value's dtype in `sets`, or `NONE`."""
        kind = self.values.kind
        return np.where(kind != NONE, kind + len(self.calls.transforms), NONE)

    def _read_table(self, name: str, call: np.ndarray) -> Table:
        columns = {column.key: column.read(self) for column in TABLES[name]}
        return Table(name, columns, call.astype(np.int32))

    @functools.cached_property
    def module_totals(self) -> np.ndarray:
        """Calls, elements and bytes of each module, int64, shape (n_modules, 3).

        Elements and bytes are those of the call of it that used the most.
        """
        table, module = self.index.table, self.calls.module
        totals = np.zeros((len(self.first_calls), 3), np.int64)
        is_call = self.calls.flags & CALL_BITS["captured"] > 0
        totals[:, 0] = np.bincount(module[is_call], minlength=len(totals))
        np.maximum.at(totals[:, 1], module, table.totals("n_parameters"))
        np.maximum.at(totals[:, 2], module, table.totals("n_bytes"))
        return totals

    def _number_parameters(self) -> np.ndarray:
        """Numbers the parameters from the largest to the smallest."""
        values = self.values
        is_parameter = values.is_parameter
        first = _number_items(values.item, is_parameter)
        rows = np.flatnonzero(is_parameter)
        items = values.item[rows]
        # The arrays of one value stand in a row at its first use.
        is_first_use = values.call[rows] == values.call[first[items]]
        sizes = np.bincount(
            items[is_first_use],
            self.kinds.sizes[values.kind[rows[is_first_use]], 0],
            len(first),
        )
        order = np.argsort(-sizes, kind="stable")
        values.item[rows] = _ranks_of(order)[items]
        return first[order]

    def _number_states(self) -> np.ndarray:
        """Numbers the changed states by collection, in the order first changed."""
        values = self.values
        is_changed = (values.group == STATE) & (
            values.flags & ARRAY_BITS["changed"] > 0
        )
        values.item[(values.group == STATE) & ~is_changed] = NONE
        first = _number_items(values.item, is_changed)
        collections = values.collection[first]
        _, firsts, inverse = np.unique(
            collections, return_index=True, return_inverse=True
        )
        order = np.argsort(firsts[inverse], kind="stable")
        values.item[is_changed] = _ranks_of(order)[values.item[is_changed]]
        return first[order]


def _number_items(items: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Numbers the chosen items anew from 0, in place, in the order of appearance.

    Returns:
      The row of the first of each.
    """
    rows = np.flatnonzero(chosen)
    _, firsts, inverse = np.unique(items[rows], return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    items[rows] = _ranks_of(order)[inverse]
    return rows[firsts[order]]


def _ranks_of(order: np.ndarray) -> np.ndarray:
    """Returns the place of each thing in an order of things; int32, same shape."""
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order))
    return ranks
