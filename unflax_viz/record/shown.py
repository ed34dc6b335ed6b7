"""How a record shows itself: through the room that draws; a record cannot draw."""

from __future__ import annotations

from typing import Any

from unflax_viz.record.ports import RECORD_DISPLAY


class Shown:
    """How every record except a whole run shows itself; it has no fields."""

    def __repr__(self) -> str:
        return RECORD_DISPLAY.service.line(self)

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        """Writes a few lines, and one in a list or dict, where IPython stacks them."""
        del cycle
        is_alone = len(p.stack) == 1
        display = RECORD_DISPLAY.service
        p.text(display.text(self) if is_alone else display.line(self))

    def _repr_html_(self) -> str:
        return RECORD_DISPLAY.service.html(self)

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        """Leaves the drawing to the handler that is registered with Treescope."""
        return NotImplemented
