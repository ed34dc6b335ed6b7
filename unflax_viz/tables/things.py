"""What the rows of a table are seen as: several rows may be one thing."""

from __future__ import annotations

import dataclasses

import numpy as np

from unflax_viz.tables.names import NONE


@dataclasses.dataclass(frozen=True)
class Things:
    """The things that a lens shows, as rows of a table.

    Attributes:
      table: The name of the table.
      item: Number of the thing that each row of the table belongs to, int32, shape
        (n_rows,); `NONE` where it is none.
      n_items: How many things there are.
    """

    table: str
    item: np.ndarray
    n_items: int

    def among(self, rows: np.ndarray) -> np.ndarray:
        """Tells which things have a row among those that are marked; bool."""
        found = np.zeros(self.n_items, bool)
        found[self.item[rows & (self.item != NONE)]] = True
        return found
