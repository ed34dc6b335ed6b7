"""How was a run started? Enough to start it again."""

from __future__ import annotations

import dataclasses
from typing import Any

import cloudpickle


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

    def __getstate__(self) -> dict[str, Any]:
        """Packs all by value: module and method may hold closures."""
        return {name: cloudpickle.dumps(value) for name, value in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpacks what `__getstate__` packed."""
        vars(self).update({name: cloudpickle.loads(x) for name, x in state.items()})

    def __hash__(self) -> int:
        """Leaves out what may not be hashable, such as a module with a list."""
        return hash((type(self.module), self.entry_point))
