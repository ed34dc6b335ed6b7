"""Do the keys of the ARIA tree pattern work, and those of our own?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Keyboard, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = pytest.mark.browser


@pytest.fixture
def keyboard(notebook: NotebookPage, inspector: InspectorView) -> Keyboard:
    """The keyboard, with the focus on the root's row."""
    inspector.row("/ Net").focus()
    return notebook.page.keyboard


def test_arrow_keys_open_a_row_and_enter_selects(
    notebook: NotebookPage, inspector: InspectorView, keyboard: Keyboard
) -> None:
    keyboard.press("ArrowDown")
    expect(inspector.row("stage_0 Stage")).to_be_focused()
    keyboard.press("ArrowRight")
    expect(inspector.rows_at(3)).to_have_count(3)
    keyboard.press("ArrowRight")
    keyboard.press("ArrowDown")
    expect(inspector.row("stage_0/block_1 Block")).to_be_focused()
    keyboard.press("Enter")
    inspector.expect_details_of("stage_0/block_1 Block")
    notebook.wait_until("inspector.selected == 'stage_0/block_1'")
    keyboard.press("ArrowLeft")
    expect(inspector.row("stage_0 Stage")).to_be_focused()
    keyboard.press("ArrowLeft")
    expect(inspector.row("stage_0 Stage")).to_have_attribute("aria-expanded", "false")


def test_home_and_end_go_to_the_first_and_the_last_row(
    inspector: InspectorView, keyboard: Keyboard
) -> None:
    keyboard.press("End")
    expect(inspector.row("head Dense")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(inspector.row("head Dense")).to_be_focused()
    keyboard.press("Home")
    expect(inspector.row("/ Net")).to_be_focused()


def test_letters_go_to_the_row_whose_name_begins_with_them(
    notebook: NotebookPage, inspector: InspectorView, keyboard: Keyboard
) -> None:
    keyboard.type("he")
    expect(inspector.row("head Dense")).to_be_focused()
    # A pause begins a new word; the wait on the focus is shorter than that.
    inspector.row("/ Net").focus()
    notebook.page.wait_for_timeout(700)
    keyboard.press("s")
    expect(inspector.row("stage_0 Stage")).to_be_focused()
    keyboard.press("s")
    expect(inspector.row("stage_1 Stage")).to_be_focused()


def test_star_opens_everything_below_a_row(
    notebook: NotebookPage, inspector: InspectorView, keyboard: Keyboard
) -> None:
    keyboard.press("ArrowDown")
    keyboard.press("*")
    below = [f"stage_0/block_{i}" for i in range(3)]
    for name in below:
        expect(inspector.row(f"{name} Block")).to_have_attribute(
            "aria-expanded", "true"
        )
    expect(inspector.row("stage_1 Stage")).to_have_attribute("aria-expanded", "false")
    expect(inspector.said("opened")).to_be_visible()
    expect(inspector.row("stage_0 Stage")).to_be_focused()
    notebook.wait_until(f"{{'stage_0', *{below!r}}} <= set(inspector.expanded)")


def test_button_opens_everything_below_a_row(
    inspector: InspectorView,
) -> None:
    row = inspector.row("stage_1 Stage")
    row.hover()
    row.get_by_role("button", name="Expand all below").click()
    expect(inspector.row("stage_1/block_2/Dense_0 Dense")).to_have_count(1)


def test_slash_goes_to_the_search_and_escape_back(
    inspector: InspectorView, keyboard: Keyboard
) -> None:
    box = SearchView(inspector).box
    keyboard.press("ArrowDown")
    keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    keyboard.press("Escape")
    expect(inspector.row("stage_0 Stage")).to_be_focused()


def test_keys_used_in_the_inspector_do_not_reach_the_notebook(
    notebook: NotebookPage, inspector: InspectorView, keyboard: Keyboard
) -> None:
    n_cells = "document.querySelectorAll('.jp-Notebook-cell').length"
    before = notebook.page.evaluate(n_cells)
    keyboard.type("bbaadd")
    keyboard.press("/")
    keyboard.type("bbaadd")
    keyboard.press("Enter")
    expect(SearchView(inspector).box).to_have_value("bbaadd")
    expect(SearchView(inspector).count).to_have_text(re.compile("^no hits"))
    assert notebook.page.evaluate(n_cells) == before
