"""Whatever an exported page shows: nothing but its own script runs, nothing loads."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import unflax_viz
from tests import example
from tests.browser.hostile_model import NAMES, hostile_run
from tests.browser.inspector_view import InspectorView
from tests.models import MODELS

pytestmark = pytest.mark.browser

_LISTEN = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', event => {
  window.__violations.push(`${event.violatedDirective} ${event.sample}`);
});
"""


@dataclasses.dataclass
class Watched:
    """A page without a network, and everything that it should not do.

    Attributes:
      page: The page.
      requests: What it asked for, its own file included.
      errors: What went wrong in it, dialogs included.
    """

    page: Page
    requests: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)

    def expect_nothing_ran(self, file: pathlib.Path) -> None:
        assert self.page.evaluate("window.__canary") is None
        assert self.page.evaluate("window.__violations") == []
        assert self.requests == [file.as_uri()]
        assert self.errors == []


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    context.set_offline(True)
    page = context.new_page()
    page.add_init_script(_LISTEN)
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("dialog", lambda dialog: watched.errors.append(dialog.message))
    page.on(
        "console",
        lambda it: watched.errors.append(it.text) if it.type == "error" else None,
    )
    yield watched
    context.close()


def test_everything_can_be_looked_at_under_the_policy(
    watched: Watched, tmp_path: pathlib.Path
) -> None:
    file = example.run().to_html(tmp_path / "run.html")
    watched.page.goto(file.as_uri())
    view = InspectorView(watched.page)
    view.select("first Block")
    look_at_all_tabs(view)
    view.open_with_mouse("first Block")
    view.select("first/Dense_0 Dense")
    view.panel.get_by_role("option", name="kernel").click()
    expect(view.panel.get_by_role("img", name=re.compile("^Heatmap"))).to_be_visible()
    look_at_all_tabs(view)
    for lens in ("modules", "parameters", "state", "draws", "calls"):
        view.choose_lens(lens)
    watched.expect_nothing_ran(file)


def test_pictures_are_saved_and_what_is_missing_is_not_offered(
    watched: Watched, tmp_path: pathlib.Path
) -> None:
    ready = MODELS["conv"].ready()
    run = unflax_viz.capture(ready.module, ready.variables, *ready.args, **ready.kwargs)
    file = run.to_html(tmp_path / "run.html")
    watched.page.goto(file.as_uri())
    view = InspectorView(watched.page)
    view.panel.get_by_role("option", name="kernel").click()
    with watched.page.expect_download() as download:
        view.panel.get_by_role("button", name="Save PNG").first.click()
    assert download.value.suggested_filename.endswith("kernel.png")
    expect(view.panel.get_by_role("button", name="Treescope view")).to_have_count(0)
    expect(view.panel.get_by_role("slider")).to_have_count(0)
    watched.expect_nothing_ran(file)


def test_search_and_hits_work_without_python(
    watched: Watched, tmp_path: pathlib.Path
) -> None:
    file = example.run().to_html(tmp_path / "run.html")
    watched.page.goto(file.as_uri())
    view = InspectorView(watched.page)
    search = watched.page.get_by_role("searchbox")
    search.fill("class:Dense is:shared")
    expect(view.said("2 hits")).to_be_visible()
    expect(view.row("second/Dense_0#2 Dense")).to_be_visible()
    expect(view.row("first Block")).to_have_count(0)
    search.fill("clas:Dense")
    expect(watched.page.get_by_text("'clas:' is not known.")).to_be_visible()
    watched.expect_nothing_ran(file)


def test_hostile_names_are_text_everywhere(
    watched: Watched, tmp_path: pathlib.Path
) -> None:
    file = hostile_run().to_html(tmp_path / "run.html")
    watched.page.goto(file.as_uri())
    view = InspectorView(watched.page)
    expect(view.rows_at(2)).to_have_count(len(NAMES))
    for index in range(len(NAMES)):
        view.rows_at(2).nth(index).click()
        expect(view.rows_at(2).nth(index)).to_have_attribute("aria-selected", "true")
        expect(view.tab("Parameters")).to_contain_text("1")
        look_at_all_tabs(view)
    for lens in ("modules", "parameters", "state", "draws", "calls"):
        view.choose_lens(lens)
    for name in NAMES[:-1]:
        watched.page.get_by_role("searchbox").fill(f"class:{quoted(name)}")
        expect(view.said(re.compile("^1 hit"))).to_be_visible()
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 1200
    watched.expect_nothing_ran(file)


def test_hostile_names_are_text_in_the_static_tree(
    chromium: Browser, tmp_path: pathlib.Path
) -> None:
    """A browser that unpacks nothing shows the static tree and says why."""
    file = hostile_run().to_html(tmp_path / "run.html")
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(file.as_uri())
    expect(page.get_by_text("a browser from 2023")).to_be_visible()
    expect(page.get_by_text(NAMES[0], exact=True).first).to_be_visible()
    assert page.evaluate("window.__canary") is None
    context.close()


def test_the_selected_call_is_kept_in_the_address(
    watched: Watched, tmp_path: pathlib.Path
) -> None:
    file = example.run().to_html(tmp_path / "run.html")
    watched.page.goto(f"{file.as_uri()}#selected=second%232")
    view = InspectorView(watched.page)
    view.expect_details_of("second#2 Block")
    view.select("first Block")
    assert watched.page.url == f"{file.as_uri()}#selected=first"


def look_at_all_tabs(view: InspectorView) -> None:
    for tab in ("State", "RNGs", "Call", "Parameters"):
        view.choose_tab(tab)


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
