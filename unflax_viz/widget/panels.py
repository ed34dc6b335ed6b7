"""Each panel of the inspector as a widget of its own, for one call of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from unflax_viz.protocol import Tab
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.static_panel import panel_html, panel_lines
from unflax_viz.widget.looks import Look
from unflax_viz.widget.places import find_place
from unflax_viz.widget.run_widget import RunWidget

Path = str | Sequence[str]


class _Panel(RunWidget):
    """One panel; `selected` moves it to another call."""

    def __init__(self, run: FlaxRun, path: Path = "", **traits: Any):
        """Shows the panel of one call.

        Args:
          run: The run.
          path: Address of the call, as `run.at` takes it, or what else the class says;
            as one text, or name by name. "" for the outermost call.
          **traits: Initial traits, such as `height_px=300`.

        Raises:
          WrongArgumentError: If `run` is not a `FlaxRun`.
          PathNotInRunError: If nothing in the run has that path.
        """
        self._path = path
        super().__init__(run, **{"tab": self._panel, **traits})

    @property
    def _tab(self) -> Tab:
        return cast(Tab, self._panel)

    def _first_place(self) -> tuple[str, str]:
        return find_place(self._open_clerk.index, self._path, self._tab)

    def _carry_over(self, look: Look) -> Look:
        # What it shows is what the cell says.
        return {name: look[name] for name in ("height_px",) if name in look}

    def _to_text(self) -> str:
        return "\n".join(panel_lines(self._open_clerk.call(self.selected), self._tab))

    def _to_static_html(self) -> str:
        return panel_html(self._open_clerk.call(self.selected), self._tab)


class ParameterPanel(_Panel):
    """Shows the parameters of one call: list, statistics, histogram and heatmap.

    `path` may also be that of one parameter, e.g. `"encoder/Dense_0/kernel"`; then
    that one is chosen. The traits are those of `RunWidget`; `selected`, `entry` and
    `height_px` are of use here.
    """

    _panel = "parameters"


class StatePanel(_Panel):
    """Shows the states of one call: before, after and the difference.

    `path` may also be that of one state, e.g. `"batch_stats/BatchNorm_0/mean"`, or
    without the collection where only one has it; then that one is chosen. The traits
    are those of `RunWidget`; `selected`, `entry` and `height_px` are of use here.
    """

    _panel = "state"


class RngPanel(_Panel):
    """Shows the streams of one call: every draw, its key, and how it came about.

    The traits are those of `RunWidget`; `selected` and `height_px` are of use here.
    """

    _panel = "rngs"


class CallPanel(_Panel):
    """Shows one call: inputs and outputs, fields, transforms, source and docstring.

    The traits are those of `RunWidget`; `selected` and `height_px` are of use here.
    """

    _panel = "call"
