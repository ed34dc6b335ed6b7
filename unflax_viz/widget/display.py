"""What does a run show when it ends a cell, and what does it write to a file?"""

from __future__ import annotations

import weakref
from typing import Any

from unflax_viz.record.run import FlaxRun
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
