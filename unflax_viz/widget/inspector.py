"""The widget: a run's tree on the left, the selected call's scope on the right."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from unflax_viz.errors import NotARunError
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.static_html import static_html
from unflax_viz.render.text import run_text
from unflax_viz.widget.bundle import read_bundle
from unflax_viz.widget.clerk import Clerk


class Inspector(anywidget.AnyWidget):
    """Shows one run; what it shows is read from the run when it is asked for.

    Attributes:
      run: The run.
      selected: Address of the selected call, `"/"` at first. Setting it moves the
        browser; an address that is not in the run is refused.
      tab: The panel in front: `"parameters"`, `"state"` or `"rngs"`.
      height_px: Greatest height of the whole, in CSS pixels, at least 160; with little
        to show it is lower. Once set, here or with the mouse, it is the height.
    """

    # Given the path, anywidget would tell every inspector ever made of changes in the
    # file, and so keep them, and the arrays of their runs, after they are closed.
    _esm = traitlets.Unicode().tag(sync=True)

    selected = traitlets.Unicode("/").tag(sync=True)
    tab = traitlets.Enum(["parameters", "state", "rngs"], "parameters").tag(sync=True)
    height_px = traitlets.Int(480, min=160).tag(sync=True)
    opening = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, run: Any, **traits: Any):
        """Takes a `FlaxRun`, and initial traits; see `inspect`."""
        if not isinstance(run, FlaxRun):
            raise NotARunError(
                f"Inspector shows a FlaxRun, and was given a {type(run).__qualname__}. "
                "unflax_viz.capture(module, variables, ...) makes one.",
                run,
            )
        self.run: FlaxRun = run
        self._clerk = Clerk(run)
        self.set_trait("opening", self._clerk.opening())
        super().__init__(**{"selected": run.root.address, **traits})
        self.on_msg(self._answer)

    @traitlets.default("_esm")
    def _read_bundle(self) -> str:
        return read_bundle("index.js")

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        address = proposal["value"]
        if address in self.run.nodes_by_address:
            return address
        return self.run.at(address).address

    def _answer(self, widget: Any, request: Any, buffers: Any) -> None:
        del widget, buffers
        answer, answer_buffers = self._clerk.answer(request)
        self.send(answer, answer_buffers)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Adds a readable page to the widget, for untrusted and static notebooks."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = run_text(self.run, self._clerk.index)
        data["text/html"] = static_html(self.run, self._clerk.index)
        return data, metadata


def inspect(run: FlaxRun, **traits: Any) -> Inspector:
    """Returns the inspector of a run; the last expression of a cell shows it.

    Args:
      run: The run.
      **traits: Initial traits of the inspector, such as `selected="encoder/Dense_0"`.

    Raises:
      NotARunError: If `run` is no `FlaxRun`.
    """
    return Inspector(run, **traits)
