"""How was a run started? Enough to start it again."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The arguments of `apply` that are no data.

    Attributes:
      module: The outermost module, unbound.
      method: The function that was applied to it.
      entry_point: `apply`, `init` or `bind`.
      mutable: Which collections could be written, as `apply` takes it.
      capture_intermediates: As `apply` takes it.
    """

    module: Any
    method: Any
    entry_point: str
    mutable: Any
    capture_intermediates: Any

    def __hash__(self) -> int:
        """Leaves out what may not be hashable, such as a module with a list."""
        return hash((type(self.module), self.entry_point))
