"""Closes the widgets of a cell that was run again.

ipywidgets keeps a widget, and with it the arrays of its run, until it is closed.
"""

from __future__ import annotations

import dataclasses
import weakref
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython


@dataclasses.dataclass
class _Cell:
    """What one cell made and showed since it was last run.

    Attributes:
      result: IPython's record of that run of the cell, an object of its own each time.
      widgets: What was made or shown, as long as it is open.
    """

    result: weakref.ref[Any]
    widgets: weakref.WeakSet[ipywidgets.DOMWidget]


class ShownWidgets:
    """Closes a widget once all cells that made or showed it have been run again.

    Only what was shown by itself is closed: of a widget in a box nothing tells where
    the box is shown. Nor does anything tell when an output goes that was made outside
    a cell with an id, as in a callback: what was made or shown there stays open.
    """

    def __init__(self) -> None:
        """Begins with nothing shown."""
        self._by_cell: dict[str, _Cell] = {}
        self._elsewhere: weakref.WeakSet[ipywidgets.DOMWidget] = weakref.WeakSet()
        self._shown: weakref.WeakSet[ipywidgets.DOMWidget] = weakref.WeakSet()

    def note_made(self, widget: ipywidgets.DOMWidget) -> None:
        """Notes that the cell that runs has made a widget, and may still hold it."""
        result, cell_id = running_cell()
        if not cell_id:
            self._elsewhere.add(widget)
            return
        last = self._by_cell.get(cell_id)
        if last is not None and last.result() is result:
            last.widgets.add(widget)
            return
        widgets = weakref.WeakSet([widget])
        self._by_cell[cell_id] = _Cell(weakref.ref(result), widgets)
        if last is not None:
            self._close_unseen(last.widgets)

    def note_shown(self, widget: ipywidgets.DOMWidget) -> None:
        """Notes that the cell that runs shows a widget."""
        self._shown.add(widget)
        self.note_made(widget)

    def _close_unseen(self, widgets: weakref.WeakSet[ipywidgets.DOMWidget]) -> None:
        seen = [self._elsewhere, *(cell.widgets for cell in self._by_cell.values())]
        for widget in list(widgets):
            if widget in self._shown and not any(widget in group for group in seen):
                close_widget(widget)


SHOWN = ShownWidgets()
"""The widgets of this process."""


def close_widget(widget: ipywidgets.DOMWidget) -> None:
    """Frees a widget, those in it and their layouts, which it leaves open itself."""
    for part in (*getattr(widget, "children", ()), widget):
        part.layout.close()
        part.close()


def running_cell() -> tuple[Any, str]:
    """Returns IPython's record of the run of the current cell, and the cell's id."""
    shell = get_ipython()
    result = None if shell is None else shell.displayhook.exec_result
    return result, getattr(result and result.info, "cell_id", None) or ""
