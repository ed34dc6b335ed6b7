"""Does a level of 10,000 rows cost what is in view of it, and can all be reached?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.example_runs import N_CELLS, WIDE
from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = pytest.mark.browser

MAX_ROWS = 50
"""Rows in the page at a height of 480 px, those just out of view counted in."""

MAX_ELEMENTS_PER_ROW = 40

COUNT = """tree => [
  tree.querySelectorAll('[role=treeitem]').length, tree.querySelectorAll('*').length]"""

SCROLL_TO = "(tree, share) => { tree.scrollTop = share * tree.scrollHeight; }"

NUMBERS = """tree => {
  const {top, bottom} = tree.getBoundingClientRect();
  return [...tree.querySelectorAll('[role=treeitem][aria-level="2"]')]
    .filter(row => row.getBoundingClientRect().bottom > top
      && row.getBoundingClientRect().top < bottom)
    .map(row => [row.ariaLabel, Number(row.ariaPosInSet)]);
}"""


@pytest.fixture(scope="module")
def _wide(notebook: NotebookPage) -> Iterator[None]:
    notebook.execute(WIDE)
    yield
    show(notebook, "")


@pytest.fixture
def wide(notebook: NotebookPage, _wide: None) -> InspectorView:
    view = show(notebook, "inspector = unflax_viz.inspect(wide)\ninspector")
    view.row("/ Wide").wait_for()
    return view


def wait_for_rows(notebook: NotebookPage, view: InspectorView) -> None:
    """Waits until what is in view has arrived; scrolling asks after a pause."""
    notebook.page.wait_for_timeout(100)
    expect(view.tree.locator("[role=treeitem][aria-busy=true]")).to_have_count(0)


def closed(n_opened: int, n_more: int) -> str:
    opened = f"opened {n_opened:,} rows, {n_more:,} more stay closed"
    return f"{opened}: press * again to open more"


def assert_few_elements(view: InspectorView) -> None:
    n_rows, n_elements = view.tree.evaluate(COUNT)
    assert 10 < n_rows <= MAX_ROWS
    assert n_elements <= n_rows * MAX_ELEMENTS_PER_ROW


def test_first_picture_is_small_and_few_rows_are_in_the_page(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    size_bytes = "len(__import__('json').dumps(inspector.opening))"
    assert notebook.ask(size_bytes) < 100_000
    assert_few_elements(wide)
    expect(wide.row("cell_0 Cell")).to_have_attribute("aria-setsize", str(N_CELLS + 1))


@pytest.mark.parametrize("share", [0.5, 0.123, 1.0])
def test_rows_are_right_wherever_one_scrolls_to(
    notebook: NotebookPage, wide: InspectorView, share: float
) -> None:
    wide.tree.evaluate(SCROLL_TO, share)
    wait_for_rows(notebook, wide)
    shown = wide.tree.evaluate(NUMBERS)
    assert len(shown) > 5
    assert_few_elements(wide)
    for name, number in shown:
        assert name == f"cell_{number - 1} Cell" or (number, name) == (
            N_CELLS + 1,
            "last Dense",
        )
    middle = shown[len(shown) // 2][1]
    assert abs(middle - share * N_CELLS) < 40


def test_keys_go_to_the_end_and_by_pages(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    keyboard = notebook.page.keyboard
    wide.row("/ Wide").focus()
    keyboard.press("End")
    expect(wide.row("last Dense")).to_be_focused()
    expect(wide.row("last Dense")).to_be_in_viewport()
    keyboard.press("ArrowUp")
    expect(wide.row(f"cell_{N_CELLS - 1} Cell")).to_be_focused()
    keyboard.press("PageUp")
    wait_for_rows(notebook, wide)
    focused = wide.tree.locator("[role=treeitem]:focus")
    expect(focused).to_be_in_viewport()
    number = int(focused.get_attribute("aria-posinset") or 0)
    assert N_CELLS - 40 < number < N_CELLS - 5
    keyboard.press("PageDown")
    expect(wide.row(f"cell_{N_CELLS - 1} Cell")).to_be_focused()
    keyboard.press("Home")
    expect(wide.row("/ Wide")).to_be_focused()
    expect(wide.row("/ Wide")).to_be_in_viewport()


def test_focus_stays_with_its_row_while_one_scrolls(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    wide.row("cell_3 Cell").focus()
    wide.tree.evaluate(SCROLL_TO, 0.5)
    wait_for_rows(notebook, wide)
    expect(wide.row("cell_3 Cell")).to_be_focused()
    expect(wide.row("cell_3 Cell")).not_to_be_in_viewport()
    notebook.page.keyboard.press("ArrowDown")
    expect(wide.row("cell_4 Cell")).to_be_focused()
    expect(wide.row("cell_4 Cell")).to_be_in_viewport()


def test_row_far_away_opens_in_its_place_and_closes_again(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'cell_7000'")
    wide.expect_details_of("cell_7000 Cell")
    row = wide.row("cell_7000 Cell")
    expect(row).to_be_in_viewport()
    row.focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(wide.row("cell_7000/inner Dense")).to_be_in_viewport()
    assert [name for name, _ in wide.tree.evaluate(NUMBERS)].index("cell_7001 Cell") > 0
    notebook.page.keyboard.press("ArrowLeft")
    expect(wide.row("cell_7000/inner Dense")).to_have_count(0)
    expect(row).to_be_focused()


def test_all_below_opens_within_a_budget_and_says_what_stays_closed(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    wide.row("/ Wide").focus()
    notebook.page.keyboard.press("*")
    # Each of the cells has one row below it.
    expect(wide.said(closed(2_000, N_CELLS - 2_000))).to_be_visible()
    expect(wide.row("cell_0/inner Dense")).to_be_visible()
    assert_few_elements(wide)
    expect(wide.row("/ Wide")).to_be_focused()


def test_all_below_again_goes_on_where_it_ended(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    wide.row("/ Wide").focus()
    n_more = N_CELLS
    for _ in range(3):
        n_more -= 2_000
        notebook.page.keyboard.press("*")
        expect(wide.said(closed(2_000, n_more))).to_be_visible()
    notebook.execute("inspector.selected = 'cell_5999'")
    row = wide.row("cell_5999 Cell")
    expect(row).to_have_attribute("aria-expanded", "true")
    expect(wide.row("cell_5999/inner Dense")).to_be_in_viewport()


def test_search_goes_through_all_rows_and_steps_to_those_out_of_view(
    notebook: NotebookPage, wide: InspectorView
) -> None:
    search = SearchView(wide)
    search.search("cell_*77 class:Cell")
    expect(search.count).to_have_text("100 hits")
    expect(wide.row("cell_77 Cell")).to_have_attribute("aria-description", "hit")
    assert_few_elements(wide)
    search.previous.click()
    wide.expect_details_of("cell_9977 Cell")
    expect(wide.row("cell_9977 Cell")).to_be_in_viewport()
    expect(search.count).to_have_text("100 of 100")
    notebook.wait_until("inspector.selected == 'cell_9977'")
    search.clear()
    expect(wide.row("cell_9977 Cell")).to_be_in_viewport()
    expect(wide.row("cell_9978 Cell")).to_have_count(1)
