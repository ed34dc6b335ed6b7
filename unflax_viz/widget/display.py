"""Shows a run that ends a cell, and writes one to a file."""

from __future__ import annotations

import weakref
from typing import Any

from unflax_viz.record.run import FlaxRun
from unflax_viz.record.shown import Shown
from unflax_viz.render.static_html import static_html
from unflax_viz.widget.inspector import Inspector
from unflax_viz.widget.page import standalone_page


class InspectorDisplay:
    """Shows a run as its inspector, the same one in however many cells."""

    def __init__(self) -> None:
        """Begins with nothing shown."""
        self._by_run: weakref.WeakValueDictionary[int, Inspector] = (
            weakref.WeakValueDictionary()
        )

    def mimebundle(self, run: FlaxRun) -> Any:
        """Returns the widget, with HTML and text for readers who cannot run it."""
        return self._inspector_of(run)._repr_mimebundle_()

    def to_html(self, run: FlaxRun, max_bytes: int) -> str:
        """Returns one self-contained page."""
        return standalone_page(run, max_bytes)

    def _inspector_of(self, run: FlaxRun) -> Inspector:
        """Finds the open inspector of the very same run, or makes one.

        An open inspector holds its run, so no other run has that `id` meanwhile.
        """
        inspector = self._by_run.get(id(run))
        if inspector is None or inspector.comm is None:
            inspector = self._by_run[id(run)] = Inspector(run)
        return inspector


def prefer_own_html(shell: Any) -> None:
    """Lets records be shown by their own HTML, whatever is registered for `object`.

    Treescope's interactive set-up registers itself there, and IPython asks that first;
    what it draws is blank where scripts do not run.

    Args:
      shell: IPython's shell; None outside IPython.
    """
    if shell is not None:
        formatter = shell.display_formatter.formatters["text/html"]
        formatter.for_type(Shown, Shown._repr_html_)
        formatter.for_type(FlaxRun, static_html)
