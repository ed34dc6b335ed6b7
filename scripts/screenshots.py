"""What is each picture of, and what has to be done for it?"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.example_runs import ODD, SHARDED, STACKED, WIDE  # noqa: E402
from tests.browser.hostile_run import HOSTILE  # noqa: E402
from tests.browser.inspector_view import InspectorView  # noqa: E402
from tests.browser.notebook_page import NotebookPage  # noqa: E402
from tests.browser.slow_summary import (  # noqa: E402
    broken_summaries,
    slow_summaries,
)

IMPORTS = """\
import os

# For arrays in parts; it counts until JAX has begun.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
import jax.numpy as jnp
import ipywidgets
"""

OTHER_RUNS = (STACKED, SHARDED, ODD, WIDE, HOSTILE)

CONV = "ConvBlock_0/Conv_0"
NORM = "ConvBlock_1/BatchNorm_0"
DROPOUT = "Dropout_0"

Prepare = Callable[[InspectorView, Locator], None]


def as_it_is(view: InspectorView, cell: Locator) -> None:
    """Leaves it as it was shown."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture, taken in each theme.

    Attributes:
      name: Of the file, without the theme.
      widget: Python that makes the widget, of the runs that the notebook holds.
      waits_for: Text without which it is not yet as it should be.
      prepare: What is clicked and typed for it.
      around: What has to be so in the kernel meanwhile.
    """

    name: str
    widget: str
    waits_for: str
    prepare: Prepare = as_it_is
    around: Callable[[NotebookPage], contextlib.AbstractContextManager[None]] = (
        lambda notebook: contextlib.nullcontext()
    )


def inspect(run: str = "run", **traits: object) -> str:
    """Writes the Python that makes an inspector, of a height that cuts nothing off."""
    given = {"height_px": 720, **traits}
    written = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return f"unflax_viz.inspect({run}, {written})"


def search(query: str) -> Prepare:
    """Types a query and goes to its first hit."""

    def prepare(view: InspectorView, cell: Locator) -> None:
        box = view.place.get_by_role("searchbox")
        box.fill(query)
        view.said("hit").wait_for()
        box.press("Enter")

    return prepare


def press(button: str) -> Prepare:
    """Presses a button by its name."""
    return lambda view, cell: view.place.get_by_role("button", name=button).click()


def expand(view: InspectorView, cell: Locator) -> None:
    """Opens all rows."""
    view.tree.get_by_role("treeitem").first.focus()
    view.tree.press("*")


def choose_slice(view: InspectorView, cell: Locator) -> None:
    """Moves the first slider to the third place."""
    slider = view.place.get_by_role("slider").first
    for _ in range(3):
        slider.press("ArrowRight")
    view.place.get_by_text("[2, :, :, :]").wait_for()


def choose(listbox: str, name: str) -> Prepare:
    """Chooses an entry of a panel."""

    def prepare(view: InspectorView, cell: Locator) -> None:
        view.entries.choose(listbox, name)

    return prepare


def open_treescope(view: InspectorView, cell: Locator) -> None:
    """Opens Treescope's own view."""
    press("Treescope view")(view, cell)
    view.panel.locator("iframe").content_frame.locator("canvas").first.wait_for()


def read_a_cell(view: InspectorView, cell: Locator) -> None:
    """Points at a cell of the heatmap."""
    view.entries.heatmaps.first.hover()


def select_slow(view: InspectorView, cell: Locator) -> None:
    """Selects a call, and waits until it is said that this takes a while."""
    view.row("Dense_0 Dense").click()
    view.place.get_by_role("progressbar").wait_for()


KERNEL = "parameters/params/kernel"


def unfold(text: str) -> Prepare:
    """Opens a line of Treescope's view of a record."""

    def prepare(view: InspectorView, cell: Locator) -> None:
        line = cell.locator(".foldable_node > label").filter(has_text=text)
        line.first.click()

    return prepare


PICTURES = (
    Picture("root", inspect(), "parameters", expand),
    Picture("parameters", inspect(selected=CONV), "lecun"),
    Picture("parameters_read", inspect(selected=CONV), "peak", read_a_cell),
    Picture("parameters_slice", inspect(selected=CONV), "peak", choose_slice),
    Picture("parameters_scan", inspect("stacked", selected="layers"), "peak"),
    Picture("parameters_treescope", inspect(selected=CONV), "peak", open_treescope),
    Picture("parameters_sharded", inspect("sharded", entry=KERNEL), "sharding"),
    Picture("parameters_users", inspect("odd", selected="shared"), "read by"),
    Picture("parameters_nan", inspect("odd", selected="broken"), "NaN"),
    Picture("parameters_unused", inspect("odd"), "forgotten"),
    Picture("state", inspect(selected=NORM, tab="state"), "difference"),
    Picture("state_counter", inspect("odd", tab="state"), "n_calls"),
    Picture("state_none", inspect(selected="Dense_0", tab="state"), "own scope"),
    Picture("rngs", inspect(selected=DROPOUT, tab="rngs"), "fold in"),
    Picture(
        "rngs_scan",
        inspect("stacked", selected="layers/Dropout_0", tab="rngs"),
        "split",
    ),
    Picture(
        "rngs_warning",
        inspect("unsplit", selected="layers/Dropout_0", tab="rngs"),
        "the same key",
    ),
    Picture("call", inspect(selected="ConvBlock_0", tab="call"), "Source"),
    Picture("call_flax", inspect(selected=CONV, tab="call"), "Source"),
    Picture("search", inspect(selected=CONV), "1 of", search("param:kernel size>500")),
    Picture(
        "search_wrong",
        inspect(query=""),
        "purple",
        lambda view, cell: view.place.get_by_role("searchbox").fill("is:purple"),
    ),
    Picture("search_other_lens", inspect("odd"), "no hits", search("is:unused")),
    Picture("help", inspect(), "Terms are", press("What can be searched for")),
    Picture("lens_modules", inspect(lens="modules"), "modules", expand),
    Picture("lens_parameters", inspect(lens="parameters"), "Dense_0/kernel"),
    Picture("lens_state", inspect(lens="state"), "batch_stats", expand),
    Picture("lens_draws", inspect("stacked", lens="draws"), "dropout", expand),
    Picture("wide", inspect("wide", selected="cell_7000"), "cell_7000"),
    Picture("hostile", inspect("hostile"), "onerror"),
    Picture(
        "progress",
        inspect(),
        "Waiting for the kernel",
        select_slow,
        lambda notebook: slow_summaries(notebook, n_steps=120),
    ),
    Picture("failure", inspect(selected="Dense_0"), "gone", as_it_is, broken_summaries),
    Picture(
        "narrow",
        "unflax_viz.inspect(run, selected='ConvBlock_0/Conv_0', height_px=900, "
        "layout=ipywidgets.Layout(width='360px'))",
        "peak",
    ),
    Picture(
        "narrow_state",
        f"unflax_viz.inspect(run, selected={NORM!r}, height_px=900, tab='state', "
        "layout=ipywidgets.Layout(width='360px'))",
        "difference",
    ),
    Picture(
        "narrow_search",
        "unflax_viz.inspect(run, height_px=700, query='class:Conv', "
        "layout=ipywidgets.Layout(width='360px'))",
        "hits",
    ),
    Picture(
        "hbox",
        f"ipywidgets.HBox([{inspect(selected=CONV)}, "
        f"unflax_viz.CallPanel(run, {CONV!r})])",
        "Source",
    ),
    Picture("record_call", "run.root", "ConvBlock_0", unfold("ConvBlock_0: ")),
    Picture("record_scope", f"run.at({NORM!r}).scope_data", "parameters="),
    Picture(
        "record_parameter",
        f"run.at({CONV!r}).scope_data.parameters['kernel']",
        "value=",
    ),
    Picture(
        "record_state",
        f"run.at({NORM!r}).scope_data.variables['batch_stats']['mean']",
        "before=",
    ),
    Picture(
        "record_stream", f"run.at({DROPOUT!r}).scope_data.rngs['dropout']", "draws="
    ),
    Picture(
        "record_draw",
        f"run.at({DROPOUT!r}).scope_data.rngs['dropout'].draws[0]",
        "key=",
    ),
)
