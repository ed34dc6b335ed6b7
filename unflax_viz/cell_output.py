"""Shows the runs of a recorded cell below it, and frees them when it runs again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import ipywidgets

from unflax_viz.record.given import describe_unseen_nnx
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.text import run_text
from unflax_viz.widget.inspector import Inspector
from unflax_viz.widget.looks import LOOKS
from unflax_viz.widget.shown import close_widget

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NO_CALL = (
    "No Flax call was seen in this cell: no Linen module was called (those of Flax "
    "NNX are not captured), or only in another thread, or in code that jax.jit had "
    "compiled before. unflax_viz.capture(model, variables, ...) calls a model and "
    "records it."
)


class CellOutput:
    """Shows runs in one shell, and knows what it has shown in which cell."""

    def __init__(self, shell: InteractiveShell) -> None:
        """Takes the shell, through which everything is published."""
        self._shell = shell
        self._shown: dict[str, ipywidgets.DOMWidget] = {}

    def show(self, runs: Sequence[FlaxRun], n_seen: int, cell_id: str | None) -> None:
        """Shows the runs of a cell, or a sentence that says why there are none.

        Args:
          runs: Those kept, in the order made.
          n_seen: How many there were.
          cell_id: Of the cell; None where the notebook gives its cells no ids.
        """
        with self.reporting():
            if not n_seen:
                names = cast("dict[str, Any]", self._shell.user_ns)
                self._say(describe_unseen_nnx(names, "cell") or NO_CALL)
            elif 0 < len(runs) < n_seen:
                self._say(
                    f"{n_seen} Flax calls were seen; the first "
                    f"{'is' if len(runs) == 1 else f'{len(runs)} are'} kept. "
                    "--max-runs N keeps more."
                )
            if runs:
                self._publish(runs, cell_id)

    def close_last(self, cell_id: str | None) -> None:
        """Frees the widget that an earlier run of the same cell showed."""
        widget = self._shown.pop(cell_id, None) if cell_id else None
        if widget is not None:
            close_widget(widget)

    @contextlib.contextmanager
    def reporting(self) -> Iterator[None]:
        """Says what went wrong in drawing a run: the cell's own result stands."""
        try:
            yield
        except Exception as error:
            self._say(f"unflax_viz cannot show this: {type(error).__name__}: {error}")

    def _publish(self, runs: Sequence[FlaxRun], cell_id: str | None) -> None:
        text = "\n\n".join(map(run_text, runs))
        if getattr(self._shell, "kernel", None) is None:
            self._say(text)
            return
        format_object = cast("Any", self._shell.display_formatter).format
        with LOOKS.after_cell(cell_id):
            inspectors = [Inspector(run) for run in runs]
        widget = _in_tabs(inspectors)
        data, metadata = format_object(widget)
        if len(inspectors) > 1:
            pages = [format_object(inspector)[0] for inspector in inspectors]
            data["text/html"] = "\n".join(page.get("text/html", "") for page in pages)
        data["text/plain"] = text
        self._shell.display_pub.publish(data, metadata)
        if cell_id:
            self._shown[cell_id] = widget

    def _say(self, sentence: str) -> None:
        self._shell.display_pub.publish({"text/plain": sentence})


def _in_tabs(inspectors: Sequence[Inspector]) -> ipywidgets.DOMWidget:
    """Returns the one inspector; of several, a tab for each, the last in front."""
    if len(inspectors) == 1:
        return inspectors[0]
    titles = [
        f"{i}. {_title_of(inspector.run)}" for i, inspector in enumerate(inspectors, 1)
    ]
    return ipywidgets.Tab(inspectors, titles=titles, selected_index=len(titles) - 1)


def _title_of(run: FlaxRun) -> str:
    method = "init" if run.entry_point == "init" else run.root.method_name
    return f"{run.root.class_name}.{method}" + (" (failed)" if run.error else "")
