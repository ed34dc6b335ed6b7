"""What is left of an inspector when no kernel, no trust or no script is there?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.model_notebook import INSPECTED, add_model_notebook
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = pytest.mark.browser

NOT_CONNECTED = re.compile(
    "The kernel (is not connected|no longer holds this run).*Run the cell again"
)

AS_SAVED = "as_saved.ipynb"


@pytest.fixture(scope="module")
def saved(server: JupyterServer, context: BrowserContext) -> Iterator[NotebookPage]:
    """A notebook of its own, run and saved."""
    opened = NotebookPage(context, add_model_notebook(server, "saved.ipynb"))
    opened.open_in_lab(server.url)
    opened.run_all()
    InspectorView(opened.page).tree.wait_for()
    opened.save()
    # An open notebook saves itself now and then, without widgets once its kernel ended.
    server.add_copy(opened.path, AS_SAVED)
    yield opened
    opened.close()


@pytest.fixture
def reopened(
    server: JupyterServer, context: BrowserContext, saved: NotebookPage
) -> Iterator[NotebookPage]:
    """A page in which nothing is open yet, for the notebook that was saved."""
    opened = NotebookPage(context, server.add_copy(AS_SAVED, "reopened.ipynb"))
    yield opened
    opened.close()


def expect_sentence(view: InspectorView) -> None:
    """Goes through the tree, which needs no kernel; what does says why it fails."""
    assert view.names_at(2) == ["stage_0 Stage", "stage_1 Stage", "head Dense"]
    view.row("head Dense").click()
    expect(view.details.get_by_role("alert")).to_have_text(NOT_CONNECTED)
    view.open_with_mouse("stage_1 Stage")
    expect(view.row("stage_1/block_2 Block")).to_be_visible()
    search = SearchView(view)
    search.search("head class:Dense")
    expect(search.count).to_have_text("1 of 1")
    view.lens("modules").click()
    expect(view.lens("modules")).to_have_attribute("aria-checked", "true")
    expect(view.row("head Dense")).to_be_visible()
    search.box.fill("is:nan")
    place = view.place.get_by_role("search")
    expect(place.get_by_role("alert")).to_have_text(NOT_CONNECTED)
    view.lens("calls").click()
    search.clear()
    expect(view.row("stage_0 Stage")).to_be_visible()


def test_lost_kernel_is_said_in_the_place_of_each_answer(saved: NotebookPage) -> None:
    view = InspectorView(saved.page)
    saved.restart_kernel()
    expect_sentence(view)
    saved.run_all()
    # What the old view had selected was the head.
    root = view.row("/ Net")
    expect(root).to_have_attribute("aria-selected", "true", timeout=60_000)
    view.select("head Dense")
    view.open_with_mouse("stage_0 Stage")
    view.select("/ Net")
    saved.run_all()
    saved.shut_down_kernel()
    expect_sentence(view)
    assert saved.errors == []


def test_saved_notebook_is_redrawn_for_a_kernel_that_never_saw_the_run(
    server: JupyterServer, reopened: NotebookPage
) -> None:
    # JupyterLab's widget manager redraws nothing where no kernel at all is running.
    reopened.open_in_lab(server.url)
    view = InspectorView(reopened.page)
    expect(view.row("/ Net")).to_have_attribute("aria-selected", "true")
    assert view.names_at(2) == ["stage_0 Stage", "stage_1 Stage", "head Dense"]
    expect_sentence(view)


def test_untrusted_notebook_shows_the_tree_without_scripts(
    server: JupyterServer, reopened: NotebookPage
) -> None:
    file = server.notebooks / reopened.path
    written = nbformat.read(file, as_version=4)
    cell = written.cells[INSPECTED]
    cell.source += "  # Changed outside, so that its signature is wrong."
    nbformat.write(written, file)
    reopened.open_in_lab(server.url, starts_kernel=False)
    output = reopened.cell(INSPECTED)
    expect_static_tree(output)
    expect(output.get_by_role("tree")).to_have_count(0)


def test_static_html_shows_the_modules_without_javascript(
    chromium: Browser, server: JupyterServer, saved: NotebookPage
) -> None:
    written = nbformat.read(server.notebooks / AS_SAVED, as_version=4)
    fallback = written.cells[INSPECTED].outputs[0].data["text/html"]
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(fallback)
    expect_static_tree(page.locator("body"))
    context.close()


def expect_static_tree(place: Locator) -> None:
    """Opens the folded lines, which needs no script, and reads what is in them."""
    expect(place.get_by_text("head", exact=True)).to_be_visible()
    kernel = place.get_by_text(re.compile(r"kernel\s+f32\[16,4\]"))
    expect(kernel).to_be_hidden()
    place.get_by_text("head", exact=True).click()
    expect(kernel).to_be_visible()
    assert place.locator("details").count() > 10
