"""Is the tree the run's, does it open, and do browser and Python select together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import INSPECTED, show
from tests.browser.notebook_page import NotebookPage, PythonError

pytestmark = pytest.mark.browser

LOW = """\
class Low(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(4, name="only")(x)

low = unflax_viz.capture(Low(), Low().init(jax.random.key(0), x), x)
"""
"""`low`: an overview of few lines, above a kernel with a picture."""


@pytest.fixture
def low(notebook: NotebookPage) -> Iterator[InspectorView]:
    notebook.execute(LOW)
    yield show(notebook, "low_inspector = unflax_viz.inspect(low)\nlow_inspector")
    show(notebook, "")


def names_of_children(notebook: NotebookPage, address: str) -> list[str]:
    return notebook.ask(
        f"[f'{{c.address}} {{c.class_name}}' for c in run.at({address!r}).children]"
    )


def test_first_picture_shows_the_root_and_what_it_called(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    assert inspector.names_at(1) == ["/ Net"]
    assert inspector.names_at(2) == names_of_children(notebook, "/")
    expect(inspector.rows_at(3)).to_have_count(0)


def test_triangle_opens_and_closes_a_row(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    children = names_of_children(notebook, "stage_0")
    assert len(children) == 3
    inspector.open_with_mouse("stage_0 Stage")
    expect(inspector.row(children[-1])).to_be_visible()
    assert inspector.names_at(3) == children
    notebook.wait_until("inspector.selected == '/'")
    inspector.close_with_mouse("stage_0 Stage")
    expect(inspector.rows_at(3)).to_have_count(0)


def test_click_on_a_row_selects_it_in_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    notebook.wait_until("inspector.selected == 'head'")
    expect(inspector.selected_row()).to_have_count(1)


def test_selection_in_python_opens_the_ancestors_in_the_browser(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'stage_1/block_2/Dense_0'")
    inspector.expect_details_of("stage_1/block_2/Dense_0 Dense")
    for name in ("/ Net", "stage_1 Stage", "stage_1/block_2 Block"):
        expect(inspector.row(name)).to_have_attribute("aria-expanded", "true")
    expect(inspector.row("stage_0 Stage")).to_have_attribute("aria-expanded", "false")
    expect(inspector.row("stage_1/block_2/Dense_0 Dense")).to_be_in_viewport()


def test_unknown_address_raises_in_python_and_leaves_the_browser_alone(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    with pytest.raises(PythonError, match=re.escape("PathNotInRunError")):
        notebook.execute("inspector.selected = 'head/Dense_7'")
    # What comes later on the same channel has arrived: the first would have, too.
    notebook.execute("inspector.tab = 'rngs'")
    expect(inspector.tab("RNGs")).to_have_attribute("aria-selected", "true")
    inspector.expect_details_of("head Dense")
    notebook.wait_until("inspector.selected == 'head'")


def test_height_set_by_key_is_known_in_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    divider = notebook.page.get_by_role("separator", name="Height of the inspector")
    before = int(divider.get_attribute("aria-valuenow") or 0)
    divider.focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(divider).to_have_attribute("aria-valuenow", str(before + 24))
    assert notebook.ask("inspector.height_px") == before + 24


def test_inspector_grows_with_what_it_shows_and_does_not_shrink_again(
    notebook: NotebookPage, low: InspectorView
) -> None:
    divider = low.place.get_by_role("separator", name="Height of the inspector")
    low.wait_for_lines()
    expect(low.tab("Overview")).to_have_attribute("aria-selected", "true")
    before = int(divider.get_attribute("aria-valuenow") or 0)
    assert 240 <= before < 400
    low.select("only Dense")
    expect(low.entries.heatmaps).to_be_visible()
    expect(divider).not_to_have_attribute("aria-valuenow", str(before))
    grown = int(divider.get_attribute("aria-valuenow") or 0)
    assert before < grown <= 480
    low.select("/ Low")
    expect(low.tab("Overview")).to_have_attribute("aria-selected", "true")
    expect(divider).to_have_attribute("aria-valuenow", str(grown))
    assert notebook.ask("low_inspector.height_px") == 480


def test_cell_run_twice_shows_one_new_inspector_that_looks_the_same_and_works(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.open_with_mouse("stage_1 Stage")
    inspector.select("head Dense")
    former = notebook.ask("inspector.model_id")
    notebook.run_cell(INSPECTED)
    expect(inspector.tree).to_have_count(1)
    assert notebook.ask("inspector.model_id") != former
    inspector.expect_details_of("head Dense")
    expect(inspector.row("stage_1/block_2 Block")).to_be_visible()
    assert notebook.ask("inspector.selected") == "head"
    inspector.select("stage_0 Stage")
    notebook.wait_until("inspector.selected == 'stage_0'")
    assert notebook.cell_errors() == []
    assert notebook.errors == []
