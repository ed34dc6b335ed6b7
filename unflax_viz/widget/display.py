"""What does a run show when it ends a cell, and what does it write to a file?"""

from __future__ import annotations

import dataclasses
import weakref
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython

from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.inspector import Inspector
from unflax_viz.widget.page import standalone_page


@dataclasses.dataclass
class _ShownCell:
    """What one cell shows since it was last run.

    Attributes:
      result: IPython's record of that run of the cell, an object of its own each time.
      inspectors: What was shown, as long as it is open.
    """

    result: weakref.ref[Any]
    inspectors: weakref.WeakSet[Inspector]


class InspectorDisplay:
    """Shows a run as its inspector, the same one in however many cells.

    ipywidgets keeps a widget, and with it the arrays of its run, until it is closed.
    So an inspector is closed once all cells that showed it have been run again and
    show something else.
    """

    def __init__(self) -> None:
        """Begins with nothing shown."""
        self._by_run: weakref.WeakValueDictionary[int, Inspector] = (
            weakref.WeakValueDictionary()
        )
        self._by_cell: dict[str, _ShownCell] = {}
        self._elsewhere: weakref.WeakSet[Inspector] = weakref.WeakSet()

    def mimebundle(self, run: FlaxRun) -> Any:
        """Returns the widget, with HTML and text for readers who cannot run it."""
        inspector = self._inspector_of(run)
        self._note_shown(inspector)
        return inspector._repr_mimebundle_()

    def to_html(self, run: FlaxRun, max_bytes: int) -> str:
        """Returns one self-contained page."""
        return standalone_page(run, max_bytes)

    def _inspector_of(self, run: FlaxRun) -> Inspector:
        """Finds the open inspector of the very same run, or makes one.

        An inspector holds its run, so no other run has that `id` while it is there.
        """
        inspector = self._by_run.get(id(run))
        if inspector is None or inspector.comm is None:
            inspector = self._by_run[id(run)] = Inspector(run)
        return inspector

    def _note_shown(self, inspector: Inspector) -> None:
        """Notes where it is shown, and frees what was only in the cell's last output.

        Outside a cell with an id, as in a callback, nothing tells when an output goes:
        what was shown there stays open.
        """
        shell = get_ipython()
        result = None if shell is None else shell.displayhook.exec_result
        cell_id = getattr(result and result.info, "cell_id", None)
        if not cell_id:
            self._elsewhere.add(inspector)
            return
        last = self._by_cell.get(cell_id)
        if last is not None and last.result() is result:
            last.inspectors.add(inspector)
            return
        self._by_cell[cell_id] = _ShownCell(
            weakref.ref(result), weakref.WeakSet([inspector])
        )
        if last is not None:
            self._close_unshown(last.inspectors)

    def _close_unshown(self, inspectors: weakref.WeakSet[Inspector]) -> None:
        shown = [cell.inspectors for cell in self._by_cell.values()]
        for inspector in list(inspectors):
            if not any(inspector in group for group in (*shown, self._elsewhere)):
                close_widget(inspector)


def close_widget(widget: ipywidgets.DOMWidget) -> None:
    """Frees a widget, those in it and their layouts, which it leaves open itself."""
    for part in (*getattr(widget, "children", ()), widget):
        part.layout.close()
        part.close()
