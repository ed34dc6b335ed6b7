"""Does each lens show what it says, in its order, and lead to the right panel?"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser


def test_modules_stand_once_by_path(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.height_px = 900")
    inspector.choose_lens("modules")
    assert inspector.names_at(2) == ["stage_0 Stage", "stage_1 Stage", "head Dense"]
    inspector.row("/ Net").focus()
    notebook.page.keyboard.press("*")
    expect(inspector.row("stage_1/block_2/Dropout_0 Dropout")).to_have_count(1)
    names = notebook.ask("sorted('/'.join(c.path) or '/' for c in run.calls())")
    assert sorted(name.split()[0] for name in inspector.names()) == sorted(set(names))


def test_parameters_stand_by_size_and_lead_to_their_panel(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.choose_tab("RNGs")
    inspector.choose_lens("parameters")
    names = [name.removesuffix(" parameter") for name in inspector.names()]
    sizes = notebook.ask(
        "{k.replace('.', '/'): v.size for k, v in run.parameters().items()}"
    )
    shown = [sizes[name] for name in names]
    assert shown == sorted(sizes.values(), reverse=True)[: len(shown)]
    assert len(set(shown)) > 2
    inspector.row("head/kernel parameter").click()
    inspector.expect_details("head")
    expect(inspector.tab("Parameters")).to_have_attribute("aria-selected", "true")
    chosen = inspector.panel.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("aria-label", "kernel")
    notebook.wait_until("inspector.entry == 'parameters/params/kernel'")
    notebook.wait_until("inspector.selected == 'head'")
    # The same call with another entry.
    inspector.row("head/bias parameter").click()
    expect(chosen).to_have_attribute("aria-label", "bias")
    expect(inspector.selected_row()).to_have_attribute(
        "aria-label", "head/bias parameter"
    )


def test_states_that_changed_stand_below_their_collection(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.choose_lens("state")
    assert inspector.names_at(1) == ["batch_stats collection"]
    expected = notebook.ask(
        "sorted('/'.join((*c.path, name)) for c in run.calls() if c.class_name =="
        " 'BatchNorm' for name in ('mean', 'var'))"
    )
    rows = inspector.rows_at(2)
    expect(rows).to_have_count(len(expected))
    assert sorted(name.split()[0] for name in inspector.names_at(2)) == expected
    rows.nth(1).click()
    expect(inspector.tab("State")).to_have_attribute("aria-selected", "true")
    name = (rows.nth(1).get_attribute("aria-label") or "").split()[0]
    inspector.expect_details(name.rsplit("/", 1)[0])
    chosen = inspector.panel.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("aria-label", name.rsplit("/", 1)[1])


def test_draws_stand_below_their_stream(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.choose_lens("draws")
    assert inspector.names_at(1) == ["dropout stream"]
    expected = notebook.ask(
        "['/'.join(c.path) for c in run.calls() if c.class_name == 'Dropout']"
    )
    expect(inspector.rows_at(2)).to_have_count(len(expected))
    assert [name.split()[0] for name in inspector.names_at(2)] == expected
    inspector.rows_at(2).nth(3).click()
    inspector.expect_details(expected[3])
    expect(inspector.tab("RNGs")).to_have_attribute("aria-selected", "true")


def test_lens_counts_what_it_has_to_show(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    counts = {
        name: inspector.lens(name).inner_text().split()
        for name in ("calls", "modules", "parameters", "state", "draws")
    }
    n_calls, n_parameters = notebook.ask("[len(run.calls()), len(run.parameters())]")
    assert counts == {
        "calls": ["calls", str(n_calls)],
        "modules": ["modules", str(n_calls)],
        "parameters": ["parameters", str(n_parameters)],
        "state": ["state", "12"],
        "draws": ["draws", "6"],
    }


def test_arrow_keys_go_from_lens_to_lens(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.lens("calls").focus()
    notebook.page.keyboard.press("ArrowRight")
    inspector.expect_lens("modules")
    expect(inspector.lens("modules")).to_be_focused()
    notebook.page.keyboard.press("End")
    inspector.expect_lens("draws")
    notebook.wait_until("inspector.lens == 'draws'")


def test_selection_is_kept_and_shown_under_another_lens(
    inspector: InspectorView,
) -> None:
    inspector.select("head Dense")
    inspector.choose_lens("parameters")
    expect(inspector.selected_row()).to_have_count(1)
    name = inspector.selected_row().get_attribute("aria-label") or ""
    assert name.startswith("head/")
    inspector.choose_lens("calls")
    inspector.expect_details_of("head Dense")
