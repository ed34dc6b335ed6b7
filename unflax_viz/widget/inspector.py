"""The widget: a run's tree on the left, the selected call's panels on the right."""

from __future__ import annotations

from typing import Any

from unflax_viz.errors import WrongArgumentError
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.static_html import static_html
from unflax_viz.render.text import run_text
from unflax_viz.widget.run_widget import RunWidget


class Inspector(RunWidget):
    """Shows a whole run: header, search, tree, and the panels of the selected call.

    Its traits are those of every `RunWidget`: `selected`, `tab` and `entry` say what is
    looked at, `lens`, `query` and `expanded` what the tree shows, `height_px` how high
    it is.
    """

    def _to_text(self) -> str:
        return run_text(self.run)

    def _to_static_html(self) -> str:
        return static_html(self.run)


def inspect(
    run: FlaxRun, share_with: RunWidget | None = None, **traits: Any
) -> Inspector:
    """Returns the inspector of a run; the last expression of a cell shows it.

    Args:
      run: The run.
      share_with: Another view of the same run, an inspector or a panel: both have the
        same call selected from then on, until either is closed.
      **traits: Initial traits of the inspector, such as `selected="encoder/Dense_0"`,
        `tab="rngs"`, `lens="parameters"` or `query="size>1M"`.

    Raises:
      WrongArgumentError: If `run` is not a `FlaxRun`, or `share_with` not a view.
      PathNotInRunError: If `selected` is not an address in it.
      QueryError: If `query` cannot be read.
      WrongValueError: If `share_with` shows another run.
    """
    view: Any = share_with
    if view is not None and not isinstance(view, RunWidget):
        raise WrongArgumentError(
            "share_with is another view of the same run, an inspector or a panel, not "
            f"a {type(view).__name__}.",
            view,
        )
    inspector = Inspector(run, **traits)
    if view is not None:
        view.share_selection(inspector)
    return inspector
