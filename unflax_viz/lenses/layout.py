"""How the rows of a lens nest."""

from __future__ import annotations

import dataclasses

import numpy as np

TOP = -1
"""The row above the rows at the top."""

GROUP = -1
"""The item of a row that is the heading of a group."""


@dataclasses.dataclass(frozen=True)
class LensRows:
    """The rows of a lens, in preorder.

    Attributes:
      parents: Row above each row, int32, shape (n_rows,); `TOP` at the top.
      items: The thing that each row shows, int32, shape (n_rows,), as `Lens.things`
        numbers them; `GROUP` for a heading.
      calls: Row of the call that is selected with each row, int32, shape (n_rows,).
      headings: The number of the name of each heading, by its row.
      is_named_by_call: Whether the address of its call names a row; else its item
        does, and its name a heading.
    """

    parents: np.ndarray
    items: np.ndarray
    calls: np.ndarray
    headings: dict[int, int] = dataclasses.field(default_factory=dict)
    is_named_by_call: bool = False

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.parents)

    def hits_of(self, found: np.ndarray) -> np.ndarray:
        """Tells which rows are among the things that were found; no heading is."""
        return np.append(found, False)[self.items]

    def n_below(self, heading: int) -> int:
        """Returns how many rows a heading has."""
        return int(np.count_nonzero(self.parents == heading))


def lay_out_groups(groups: np.ndarray, calls: np.ndarray) -> LensRows:
    """Lays out items with a heading before each group.

    Args:
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
    headings = dict(zip(heading_rows.tolist(), groups[is_first].tolist(), strict=True))
    return LensRows(parents, items, selected, headings)


def in_preorder(parents: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Orders the nodes of a tree so that what is below a node follows it.

    Args:
      parents: The node above each node; `TOP` for those at the top.

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
