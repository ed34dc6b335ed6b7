"""A cell that ends with a record shows a view that opens by a click."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.model_notebook import EMPTY
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

NORM = "run.at('stage_0/block_0/BatchNorm_0').scope_data"
STREAM = "run.at('stage_0/block_0/Dropout_0').scope_data.rngs['dropout']"


@pytest.mark.parametrize(
    ("source", "text", "fold"),
    [
        ("run.root", "/: Net.__call__", "/: Net"),
        (NORM, "InterceptedFlaxScopeData(", "InterceptedFlaxScopeData("),
        (f"{NORM}.parameters['scale']", "FlaxParameter(", "FlaxParameter("),
        (f"{NORM}.variables['batch_stats']['mean']", "FlaxState(", "FlaxState("),
        (STREAM, "FlaxRng(", "FlaxRng("),
        (f"{STREAM}.draws[0]", "RngDraw(", "RngDraw("),
    ],
)
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_record_at_the_end_of_a_cell_folds_by_a_click(
    notebook: NotebookPage, theme: str, source: str, text: str, fold: str
) -> None:
    notebook.change_theme(f"JupyterLab {theme}")
    notebook.run_source(EMPTY, source)
    cell = notebook.cell(EMPTY)
    # Treescope draws what is in sight.
    cell.locator("treescope-container").scroll_into_view_if_needed()
    root = cell.locator(".treescope_root")
    expect(root).to_contain_text(text)
    color = "rgb(0, 0, 0)" if theme == "Light" else "rgb(214, 217, 222)"
    expect(root).to_have_css("color", color)
    expect(cell.locator(".unflax-viz-static")).to_be_hidden()
    node = root.locator(".foldable_node").filter(has_text=fold).first
    toggle = node.locator("input").first
    expect(toggle).to_be_checked()
    node.locator("label").first.click(position={"x": 3, "y": 6})
    expect(toggle).not_to_be_checked()
    notebook.change_theme("JupyterLab Light")
