"""How a record shows itself: by whoever knows how, since a record knows no drawing."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class RecordDisplay(Protocol):
    """How records are shown. The render room sets it."""

    def line(self, record: Any) -> str:
        """Writes a record as one line."""
        ...

    def mimebundle(self, record: Any) -> dict[str, str]:
        """Returns what a cell shows that ends with a record, by MIME type."""
        ...


class Shown:
    """What all records have that can end a cell; it has no fields of its own.

    Attributes:
      record_display: How records are shown.
    """

    record_display: ClassVar[RecordDisplay]

    def __repr__(self) -> str:
        return self.record_display.line(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Writes one line, which is what IPython shows for each item of a list."""
        del cycle
        printer.text(repr(self))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        del kwargs
        return self.record_display.mimebundle(self)

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        """Leaves the drawing to the handler that is registered with Treescope."""
        return NotImplemented
