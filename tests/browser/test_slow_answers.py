"""Do answers come while a cell runs, and can a slow one be watched and left?"""

from __future__ import annotations

import pathlib

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import EMPTY
from tests.browser.notebook_page import NotebookPage
from tests.browser.slow_summary import slow_summaries

pytestmark = pytest.mark.browser


def test_everything_is_answered_while_a_cell_runs(
    notebook: NotebookPage, inspector: InspectorView, tmp_path: pathlib.Path
) -> None:
    end = tmp_path / "end"
    notebook.start_source(
        EMPTY,
        "import pathlib, time\n"
        f"while not pathlib.Path({str(end)!r}).exists():\n"
        "    time.sleep(0.05)",
    )
    try:
        inspector.open_with_mouse("stage_0 Stage")
        expect(inspector.row("stage_0/block_1 Block")).to_be_visible()
        inspector.select("head Dense")
        inspector.entries.choose("Parameters", "kernel")
        expect(inspector.entries.heatmaps).to_be_visible()
        inspector.choose_tab("Call")
        source = inspector.panel.get_by_role("region", name="Source", exact=True)
        expect(source).to_be_visible()
        inspector.place.get_by_role("searchbox").fill("class:Dropout")
        expect(inspector.said("6 hits")).to_be_visible()
        assert notebook.is_running()
    finally:
        end.touch()
        notebook.wait_until_run()
        notebook.run_source(EMPTY, "")


def test_slow_answer_shows_how_far_it_is(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("stage_0 Stage")
    with slow_summaries(notebook, n_steps=40):
        inspector.row("head Dense").click()
        bar = inspector.panel.get_by_role("progressbar")
        expect(bar).to_be_visible()
        first = int(bar.get_attribute("aria-valuenow") or 0)
        notebook.page.wait_for_function(
            "([bar, first]) => Number(bar.ariaValueNow) > first",
            arg=[bar.element_handle(), first],
        )
        # The tree is not held up meanwhile.
        inspector.open_with_mouse("stage_0 Stage")
        expect(inspector.row("stage_0/block_1 Block")).to_be_visible()
        expect(inspector.entries.figures()["mean"]).to_be_visible()
        expect(bar).to_have_count(0)
        assert notebook.ask("slow_ends") == ["done"]


def test_slow_answer_is_stopped_by_selecting_something_else(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("stage_0 Stage")
    with slow_summaries(notebook, n_steps=400):
        inspector.row("head Dense").click()
        expect(inspector.panel.get_by_role("progressbar")).to_be_visible()
        inspector.select("stage_1 Stage")
        notebook.wait_until("slow_ends == ['CancelledError']")
    # Whoever comes back is answered.
    inspector.select("head Dense")
    expect(inspector.entries.figures()["mean"]).to_be_visible()
    expect(inspector.panel.get_by_role("alert")).to_have_count(0)


def test_slow_answer_is_stopped_by_choosing_another_entry_or_tab(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.choose_tab("Call")
    inspector.select("head Dense")
    with slow_summaries(notebook, n_steps=400):
        inspector.choose_tab("Parameters")
        expect(inspector.panel.get_by_role("progressbar")).to_be_visible()
        inspector.entries.choose("Parameters", "kernel")
        notebook.wait_until("slow_ends == ['CancelledError']")
        expect(inspector.panel.get_by_role("progressbar")).to_be_visible()
        inspector.choose_tab("RNGs")
        notebook.wait_until("slow_ends == ['CancelledError'] * 2")
