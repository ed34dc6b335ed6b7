"""Does it sit well in boxes, in tabs, in 360 pixels, and panel by panel?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.item_view import ItemView
from tests.browser.model_notebook import EMPTY, INSPECTED, show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

NORM = "stage_0/block_0/BatchNorm_0"

ADDRESSES = {
    "Parameters": "stage_0/block_0/Dense_0",
    "State": NORM,
    "RNGs": "stage_0/block_0/Dropout_0",
    "Call": NORM,
}


@pytest.fixture(scope="module", autouse=True)
def _two_inspectors(notebook: NotebookPage) -> Iterator[None]:
    notebook.execute(
        "import ipywidgets\none, two = (unflax_viz.inspect(run) for _ in range(2))"
    )
    yield
    show(notebook, "")


def boxes_of(places: Locator) -> list[dict[str, float]]:
    expect(places).to_have_count(2)
    return places.evaluate_all(
        "them => them.map(it => it.getBoundingClientRect().toJSON())"
    )


def assert_fits(place: Locator) -> None:
    """Checks that nothing can be scrolled sideways, or sticks out."""
    widths = place.evaluate("it => [it.scrollWidth, it.clientWidth]")
    assert widths[0] <= widths[1], widths


def test_two_share_the_width_of_an_hbox(notebook: NotebookPage) -> None:
    show(notebook, "ipywidgets.HBox([one, two])")
    output = notebook.cell(EMPTY).locator(".jp-OutputArea-output")
    trees = notebook.cell(EMPTY).get_by_role("tree")
    left, right = boxes_of(trees)
    assert right["left"] >= left["right"]
    assert right["top"] == left["top"]
    assert left["width"] > 200
    assert abs(left["width"] - right["width"]) < 2
    assert_fits(output)
    notebook.cell(EMPTY).get_by_role("treeitem", name="head Dense").last.click()
    details = notebook.cell(EMPTY).get_by_role("region", name="Details of head")
    expect(details).to_have_count(1)
    assert_fits(output)


def test_two_stand_below_each_other_in_a_vbox(notebook: NotebookPage) -> None:
    show(notebook, "ipywidgets.VBox([one, two])")
    upper, lower = boxes_of(notebook.cell(EMPTY).get_by_role("tree"))
    assert lower["top"] >= upper["bottom"]
    assert lower["width"] == upper["width"]
    assert_fits(notebook.cell(EMPTY).locator(".jp-OutputArea-output"))


def test_hidden_tab_shows_its_rows_when_it_comes_to_the_front(
    notebook: NotebookPage,
) -> None:
    show(
        notebook,
        "ipywidgets.Tab([unflax_viz.inspect(run), unflax_viz.inspect(run)],"
        " titles=['first', 'second'])",
    )
    cell = notebook.cell(EMPTY)
    trees = cell.get_by_role("tree")
    expect(trees).to_have_count(1)
    cell.get_by_role("tab", name="second").click()
    expect(trees).to_have_count(1)
    expect(trees.get_by_role("treeitem", name="head Dense")).to_be_visible()
    trees.get_by_role("treeitem", name="head Dense").click()
    expect(cell.get_by_role("region", name="Details of head")).to_be_visible()


@pytest.mark.parametrize("tab", ADDRESSES)
def test_narrow_inspector_puts_the_details_below_and_does_not_overflow(
    notebook: NotebookPage, tab: str
) -> None:
    address = ADDRESSES[tab]
    view = show(
        notebook,
        "unflax_viz.inspect(run, layout=ipywidgets.Layout(width='360px'),"
        f" selected={address!r}, tab={tab.lower()!r})",
    )
    view.expect_details(address)
    expect(view.tab(tab)).to_have_attribute("aria-selected", "true")
    if tab == "Parameters":
        view.entries.choose(tab, "kernel")
    if tab in ("Parameters", "State"):
        expect(view.entries.heatmaps.first).to_be_visible()
    if tab == "Call":
        expect(view.panel.get_by_role("region", name="Inputs")).to_be_visible()
    tree, details = view.tree.bounding_box(), view.details.bounding_box()
    assert tree is not None
    assert details is not None
    assert details["y"] >= tree["y"] + tree["height"]
    assert details["width"] <= 360
    assert_fits(view.details)
    assert_fits(view.tree)
    search = view.place.get_by_role("search").bounding_box()
    assert search is not None
    assert search["width"] <= 360
    for lens in ("calls", "modules", "parameters", "state", "draws"):
        expect(view.lens(lens)).to_be_visible()
        box = view.lens(lens).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= tree["x"] + 361


def drag(divider: Locator, by_x_px: float, by_y_px: float) -> None:
    """Takes a line with the mouse and puts it down elsewhere."""
    divider.scroll_into_view_if_needed()
    box, mouse = box_of(divider), divider.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + by_x_px, y + by_y_px, steps=5)
    mouse.up()
    # What comes later is not dragged any more.
    mouse.move(x, y)


def box_of(place: Locator) -> FloatRect:
    box = place.bounding_box()
    assert box is not None
    return box


def test_header_line_says_what_the_run_is_and_how_large(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    header = inspector.place.locator("header").filter(has_text="Net.__call__")
    expect(header).to_have_text(
        re.compile(r"Net.__call__.*parameters.*bytes.*calls.*draws.*states changed")
    )
    assert box_of(header)["height"] < 40
    assert_fits(header)


def test_narrow_inspector_shows_each_fact_and_its_tabs_in_one_line(
    notebook: NotebookPage,
) -> None:
    view = show(
        notebook,
        "unflax_viz.inspect(run, layout=ipywidgets.Layout(width='360px'))",
    )
    expect(view.tab("Overview")).to_have_attribute("aria-selected", "true")
    header = view.place.locator("header").filter(has_text="Net.__call__")
    box = box_of(header)
    for value in header.locator("dd").all():
        fact = box_of(value)
        assert fact["x"] + fact["width"] <= box["x"] + box["width"]
    assert box_of(view.details.get_by_role("tablist"))["height"] < 40
    assert_fits(header)
    assert_fits(view.details)


def test_split_is_dragged_with_the_mouse(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    tree, details = box_of(inspector.tree), box_of(inspector.details)
    drag(inspector.place.get_by_role("separator", name="Share of the tree"), -150, 30)
    narrower, wider = box_of(inspector.tree), box_of(inspector.details)
    assert abs(tree["width"] - narrower["width"] - 150) < 3
    assert abs(wider["width"] - details["width"] - 150) < 3
    assert wider["x"] >= narrower["x"] + narrower["width"]
    assert_fits(notebook.cell(INSPECTED).locator(".jp-OutputArea-output"))


def test_split_of_a_narrow_inspector_is_dragged_up_and_down(
    notebook: NotebookPage,
) -> None:
    view = show(
        notebook,
        "unflax_viz.inspect(run, layout=ipywidgets.Layout(width='360px'),"
        " selected='head', height_px=700)",
    )
    view.expect_details("head")
    before = box_of(view.tree)["height"]
    drag(view.place.get_by_role("separator", name="Share of the tree"), 40, 60)
    assert abs(box_of(view.tree)["height"] - before - 60) < 3
    assert_fits(view.tree)


def test_height_is_dragged_with_the_mouse_and_python_knows_it(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    divider = inspector.place.get_by_role("separator", name="Height of the inspector")
    before, tree = int(divider.get_attribute("aria-valuenow") or 0), inspector.tree
    tree_px = box_of(tree)["height"]
    drag(divider, 20, 130)
    notebook.wait_until(f"abs(inspector.height_px - {before + 130}) < 3")
    assert abs(box_of(tree)["height"] - tree_px - 130) < 3
    drag(divider, 0, -5_000)
    notebook.wait_until("inspector.height_px == 160")
    expect(divider).to_have_attribute("aria-valuenow", "160")


def test_panel_of_parameters_is_a_widget_of_its_own(notebook: NotebookPage) -> None:
    view = show(
        notebook, "panel = unflax_viz.ParameterPanel(run, 'head/kernel')\npanel"
    )
    view.expect_details("head")
    expect(view.tree).to_have_count(0)
    expect(view.details.get_by_role("tab")).to_have_count(0)
    entries = ItemView(view.details)
    expect(entries.entry("Parameters", "kernel")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(entries.heatmaps).to_be_visible()
    notebook.execute("panel.selected = 'stage_0/block_0/Dense_0'")
    view.expect_details("stage_0/block_0/Dense_0")
    entries.choose("Parameters", "bias")
    notebook.wait_until("panel.entry == 'parameters/params/bias'")


@pytest.mark.parametrize(
    ("panel", "address", "text"),
    [
        ("StatePanel", NORM, "difference"),
        ("RngPanel", "stage_0/block_0/Dropout_0", "fold in"),
        ("CallPanel", "head", "Source"),
    ],
)
def test_other_panels_are_widgets_too(
    notebook: NotebookPage, panel: str, address: str, text: str
) -> None:
    view = show(notebook, f"unflax_viz.{panel}(run, {address!r})")
    view.expect_details(address)
    expect(view.details).to_contain_text(text)
    expect(view.tree).to_have_count(0)


def test_panels_follow_an_inspector_beside_them(notebook: NotebookPage) -> None:
    view = show(
        notebook,
        "inspector = unflax_viz.inspect(run)\n"
        "panel = unflax_viz.CallPanel(run)\n"
        "inspector.share_selection(panel)\n"
        "ipywidgets.HBox([inspector, panel])",
    )
    view.row("head Dense").click()
    details = view.place.get_by_role("region", name="Details of head", exact=True)
    expect(details).to_have_count(2)
    expect(details.last).to_contain_text("Source")
