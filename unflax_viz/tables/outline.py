"""Which rows of a tree are left under a query, and where does each of them stand?

The rows are numbered in preorder, so what is below a row follows it without a gap.
Every answer is a few look-ups in sorted columns, at any number of rows.
"""

from __future__ import annotations

import numpy as np

TOP = -1
"""The number of the row above the rows at the top."""


class Outline:
    """A tree of rows, and of them the hits and what is around the hits.

    Attributes:
      n_rows: How many rows are left.
      n_hits: How many of them the query found; 0 without a query.
      is_filtered: Whether there is a query.
    """

    def __init__(
        self, parents: np.ndarray, ends: np.ndarray, hits: np.ndarray | None = None
    ):
        """Finds out what is left.

        Args:
          parents: Row above each row, int32, shape (n,); `TOP` at the top.
          ends: Row after the last one below each row, int32, shape (n,).
          hits: Rows that a query found, bool, shape (n,); None leaves all.
        """
        self._parents = parents
        self._ends = ends
        self.is_filtered = hits is not None
        n_rows = len(parents)
        if hits is None:
            self._hit_rows = np.zeros(0, np.int64)
            self._is_left = np.ones(n_rows, bool)
        else:
            self._hit_rows = np.flatnonzero(hits)
            n_before = np.concatenate([[0], np.cumsum(hits)])
            self._is_left = n_before[ends] > n_before[:-1]
        left = np.flatnonzero(self._is_left)
        above = parents[left] + 1
        self.n_rows = len(left)
        self.n_hits = len(self._hit_rows)
        self._children = left[np.argsort(above, kind="stable")]
        counts = np.bincount(above, minlength=n_rows + 1)
        self._firsts = np.concatenate([[0], np.cumsum(counts)])
        self._n_open_before = np.concatenate([[0], np.cumsum(counts[1:] > 0)])

    def is_left(self, row: int) -> bool:
        """Tells whether a row is a hit, or around one."""
        return bool(self._is_left[row])

    def is_hit(self, row: int) -> bool:
        """Tells whether the query found this very row."""
        return self.ordinal_of(row) > 0

    def n_children(self, row: int) -> int:
        """Counts the rows directly below a row; `TOP` for those at the top."""
        return int(self._firsts[row + 2] - self._firsts[row + 1])

    def children(self, row: int, start: int = 0, n: int | None = None) -> list[int]:
        """Returns rows directly below a row, at most `n` from the index `start` on."""
        first, last = int(self._firsts[row + 1]), int(self._firsts[row + 2])
        first = min(first + start, last)
        last = last if n is None else min(first + n, last)
        return self._children[first:last].tolist()

    def next_branch(self, row: int, start: int) -> int | None:
        """Returns the index of the first row below a row that has rows below itself.

        Args:
          row: The row above; `TOP` for the rows at the top.
          start: The least index that is asked for.
        """
        children = self._children[self._firsts[row + 1] + start : self._firsts[row + 2]]
        n_below = self._firsts[children + 2] - self._firsts[children + 1]
        branches = np.flatnonzero(n_below)
        return start + int(branches[0]) if len(branches) else None

    def index_of(self, row: int) -> int:
        """Returns the index of a row among the rows below the row above it."""
        above = int(self._parents[row])
        first, last = self._firsts[above + 1], self._firsts[above + 2]
        return int(np.searchsorted(self._children[first:last], row))

    def trail_of(self, row: int) -> list[int]:
        """Returns the rows around a row, from the top, itself last."""
        trail = []
        while row != TOP:
            trail.append(row)
            row = int(self._parents[row])
        return trail[::-1]

    def hits(self, n: int) -> list[int]:
        """Returns the first `n` hits."""
        return self._hit_rows[:n].tolist()

    def next_hit(self, row: int | None, step: int) -> int | None:
        """Returns the next hit after a row, or the last one before it; goes round.

        Args:
          row: Where to go on from; None for the beginning, or for the end.
          step: 1 for the next hit, -1 for the one before.
        """
        if not self.n_hits:
            return None
        if row is None:
            place = 0 if step > 0 else -1
        elif step > 0:
            place = np.searchsorted(self._hit_rows, row, side="right") % self.n_hits
        else:
            place = np.searchsorted(self._hit_rows, row, side="left") - 1
        return int(self._hit_rows[place])

    def ordinal_of(self, row: int) -> int:
        """Returns the number of a hit among the hits, from 1; 0 for what is no hit."""
        place = int(np.searchsorted(self._hit_rows, row))
        is_hit = place < self.n_hits and self._hit_rows[place] == row
        return place + 1 if is_hit else 0

    def n_parents_below(self, row: int) -> int:
        """Counts the rows below a row, itself included, that have rows below them."""
        if row == TOP:
            return int(self._n_open_before[-1])
        return int(self._n_open_before[self._ends[row]] - self._n_open_before[row])
