"""Can what is selected be read in a light and in a dark JupyterLab?"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.item_view import colors_of
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = pytest.mark.browser

READABLE = 4.5
"""What WCAG 2.1 asks for text of this size (success criterion 1.4.3)."""

CONTRAST_OF = (pathlib.Path(__file__).parent / "contrast.js").read_text()


def assert_readable(place: Locator) -> None:
    worst = place.evaluate(CONTRAST_OF)
    assert worst["ratio"] >= READABLE, worst


@pytest.fixture(scope="module", params=["JupyterLab Dark", "JupyterLab Light"])
def theme(request: pytest.FixtureRequest, notebook: NotebookPage) -> Iterator[str]:
    notebook.change_theme(request.param)
    yield request.param
    if request.param != "JupyterLab Light":
        notebook.change_theme("JupyterLab Light")


@pytest.mark.parametrize(
    ("address", "class_name", "tab", "entry"),
    [
        ("stage_0/block_0/Dense_0", "Dense", "Parameters", "kernel"),
        ("stage_0/block_0/BatchNorm_0", "BatchNorm", "State", "mean"),
    ],
)
def test_selected_row_and_entry_are_readable(
    notebook: NotebookPage,
    inspector: InspectorView,
    theme: str,
    address: str,
    class_name: str,
    tab: str,
    entry: str,
    tmp_path: pathlib.Path,
) -> None:
    notebook.execute(f"inspector.selected = {address!r}")
    inspector.expect_details_of(f"{address} {class_name}")
    inspector.choose_tab(tab)
    option = inspector.entries.choose(tab, entry)
    notebook.page.screenshot(path=tmp_path / f"{theme}, {class_name}.png")
    assert_readable(inspector.selected_row())
    assert_readable(option)


def test_every_row_is_readable(
    notebook: NotebookPage, inspector: InspectorView, theme: str
) -> None:
    notebook.execute("inspector.selected = 'stage_0/block_0/Dropout_0'")
    inspector.expect_details_of("stage_0/block_0/Dropout_0 Dropout")
    assert_readable(inspector.tree)


@pytest.mark.parametrize("tab", ["Parameters", "State", "RNGs", "Call"])
def test_every_panel_is_readable(
    notebook: NotebookPage, inspector: InspectorView, theme: str, tab: str
) -> None:
    address = "stage_0/block_0/" + ("Dropout_0" if tab == "RNGs" else "BatchNorm_0")
    notebook.execute(f"inspector.selected = {address!r}")
    inspector.expect_details(address)
    inspector.choose_tab(tab)
    last = {"Parameters": "All 16", "State": "after", "RNGs": "fold in", "Call": "def "}
    expect(inspector.panel).to_contain_text(last[tab])
    assert_readable(inspector.details)


def test_search_lenses_and_help_are_readable(
    notebook: NotebookPage, inspector: InspectorView, theme: str
) -> None:
    search = SearchView(inspector)
    search.search("class:Dropout")
    assert_readable(inspector.tree)
    assert_readable(search.count)
    # What is empty under a query is quieter, and still there to be read.
    assert_readable(inspector.lens("calls"))
    search.box.fill("is:purple")
    expect(search.error).to_be_visible()
    assert_readable(search.error)
    inspector.place.get_by_role("button", name="What can be searched for").click()
    examples = inspector.place.get_by_role("group", name="What can be searched for")
    assert_readable(examples)


def test_theme_of_the_page_is_followed(
    notebook: NotebookPage, inspector: InspectorView, theme: str
) -> None:
    color_scheme = "tree => getComputedStyle(tree).colorScheme"
    expected = "light" if theme == "JupyterLab Light" else "dark"
    assert inspector.tree.evaluate(color_scheme) == expected


def test_treescope_view_follows_the_theme_and_keeps_the_colours_of_the_array(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    # Playwright tells every frame that it is light; this lets the notebook say it.
    notebook.page.emulate_media(color_scheme="null")
    notebook.execute("inspector.selected = 'head'")
    inspector.expect_details("head")
    inspector.entries.choose("Parameters", "kernel")
    notebook.change_theme("JupyterLab Dark")
    in_dark = expect_treescope_in(inspector, "rgb(214, 217, 222)")
    notebook.change_theme("JupyterLab Light")
    in_light = expect_treescope_in(inspector, "rgb(0, 0, 0)")
    assert in_dark == in_light
    notebook.page.emulate_media(color_scheme="light")


def expect_treescope_in(inspector: InspectorView, color: str) -> list[int]:
    """Opens Treescope's view and checks its text; returns the colours of its array."""
    inspector.entries.button("Treescope view").click()
    frame = inspector.panel.locator("iframe")
    frame.scroll_into_view_if_needed()
    canvas = frame.content_frame.locator("canvas").first
    expect(canvas).to_be_visible()
    root = frame.content_frame.locator(".treescope_root")
    expect(root).to_have_css("color", color)
    expect(root).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    return colors_of(canvas)
