"""Does the same widget work in Notebook 7?"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.model_notebook import FORGET_LOOKS, INSPECTED
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        importlib.util.find_spec("notebook") is None,
        reason="The package notebook, which is Notebook 7, is not installed.",
    ),
]


@pytest.fixture(scope="module")
def classic(
    server: JupyterServer, context: BrowserContext, notebook: NotebookPage
) -> Iterator[NotebookPage]:
    # One path has one kernel: this page shares that of the JupyterLab page, and would
    # draw every widget that the tests before have left open.
    notebook.execute("import ipywidgets\nipywidgets.Widget.close_all()")
    opened = NotebookPage(context, notebook.path)
    opened.open_in_notebook_7(server.url)
    opened.run_all()
    yield opened
    opened.page.close()


@pytest.fixture
def view(classic: NotebookPage) -> Iterator[InspectorView]:
    classic.execute(FORGET_LOOKS)
    classic.run_cell(INSPECTED)
    # While the widget that was there gives way, the page has two trees.
    view = InspectorView(classic.cell(INSPECTED))
    view.tree.wait_for()
    yield view
    assert classic.errors == []


def test_inspector_appears_and_selects_both_ways(
    classic: NotebookPage, view: InspectorView
) -> None:
    view.select("head Dense")
    classic.wait_until("inspector.selected == 'head'")
    classic.execute("inspector.selected = 'stage_0/block_1'")
    view.expect_details_of("stage_0/block_1 Block")


def test_search_finds_and_steps(classic: NotebookPage, view: InspectorView) -> None:
    search = SearchView(view)
    search.search("class:Dropout")
    expect(search.count).to_have_text("6 hits")
    search.box.press("Enter")
    view.expect_details_of("stage_0/block_0/Dropout_0 Dropout")
    classic.wait_until("inspector.query == 'class:Dropout'")


def test_lenses_lead_to_their_panels(
    classic: NotebookPage, view: InspectorView
) -> None:
    view.choose_lens("parameters")
    view.row("head/kernel parameter").click()
    view.expect_details("head")
    expect(view.entries.heatmaps).to_be_visible()
    view.choose_lens("draws")
    view.rows_at(2).first.click()
    expect(view.tab("RNGs")).to_have_attribute("aria-selected", "true")
    expect(view.panel).to_contain_text("fold in")
    classic.wait_until("inspector.lens == 'draws'")


def test_every_panel_shows_its_call(classic: NotebookPage, view: InspectorView) -> None:
    classic.execute("inspector.selected = 'stage_0/block_0/BatchNorm_0'")
    view.expect_details("stage_0/block_0/BatchNorm_0")
    view.choose_tab("State")
    expect(view.panel).to_contain_text("difference")
    view.choose_tab("Call")
    source = view.panel.get_by_role("region", name="Source", exact=True)
    expect(source).to_contain_text("def __call__")


def test_keys_move_in_the_tree_and_not_in_the_notebook(
    classic: NotebookPage, view: InspectorView
) -> None:
    n_cells = "document.querySelectorAll('.jp-Notebook-cell').length"
    before = classic.page.evaluate(n_cells)
    keyboard = classic.page.keyboard
    view.row("/ Net").focus()
    keyboard.press("End")
    expect(view.row("head Dense")).to_be_focused()
    keyboard.press("Enter")
    view.expect_details_of("head Dense")
    keyboard.press("Home")
    keyboard.press("*")
    expect(view.row("stage_0/block_0/Dense_0 Dense")).to_have_count(1)
    keyboard.type("/bbaadd")
    expect(SearchView(view).box).to_have_value("bbaadd")
    assert classic.page.evaluate(n_cells) == before
