"""Does a run whose names are markup and worse run nothing and break nothing?"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.hostile_run import (
    HOSTILE,
    N_HOSTILE_CALLS,
    names_of_frames_in_which_a_script_ran,
)
from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

LENSES = ("calls", "modules", "parameters", "state", "draws")
UNWRITTEN = "[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]"
"""Control and direction characters, which are written as escapes."""

MARKED_UP = "img[onerror], [onerror], [onload], [onclick]"


@pytest.fixture(scope="module")
def hostile_run(notebook: NotebookPage) -> Iterator[None]:
    notebook.execute(HOSTILE)
    yield
    show(notebook, "")


@pytest.fixture
def hostile(notebook: NotebookPage, hostile_run: None) -> Iterator[InspectorView]:
    view = show(notebook, "inspector = unflax_viz.inspect(hostile)\ninspector")
    view.row("/ Host").wait_for()
    yield view
    assert names_of_frames_in_which_a_script_ran(notebook.page) == []
    expect(view.place.locator(MARKED_UP)).to_have_count(0)
    assert notebook.errors == []
    assert notebook.cell_errors() == []


def select_call(notebook: NotebookPage, view: InspectorView, number: int) -> None:
    before = view.details.get_attribute("aria-label") or ""
    notebook.execute(f"inspector.selected = hostile.paths()[{number}]")
    row = view.tree.get_by_role("treeitem").nth(number)
    expect(row).to_have_attribute("aria-selected", "true")
    if number > 0:
        expect(view.details).not_to_have_attribute("aria-label", before)


def test_canary_is_heard_where_a_script_runs(
    notebook: NotebookPage, hostile_run: None
) -> None:
    view = show(notebook, "from IPython.display import HTML; HTML(TAG)")
    expect(view.place.locator("img")).to_have_count(1)
    notebook.page.wait_for_function("window.__canary === 1")
    assert len(names_of_frames_in_which_a_script_ran(notebook.page)) == 1
    notebook.page.evaluate("delete window.__canary")
    notebook.errors.clear()


def test_rows_show_the_names_as_text_under_every_lens(
    notebook: NotebookPage, hostile: InspectorView
) -> None:
    rows = hostile.tree.get_by_role("treeitem")
    expect(rows).to_have_count(N_HOSTILE_CALLS)
    expect(rows.nth(1)).to_contain_text('<img src="x" onerror="window.__canary=1">')
    expect(rows.nth(2)).to_contain_text("</script></style>")
    # The direction mark is written out, and turns nothing round.
    expect(rows.nth(4)).to_contain_text(r"\u202e")
    for lens in LENSES:
        hostile.choose_lens(lens)
        expect(rows.first).to_be_visible()
        hostile.tree.press("*")
        heights = rows.evaluate_all("them => them.map(it => it.offsetHeight)")
        assert set(heights) == {22}
        widths = rows.evaluate_all(
            "them => them.map(it => it.scrollWidth - it.clientWidth)"
        )
        assert set(widths) == {0}
    assert hostile.tree.evaluate("it => it.scrollHeight") < 5000


@pytest.mark.parametrize("tab", ["Parameters", "State", "RNGs", "Call"])
def test_every_panel_shows_every_call(
    notebook: NotebookPage, hostile: InspectorView, tab: str
) -> None:
    hostile.choose_tab(tab)
    for number in range(N_HOSTILE_CALLS):
        select_call(notebook, hostile, number)
        expect(shown_in(hostile, tab, number)).to_be_visible()
        for option in hostile.panel.get_by_role("listbox").get_by_role("option").all():
            option.click()
        expect(hostile.panel.get_by_role("alert")).to_have_count(0)
        assert not re.search(UNWRITTEN, hostile.details.inner_text())
        widths = hostile.details.evaluate("it => [it.scrollWidth, it.clientWidth]")
        assert widths[0] <= widths[1], (number, widths)


def shown_in(view: InspectorView, tab: str, number: int) -> Locator:
    """Finds what a panel shows first of a call; the root has only inputs, and less."""
    if tab == "Call":
        part = "Docstring" if number else "Outputs"
        return view.panel.get_by_role("region", name=part, exact=True)
    if number == 0:
        return view.panel
    if tab == "RNGs":
        return view.panel.get_by_role("article").first
    return view.panel.get_by_role("listbox").get_by_role("option").first


@pytest.mark.parametrize("number", [1, 2, 3])
def test_treescope_draws_hostile_axes_and_runs_none_of_them(
    notebook: NotebookPage, hostile: InspectorView, number: int
) -> None:
    select_call(notebook, hostile, number)
    expect(hostile.entries.heatmaps).to_be_visible()
    hostile.entries.button("Treescope view").click()
    # Treescope draws what is in view.
    hostile.panel.locator("iframe").scroll_into_view_if_needed()
    frame = hostile.panel.locator("iframe").content_frame
    expect(frame.locator("canvas").first).to_be_visible()
    expect(frame.locator(MARKED_UP.split(",")[0])).to_have_count(0)
    assert names_of_frames_in_which_a_script_ran(notebook.page) == []


def test_search_finds_hostile_names_and_says_hostile_errors(
    notebook: NotebookPage, hostile: InspectorView
) -> None:
    box = hostile.place.get_by_role("searchbox")
    box.fill('"<img src="')
    expect(hostile.said("hits")).to_be_visible()
    box.fill('is:"<img/src=x/onerror=window.__canary=1>"')
    alert = hostile.place.get_by_role("search").get_by_role("alert")
    expect(alert).to_contain_text("<img/src=x")


def test_colour_of_a_class_cannot_leave_its_style(
    notebook: NotebookPage, hostile: InspectorView
) -> None:
    row = hostile.tree.get_by_role("treeitem").nth(1)
    styles = row.locator("[style]").evaluate_all(
        "them => them.map(it => it.style.cssText)"
    )
    assert not any("</style>" in style or "url" in style for style in styles)


def test_untrusted_notebook_shows_the_names_as_text(
    notebook: NotebookPage,
    server: JupyterServer,
    context: BrowserContext,
    hostile_run: None,
    tmp_path: pathlib.Path,
) -> None:
    file = tmp_path / "page.html"
    notebook.execute(
        "shown, _ = unflax_viz.inspect(hostile)._repr_mimebundle_()\n"
        f"open({str(file)!r}, 'w').write(shown['text/html'])"
    )
    output = nbformat.v4.new_output(
        "display_data", {"text/html": file.read_text(encoding="utf-8")}
    )
    cell = nbformat.v4.new_code_cell("hostile", outputs=[output])
    saved = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(saved, server.notebooks / "hostile.ipynb")
    opened = NotebookPage(context, "hostile.ipynb")
    try:
        opened.open_in_lab(server.url, starts_kernel=False)
        names = opened.cell(0).get_by_text('<img src="x" onerror="window.__canary=1">')
        expect(names.first).to_be_visible()
        expect(opened.cell(0).locator(MARKED_UP)).to_have_count(0)
        assert names_of_frames_in_which_a_script_ran(opened.page) == []
        assert opened.errors == []
    finally:
        opened.close()
