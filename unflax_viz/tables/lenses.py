"""What are the rows of each lens, and in which order do they stand?"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable

import numpy as np

from unflax_viz.protocol import Lens
from unflax_viz.record.table import RunTable, ends_of
from unflax_viz.tables.contents import Contents

LENSES: tuple[Lens, ...] = typing.get_args(Lens)
TOP = -1
"""The row above the rows at the top."""

GROUP = -1
"""The item of a row that is the heading of a group."""


@dataclasses.dataclass
class LensRows:
    """The rows of a lens, in preorder.

    Attributes:
      lens: The lens.
      parents: Row above each row, int32, shape (n_rows,); `TOP` at the top.
      ends: Row after the last one below each row, int32, shape (n_rows,).
      items: What each row is, int32, shape (n_rows,): the number of the call, module,
        parameter, changed state or draw, as `Matcher.find` counts them; `GROUP` for
        a heading.
      calls: Row of the call that is selected with each row, int32, shape (n_rows,).
      headings: The number of the name of each heading, by its row.
      id_of: Returns what names a row in its lens.
      row_of: Returns the row of such a name; None if there is none.
    """

    lens: Lens
    parents: np.ndarray
    ends: np.ndarray
    items: np.ndarray
    calls: np.ndarray
    headings: dict[int, int]
    id_of: Callable[[int], str]
    row_of: Callable[[str], int | None]

    def hits_of(self, found: np.ndarray) -> np.ndarray:
        """Tells which rows are among the things that were found; no heading is."""
        return np.append(found, False)[self.items]

    def rows_of_call(self, call: int) -> np.ndarray:
        """Returns the rows with which a call is selected, headings last."""
        rows = np.flatnonzero(self.calls == call)
        return rows[np.argsort(self.items[rows] == GROUP, kind="stable")]


def lay_out_calls(table: RunTable) -> LensRows:
    """Lays out the calls in the order made, each below its caller."""
    rows = np.arange(len(table), dtype=np.int32)
    return LensRows(
        lens="calls",
        parents=table.parents,
        ends=table.ends,
        items=rows,
        calls=rows,
        headings={},
        id_of=table.addresses.__getitem__,
        row_of=table.row_of,
    )


def lay_out_modules(columns: Contents) -> LensRows:
    """Lays out the modules by path, each once, in the order first called."""
    order, parents = _in_preorder(_parents_of_modules(columns))
    table, calls = columns.index.table, columns.first_calls[order]
    rows_by_call = dict(zip(calls.tolist(), range(len(calls)), strict=True))

    def find_row(address: str) -> int | None:
        call = table.row_of(address)
        return None if call is None else rows_by_call.get(call)

    return LensRows(
        lens="modules",
        parents=parents,
        ends=ends_of(parents.tolist()),
        items=order,
        calls=calls,
        headings={},
        id_of=lambda row: table.addresses[calls[row]],
        row_of=find_row,
    )


def lay_out_parameters(columns: Contents) -> LensRows:
    """Lays out the parameters in a row, from the largest to the smallest."""
    n_parameters = len(columns.first_values)
    calls = columns.values.call[columns.first_values]
    groups = np.full(n_parameters, GROUP)
    return _lay_out_groups(columns, "parameters", groups, calls)


def lay_out_state(columns: Contents) -> LensRows:
    """Lays out the states that changed, grouped by collection."""
    rows = columns.first_states
    groups, calls = columns.values.collection[rows], columns.values.call[rows]
    return _lay_out_groups(columns, "state", groups, calls)


def lay_out_draws(columns: Contents) -> LensRows:
    """Lays out the draws, grouped by the stream that was asked for."""
    draws = columns.draws
    return _lay_out_groups(columns, "draws", draws.stream, draws.call)


def _lay_out_groups(
    columns: Contents, lens: Lens, groups: np.ndarray, calls: np.ndarray
) -> LensRows:
    """Lays out items with a heading before each group.

    Args:
      columns: The run.
      lens: The lens.
      groups: The number of the name of each item's group, those of a group in a row;
        `GROUP` for items without a heading.
      calls: The call that is selected with each item, below 0 for the root.
    """
    is_first = np.ones(len(groups), bool)
    is_first[1:] = groups[1:] != groups[:-1]
    is_first &= groups != GROUP
    # Every heading moves what comes after it one row down.
    rows_of_items = np.arange(len(groups)) + np.cumsum(is_first)
    heading_rows = rows_of_items[is_first] - 1
    n_rows = len(groups) + len(heading_rows)
    items = np.full(n_rows, GROUP, np.int32)
    items[rows_of_items] = np.arange(len(groups))
    selected = np.zeros(n_rows, np.int32)
    selected[rows_of_items] = np.maximum(calls, 0)
    parents = np.full(n_rows, TOP, np.int32)
    if len(heading_rows):
        above = np.searchsorted(heading_rows, rows_of_items) - 1
        parents[rows_of_items] = heading_rows[above]
    ends = np.arange(1, n_rows + 1, dtype=np.int32)
    ends[heading_rows] = np.append(heading_rows[1:], n_rows)
    headings = dict(zip(heading_rows.tolist(), groups[is_first].tolist(), strict=True))
    rows_by_name = {
        f"group {columns.names.texts[name]}": row for row, name in headings.items()
    }
    names_by_row = {row: name for name, row in rows_by_name.items()}

    def find_row(row_id: str) -> int | None:
        if row_id.isascii() and row_id.isdecimal() and len(row_id) < 10:
            item = int(row_id)
            is_there = item < len(rows_of_items) and str(item) == row_id
            return int(rows_of_items[item]) if is_there else None
        return rows_by_name.get(row_id)

    def name_row(row: int) -> str:
        return names_by_row.get(row) or str(items[row])

    return LensRows(lens, parents, ends, items, selected, headings, name_row, find_row)


def _parents_of_modules(columns: Contents) -> list[int]:
    """Returns the module above each module; `TOP` for that of the outermost call."""
    modules = columns.calls.modules
    numbers = {key: number for number, key in enumerate(modules)}
    shorter = columns.paths.parents
    parents = [TOP]
    for number in range(1, len(modules)):
        entry, path = modules[number]
        above = None
        while path and above is None:
            path = int(shorter[path])
            above = numbers.get((entry, path))
        parents.append(_caller_of(columns, number) if above is None else above)
    return parents


def _caller_of(columns: Contents, module: int) -> int:
    """Returns the module that a model inside the model was called from."""
    caller = int(columns.index.table.parents[columns.first_calls[module]])
    above = int(columns.calls.module[caller])
    modules = columns.calls.modules
    return above if modules[above][0] < modules[module][0] else 0


def _in_preorder(parents: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Orders the nodes of a tree so that what is below a node follows it.

    Returns:
      The node in each row, and the row above each row, int32, shape (n,).
    """
    children: list[list[int]] = [[] for _ in range(len(parents) + 1)]
    for node, parent in enumerate(parents):
        children[parent].append(node)
    order, above = [], []
    waiting = [(node, TOP) for node in reversed(children[TOP])]
    while waiting:
        node, row_above = waiting.pop()
        row = len(order)
        order.append(node)
        above.append(row_above)
        waiting += [(child, row) for child in reversed(children[node])]
    return np.array(order, np.int32), np.array(above, np.int32)
