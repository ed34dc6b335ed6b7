"""How records show themselves and are searched: by rooms that stand above this one.

A record knows no drawing and no query, and must not import them. Each of those rooms
is registered here by the facade, once, and a record asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from unflax_viz.record.run import FlaxRun

Service = TypeVar("Service")


class Port(Generic[Service]):
    """A place for one service of a room above."""

    def __init__(self, task: str):
        """Begins empty.

        Args:
          task: What the service is for, such as `"show a run"`.
        """
        self._task = task
        self._service: Service | None = None

    def register(self, service: Service) -> None:
        """Puts a service here; it replaces an earlier one."""
        self._service = service

    @property
    def service(self) -> Service:
        """The service.

        Raises:
          RuntimeError: If none was registered.
        """
        if self._service is None:
            raise RuntimeError(
                f"Nothing was registered to {self._task}; `import unflax_viz` does it."
            )
        return self._service


class RunDisplay(Protocol):
    """How a run shows itself."""

    def mimebundle(self, run: FlaxRun) -> Any:
        """Returns what IPython shows for a run that ends a cell."""
        ...

    def to_html(self, run: FlaxRun, max_bytes: int) -> str:
        """Returns one self-contained page with the inspector of the run."""
        ...


class RunSearch(Protocol):
    """How a run is searched."""

    def find(self, run: FlaxRun, query: str, lens: str) -> tuple[Any, ...]:
        """Returns what fits a query."""
        ...


class RecordDisplay(Protocol):
    """How records other than a whole run are shown."""

    def line(self, record: Any) -> str:
        """Writes a record as one line."""
        ...

    def text(self, record: Any) -> str:
        """Writes a record as a few lines."""
        ...

    def html(self, record: Any) -> str:
        """Draws a record as HTML."""
        ...


RUN_DISPLAY: Port[RunDisplay] = Port("show a run")
RUN_SEARCH: Port[RunSearch] = Port("search a run")
RECORD_DISPLAY: Port[RecordDisplay] = Port("show a record")
