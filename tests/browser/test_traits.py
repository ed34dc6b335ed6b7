"""Do browser and Python hold the same lens, open rows and selection, whoever moves?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import EMPTY, INSPECTED, show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser


@pytest.fixture
def other(notebook: NotebookPage, inspector: InspectorView) -> Iterator[InspectorView]:
    """Another inspector of the same run, below the first."""
    yield show(notebook, "other = unflax_viz.inspect(run)\nother")
    show(notebook, "")


@pytest.fixture
def first(notebook: NotebookPage, inspector: InspectorView) -> InspectorView:
    return InspectorView(notebook.cell(INSPECTED))


def test_tab_chosen_in_the_browser_is_known_in_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.choose_tab("RNGs")
    notebook.wait_until("inspector.tab == 'rngs'")
    notebook.execute("inspector.tab = 'call'")
    expect(inspector.tab("Call")).to_have_attribute("aria-selected", "true")


def test_lens_moves_both_ways(notebook: NotebookPage, inspector: InspectorView) -> None:
    inspector.choose_lens("state")
    notebook.wait_until("inspector.lens == 'state'")
    notebook.execute("inspector.lens = 'draws'")
    inspector.expect_lens("draws")


def test_rows_opened_in_the_browser_are_known_in_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.open_with_mouse("stage_0 Stage")
    notebook.wait_until("set(inspector.expanded) == {'/', 'stage_0'}")
    inspector.close_with_mouse("stage_0 Stage")
    notebook.wait_until("inspector.expanded == ['/']")


def test_rows_opened_in_python_open_in_the_browser(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.expanded = ['/', 'stage_1', 'stage_1/block_2']")
    expect(inspector.row("stage_1/block_2/Dense_0 Dense")).to_have_count(1)
    expect(inspector.row("stage_0 Stage")).to_have_attribute("aria-expanded", "false")
    notebook.execute("inspector.expanded = []")
    expect(inspector.tree.get_by_role("treeitem")).to_have_count(1)


def test_selection_is_observed_in_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute(
        "seen = []\n"
        "inspector.observe(lambda change: seen.append(change.new), 'selected')"
    )
    inspector.select("head Dense")
    notebook.wait_until("seen == ['head']")


def test_jslink_of_two_inspectors_moves_both(
    notebook: NotebookPage, first: InspectorView, other: InspectorView
) -> None:
    notebook.execute(
        "import ipywidgets\n"
        "link = ipywidgets.jslink((inspector, 'selected'), (other, 'selected'))"
    )
    first.select("head Dense")
    other.expect_details_of("head Dense")
    other.select("stage_1 Stage")
    first.expect_details_of("stage_1 Stage")
    notebook.wait_until("inspector.selected == other.selected == 'stage_1'")
    notebook.execute("link.unlink()")


def test_shared_selection_moves_both_and_nothing_else(
    notebook: NotebookPage, first: InspectorView, other: InspectorView
) -> None:
    other.select("stage_0 Stage")
    first.expect_details_of("/ Net")
    notebook.execute("inspector.selected = 'head'; inspector.share_selection(other)")
    other.expect_details_of("head Dense")
    other.select("stage_1 Stage")
    first.expect_details_of("stage_1 Stage")
    first.choose_lens("modules")
    other.expect_lens("calls")


def test_two_views_of_one_inspector_move_together(
    notebook: NotebookPage, first: InspectorView
) -> None:
    second = show(notebook, "inspector")
    second.select("head Dense")
    first.expect_details_of("head Dense")
    first.choose_lens("parameters")
    second.expect_lens("parameters")
    notebook.run_source(EMPTY, "")
    first.choose_lens("calls")
    first.select("stage_0 Stage")
