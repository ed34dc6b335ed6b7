"""How a record shows itself: by whoever knows how, since a record knows no drawing."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class RecordDisplay(Protocol):
    """How records are shown. The render room sets it."""

    def line(self, record: Any) -> str:
        """Writes a record as one line."""
        ...

    def text(self, record: Any) -> str:
        """Writes a record as a few lines."""
        ...

    def html(self, record: Any) -> str:
        """Draws a record as HTML."""
        ...


class Shown:
    """What all records but a whole run show themselves by; it has no fields.

    Attributes:
      record_display: How records are shown.
    """

    record_display: ClassVar[RecordDisplay]

    def __repr__(self) -> str:
        return self.record_display.line(self)

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        """Writes a few lines, and one in a list or dict, where IPython stacks them."""
        del cycle
        is_alone = len(p.stack) == 1
        display = self.record_display
        p.text(display.text(self) if is_alone else display.line(self))

    def _repr_html_(self) -> str:
        return self.record_display.html(self)

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        """Leaves the drawing to the handler that is registered with Treescope."""
        return NotImplemented
