"""Counts what each call of a run and all calls below it hold, in columns, in one pass.

A run may have a hundred thousand calls, and its first picture needs the totals of a
few of them. So the nodes are numbered in the order made, where all that is below a node
follows it without a gap, and what a node and all below it hold is the difference of two
running sums.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
)
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.scopes import rngs_of, states_of
from unflax_viz.record.structures import count_bytes, count_elements

NO_CLASS = -1
"""Stands for the class of a place that was not captured."""


@dataclasses.dataclass(frozen=True)
class Total:
    """What a call and all below it used.

    Attributes:
      n_calls: Calls, the first one included.
      n_parameters: Elements of their parameters, a shared one counted once.
      n_bytes: Bytes of the same.
      n_changed: States that were written, each once.
      n_draws: Keys drawn.
    """

    n_calls: int
    n_parameters: int
    n_bytes: int
    n_changed: int
    n_draws: int


class RunTable:
    """All calls and not captured places of a run, numbered in the order made.

    Attributes:
      nodes: The nodes; row 0 is the root.
      addresses: Their addresses.
      parents: Row of the caller, int32, shape (n_nodes,); -1 for the root.
      ends: Row after the last one below, int32, shape (n_nodes,): what is below row
        `r` has the rows from `r + 1` to `ends[r] - 1`.
      depths: Number of calls around each, int32, shape (n_nodes,).
      stochastic_calls: The calls that drew a key.
      streams: The streams that were asked for anywhere.
      changed_rows: Rows of the calls that changed a state, int32, ascending.
      not_captured_rows: Rows of the places that could not be seen, int32, ascending.
    """

    def __init__(self, run: FlaxRun):
        """Reads the run; takes about a microsecond a node."""
        self.nodes: list[Node] = []
        self.stochastic_calls: list[InterceptedFlaxModuleMethod] = []
        self.streams: set[str] = set()
        self._counts: list[int] = []
        self._not_captured: list[int] = []
        self._sizes: dict[tuple[Any, Any], tuple[int, int]] = {}
        self._shared: _Uses = collections.defaultdict(list)
        parents, depths = self._number(run.root)
        self.addresses = [node.address for node in self.nodes]
        self.parents = np.array(parents, np.int32)
        self.depths = np.array(depths, np.int32)
        self.ends = ends_of(parents)
        self._rows = dict(zip(self.addresses, range(len(self.nodes)), strict=True))
        self.not_captured_rows = np.array(sorted(self._not_captured), np.int32)
        self.changed_rows = np.unique(self._own[self._own[:, 3] > 0, 0]).astype(
            np.int32
        )
        self._sums = self._running_sums()

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.nodes)

    def row_of(self, address: str) -> int | None:
        """Returns the row of an address; None if there is no such address."""
        return self._rows.get(address)

    def row_at(self, address: str) -> int | None:
        """Returns the row that `FlaxRun.at` means; None if there is no such node.

        "" and "/" mean the outermost call where no node has them for its address: that
        call has another where it is a bound submodule, or was made by a method.
        """
        row = self.row_of(address)
        return 0 if row is None and address in ("", "/") else row

    def total_of(self, row: int) -> Total:
        """Returns what a node and all below it used."""
        sums = self._sums[self.ends[row]] - self._sums[row]
        return Total(*sums.tolist())

    def totals_of(self, rows: np.ndarray) -> np.ndarray:
        """Returns the totals of some rows, the fields of `Total` as columns, int64."""
        return self._sums[self.ends[rows]] - self._sums[rows]

    def rows_within(self, rows: np.ndarray, row: int) -> np.ndarray:
        """Returns those of some ascending rows that are `row` or below it."""
        start, end = np.searchsorted(rows, [row, self.ends[row]])
        return rows[start:end]

    def rows_below(self, row: int) -> np.ndarray:
        """Returns the rows directly below a row, ascending."""
        start, end = row + 1, int(self.ends[row])
        return start + np.flatnonzero(self.parents[start:end] == row)

    @functools.cached_property
    def classes(self) -> np.ndarray:
        """The number of each call's class, by name, int32; `NO_CLASS` for a gap."""
        numbers: dict[str, int] = {}
        return np.array(
            [
                numbers.setdefault(node.class_name, len(numbers))
                if isinstance(node, InterceptedFlaxModuleMethod)
                else NO_CLASS
                for node in self.nodes
            ],
            np.int32,
        )

    def sizes_by_group(self, start: int, end: int, groups: np.ndarray) -> np.ndarray:
        """Sums the parameters that groups of calls read in their own scopes.

        Args:
          start: The first row that counts.
          end: The row after the last that counts.
          groups: The group of every row, from 0, shape (n_nodes,).

        Returns:
          Elements and bytes, int64, shape (n_groups, 2). A parameter counts once in
          each group that read it.
        """
        sizes = np.zeros((groups.max() + 1, 2), np.int64)
        own = _within(self._own, start, end)
        np.add.at(sizes, groups[own[:, 0]], own[:, 1:3])
        shared = _within(self._shared_uses, start, end)
        pairs = groups[shared[:, 0]] + shared[:, 3] * len(sizes)
        _, firsts = np.unique(pairs, return_index=True)
        again = np.delete(shared, firsts, axis=0)
        np.subtract.at(sizes, groups[again[:, 0]], again[:, 1:3])
        return sizes

    @functools.cached_property
    def _own(self) -> np.ndarray:
        """What each scope counts: row, elements, bytes, changed states; by row."""
        return np.array(self._counts, np.int64).reshape(-1, 4)

    @functools.cached_property
    def _shared_uses(self) -> np.ndarray:
        """Uses of what calls share: row, elements, bytes, its number; by row."""
        uses = [
            (row, n_elements, n_bytes, number)
            for number, shared in enumerate(self._shared.values())
            for row, n_elements, n_bytes, _ in shared
        ]
        return np.array(sorted(uses), np.int64).reshape(-1, 4)

    def n_calls_until(self, row: int) -> int:
        """Counts the calls up to a row and itself, places not captured left out."""
        return int(self._sums[row + 1, 0])

    def totals(self, field: str) -> np.ndarray:
        """Returns one field of `Total` for all rows, int64, shape (n_nodes,)."""
        names = [each.name for each in dataclasses.fields(Total)]
        sums = self._sums[:, names.index(field)]
        return sums[self.ends] - sums[:-1]

    def _number(self, root: Node) -> tuple[list[int], list[int]]:
        parents: list[int] = []
        depths: list[int] = []
        waiting: list[tuple[Node, int, int]] = [(root, -1, 0)]
        while waiting:
            node, parent, depth = waiting.pop()
            row = len(parents)
            self.nodes.append(node)
            parents.append(parent)
            depths.append(depth)
            if not isinstance(node, InterceptedFlaxModuleMethod):
                self._not_captured.append(row)
                continue
            if node.scope_data is not None:
                self._count_own(row, node, node.scope_data)
            if node.submodule_calls:
                children = reversed(node.submodule_calls.values())
                waiting.extend([(child, row, depth + 1) for child in children])
        return parents, depths

    def _count_own(
        self,
        row: int,
        node: InterceptedFlaxModuleMethod,
        scope: InterceptedFlaxScopeData,
    ) -> None:
        for parameter in scope.parameters.values():
            sizes = self._sizes_of(parameter.value)
            self._counts += (row, *sizes, 0)
            if parameter.is_shared:
                key = (node.entry, "params", parameter.path)
                self._shared[key].append((row, *sizes, 0))
        if scope.variables:
            self._note_changed(row, node)
        if scope.rngs:
            self.stochastic_calls.append(node)
            self.streams.update(rng.stream for rng in rngs_of(node))

    def _sizes_of(self, value: Any) -> tuple[int, int]:
        """Returns elements and bytes; most values are arrays of a few shapes."""
        try:
            key = (value.shape, value.dtype)
            sizes = self._sizes.get(key)
        except (AttributeError, TypeError):
            return count_elements(value), count_bytes(value)
        if sizes is None:
            sizes = self._sizes[key] = count_elements(value), count_bytes(value)
        return sizes

    def _note_changed(self, row: int, node: InterceptedFlaxModuleMethod) -> None:
        for state in states_of(node).values():
            if not state.has_changed:
                continue
            self._counts += (row, 0, 0, 1)
            key = (node.entry, state.collection, state.path)
            self._shared[key].append((row, 0, 0, 1))

    def _running_sums(self) -> np.ndarray:
        """Returns the sums before each row, int64, shape (n_nodes + 1, 5)."""
        own = np.zeros((len(self) + 1, 5), np.int64)
        of_rows = own[1:]
        of_rows[:, 0] = 1
        of_rows[self._not_captured, 0] = 0
        again = np.array(list(self._counted_twice()), np.int64).reshape(-1, 4)
        rows, *columns = np.concatenate([self._own, again]).T
        for column, amounts in enumerate(columns, start=1):
            np.add.at(of_rows[:, column], rows, amounts)
        for call in self.stochastic_calls:
            of_rows[self._rows[call.address], 4] = sum(
                len(rng.draws) for rng in rngs_of(call)
            )
        return np.cumsum(own, axis=0)

    def _counted_twice(self) -> Iterator[_Counts]:
        """Yields corrections for what counts twice, each at the nearest common caller.

        Then what two calls share counts once in every part of the tree that has both.
        """
        for uses in self._shared.values():
            for (row, *counts), (next_row, *_) in itertools.pairwise(uses):
                n_elements, n_bytes, n_changed = counts
                meeting_row = self._meeting_row(row, next_row)
                yield meeting_row, -n_elements, -n_bytes, -n_changed

    def _meeting_row(self, row: int, later_row: int) -> int:
        while self.ends[row] <= later_row:
            row = int(self.parents[row])
        return row


_Counts = tuple[int, int, int, int]
"""A row, and what is added there: elements, bytes, changed states."""

_UseKey = tuple[int, str, tuple[str, ...]]
"""Entry, collection and path of what counts once, however many calls use it."""

_Uses = dict[_UseKey, list[_Counts]]


def _within(counts: np.ndarray, start: int, end: int) -> np.ndarray:
    """Returns the counts of the rows from `start` to before `end`."""
    return counts[slice(*np.searchsorted(counts[:, 0], [start, end]))]


def ends_of(parents: list[int]) -> np.ndarray:
    """Returns the row after the last one below each row of a tree in preorder.

    Args:
      parents: The row above each; -1 where there is none.

    Returns:
      int32, shape (n_rows,).
    """
    ends = list(range(1, len(parents) + 1))
    for row in range(len(parents) - 1, 0, -1):
        parent = parents[row]
        if parent >= 0 and ends[row] > ends[parent]:
            ends[parent] = ends[row]
    return np.array(ends, np.int32)
