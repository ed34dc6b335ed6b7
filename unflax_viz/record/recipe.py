"""How a run was started: enough to start it again."""

from __future__ import annotations

import dataclasses
from typing import Any

from unflax_viz.record.packing import Packed

_STATIC: dict[str, Any] = {"pytree_node": False}


@dataclasses.dataclass(frozen=True)
class Recipe(Packed):
    """The arguments of `apply` that are no data.

    Attributes:
      module: The outermost module, unbound.
      method: The function that was applied to it.
      entry_point: `apply`, `init` or `bind`.
      mutable: Which collections could be written, as `apply` takes it.
      capture_intermediates: As `apply` takes it.
      rng_counters: How many keys each scope had drawn from each stream before, by path
        and stream; a bound module goes on where its last call ended.
    """

    _word = "recipe"

    module: Any = dataclasses.field(metadata=_STATIC)
    method: Any = dataclasses.field(metadata=_STATIC)
    entry_point: str = dataclasses.field(metadata=_STATIC)
    mutable: Any = dataclasses.field(metadata=_STATIC)
    capture_intermediates: Any = dataclasses.field(metadata=_STATIC)
    rng_counters: dict[tuple[tuple[str, ...], str], int] = dataclasses.field(
        metadata=_STATIC
    )

    def __hash__(self) -> int:
        """Leaves out what may not be hashable, such as a module with a list."""
        return hash((type(self.module), self.entry_point))
