"""What does a run show when it ends a cell, and what does it write to a file?"""

from __future__ import annotations

from typing import Any

from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.inspector import Inspector
from unflax_viz.widget.page import standalone_page


class InspectorDisplay:
    """Shows a run as its inspector."""

    def mimebundle(self, run: FlaxRun) -> Any:
        """Returns the widget, with HTML and text for readers who cannot run it."""
        return Inspector(run)._repr_mimebundle_()

    def to_html(self, run: FlaxRun) -> str:
        """Returns one self-contained page."""
        return standalone_page(run)
