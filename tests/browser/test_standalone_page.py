"""Does the one file that `run.to_html` writes work alone, offline, and when narrow?"""

from __future__ import annotations

import pathlib

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser


def test_page_from_disk_shows_every_call_and_its_numbers(
    notebook: NotebookPage, offline_page: Page, standalone_page: pathlib.Path
) -> None:
    offline_page.goto(standalone_page.as_uri())
    view = InspectorView(offline_page)
    view.open_with_mouse("stage_1 Stage")
    view.open_with_mouse("stage_1/block_2 Block")
    view.select("stage_1/block_2/Dense_0 Dense")
    view.entries.choose("Parameters", "kernel")
    expect(view.entries.figures()["mean"]).to_have_text(
        notebook.ask(
            "unflax_viz.measure.format_number(unflax_viz.measure.statistics_of("
            "run.at('stage_1/block_2/Dense_0').scope_data.parameters['kernel'].value"
            ").mean)"
        )
    )


def test_page_from_disk_has_the_code_of_each_side(
    offline_page: Page, standalone_page: pathlib.Path
) -> None:
    offline_page.goto(standalone_page.as_uri())
    view = InspectorView(offline_page)
    view.open_with_mouse("stage_1 Stage")
    view.open_with_mouse("stage_1/block_2 Block")
    view.select("stage_1/block_2/BatchNorm_0 BatchNorm")
    view.choose_tab("State")
    view.entries.choose("State", "var")
    state = (
        'run.at("stage_1/block_2/BatchNorm_0").scope_data.variables["batch_stats"]'
        '["var"]'
    )
    for side, code in [
        ("before", f"{state}.before"),
        ("after", f"{state}.after"),
        ("difference", f"{state}.after - {state}.before"),
    ]:
        label = f"Copy the code of var, {side}"
        button = view.entries.button(label)
        expect(button).to_have_attribute("title", f"{label}: {code}")


def test_page_from_disk_asks_nobody(
    offline_page: Page, standalone_page: pathlib.Path
) -> None:
    requests: list[str] = []
    errors: list[str] = []
    offline_page.on("request", lambda request: requests.append(request.url))
    offline_page.on("pageerror", lambda error: errors.append(str(error)))
    offline_page.goto(standalone_page.as_uri())
    view = InspectorView(offline_page)
    view.select("head Dense")
    view.entries.choose("Parameters", "kernel")
    expect(view.entries.heatmaps).to_be_visible()
    assert requests == [standalone_page.as_uri()]
    assert errors == []


def test_narrow_page_puts_the_details_below_and_does_not_overflow(
    offline_page: Page, standalone_page: pathlib.Path
) -> None:
    offline_page.set_viewport_size({"width": 360, "height": 740})
    offline_page.goto(standalone_page.as_uri())
    view = InspectorView(offline_page)
    view.select("head Dense")
    view.entries.choose("Parameters", "kernel")
    expect(view.entries.figures()["mean"]).to_be_visible()
    tree, details = view.tree.bounding_box(), view.details.bounding_box()
    assert tree is not None
    assert details is not None
    assert details["y"] >= tree["y"] + tree["height"]
    assert offline_page.evaluate("document.documentElement.scrollWidth") <= 360
    assert view.details.evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_preference_for_dark(
    offline_page: Page, standalone_page: pathlib.Path, scheme: str
) -> None:
    offline_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    offline_page.goto(standalone_page.as_uri())
    tree = InspectorView(offline_page).tree
    assert tree.evaluate("tree => getComputedStyle(tree).colorScheme") == scheme


@pytest.mark.parametrize("width_px", [360, 1200])
def test_printed_page_is_light_and_has_all_of_the_panel(
    offline_page: Page, standalone_page: pathlib.Path, width_px: int
) -> None:
    offline_page.emulate_media(color_scheme="dark")
    offline_page.set_viewport_size({"width": width_px, "height": 400})
    offline_page.goto(standalone_page.as_uri())
    view = InspectorView(offline_page)
    view.select("head Dense")
    view.entries.choose("Parameters", "kernel")
    expect(view.entries.heatmaps).to_be_visible()
    is_cut = "it => it.scrollHeight > it.clientHeight + 2"
    assert view.details.evaluate(is_cut)
    offline_page.emulate_media(media="print", color_scheme="light")
    expect(view.details).to_have_css("color", "rgb(31, 35, 40)")
    assert not view.details.evaluate(is_cut)
    expect(view.entries.button("Treescope view")).to_be_hidden()
