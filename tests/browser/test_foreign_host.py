"""Does it live where a host other than Jupyter keeps widgets in a shadow root?"""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import example
from tests.browser.inspector_view import InspectorView
from tests.browser.search_view import SearchView
from unflax_viz.answers.clerk import Clerk
from unflax_viz.widget.bundle import read_bundle

pytestmark = pytest.mark.browser

MOUNT = (pathlib.Path(__file__).parent / "foreign_host.js").read_text()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    mount(page)
    yield page
    context.close()


@pytest.fixture
def view(page: Page) -> InspectorView:
    view = InspectorView(page)
    view.tree.wait_for()
    return view


def mount(page: Page) -> None:
    """Shows the inspector of the example in the foreign host, with a clerk of ours."""
    clerk = Clerk(example.run())

    def answer(request: Any) -> Any:
        answer, buffers = clerk.answer(request)
        return answer, [base64.b64encode(it).decode() for it in buffers]

    opening = clerk.opening()
    traits = {
        "selected": "/",
        "tab": "parameters",
        "entry": "",
        "lens": "calls",
        "query": "",
        "expanded": opening["outline"]["expanded"],
        "height_px": 480,
        "panel": "",
        "opening": opening,
    }
    page.expose_function("askPython", answer)
    page.evaluate(MOUNT, [read_bundle("index.js"), traits])


def test_foreign_rules_do_not_reach_the_tree(view: InspectorView) -> None:
    row = view.row("first Block")
    expect(row).to_be_visible()
    expect(row).to_have_css("display", "flex")
    expect(row).to_have_css("color", "rgb(31, 35, 40)")
    expect(row.locator(".uv-class")).not_to_have_css(
        "background-color", "rgba(0, 0, 0, 0)"
    )
    tree, details = view.tree.bounding_box(), view.details.bounding_box()
    assert tree is not None
    assert details is not None
    assert details["x"] >= tree["x"] + tree["width"] > 400


def test_keys_move_fold_select_and_go_to_the_search_box(
    page: Page, view: InspectorView
) -> None:
    view.select("first Block")
    page.keyboard.press("ArrowRight")
    expect(view.row("first Block")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    view.expect_details("first/Dense_0")
    assert page.evaluate("foreign.model.get('selected')") == "first/Dense_0"
    page.keyboard.press("/")
    expect(SearchView(view).box).to_be_focused()


def test_search_shows_its_hits_and_goes_to_them(
    page: Page, view: InspectorView
) -> None:
    search = SearchView(view)
    search.search("class:Dense first")
    search.box.press("Enter")
    view.expect_details("first/Dense_0")
    view.entries.choose("Parameters", "kernel")
    expect(view.entries.heatmaps).to_be_visible()


def test_unmounting_leaves_nothing(page: Page, view: InspectorView) -> None:
    page.evaluate("foreign.unmount()")
    expect(view.tree).to_have_count(0)
    assert page.evaluate("foreign.listeners.length") == 0
    assert page.evaluate("foreign.root.querySelector('.output').children.length") == 0
