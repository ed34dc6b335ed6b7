"""What can a query ask of every call, value and draw of a run? In columns.

One pass over the record numbers all names, shapes and things; from then on a query
is a few operations on whole columns.
"""

from __future__ import annotations

import functools

import numpy as np

from unflax_viz.record.index import RunIndex
from unflax_viz.search.call_columns import CALL_BITS, read_calls
from unflax_viz.search.draw_columns import read_draws
from unflax_viz.search.names import NONE, Names, Paths
from unflax_viz.search.value_columns import ARRAY_BITS, STATE, Kinds, ValueReader


class Columns:
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
