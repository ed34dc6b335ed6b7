"""Are the numbers beside the tree those that Python has?"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

DROPOUT = "run.at('stage_0/block_0/Dropout_0').scope_data.rngs['dropout']"
MEAN = (
    "run.at('stage_0/block_0/BatchNorm_0').scope_data.variables['batch_stats']['mean']"
)
KERNEL = "run.at('head').scope_data.parameters['kernel'].value"

FIGURES_OF = """
def figures_of(value):
    from unflax_viz.summary import format_exact, format_number, statistics_of

    statistics = statistics_of(value)
    figures = {
        "mean": statistics.mean,
        "std": statistics.std,
        "min": statistics.minimum,
        "max": statistics.maximum,
        "L2 norm": statistics.l2_norm,
        "elements": statistics.n_elements,
        "zeros": statistics.n_zeros,
        "NaN": statistics.n_nan,
    }
    return {k: [format_number(v), format_exact(v)] for k, v in figures.items()}
"""

Figures = Mapping[str, list[str]]


def ask_figures(notebook: NotebookPage, value: str) -> Figures:
    notebook.execute(FIGURES_OF)
    return notebook.ask(f"figures_of({value})")


def expect_figure(place: Locator, figure: list[str]) -> None:
    text, exact = figure
    expect(place).to_have_text(text)
    if exact != text:
        expect(place.get_by_title(exact, exact=True)).to_have_text(text)


def test_parameter_shows_the_statistics_of_its_value(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    option = inspector.choose_entry("Parameters", "kernel")
    expect(option).to_contain_text(
        notebook.ask(f"unflax_viz.summary.format_shape({KERNEL})")
    )
    expected = ask_figures(notebook, KERNEL)
    shown = inspector.figures()
    assert list(shown) == list(expected)
    for label, place in shown.items():
        expect_figure(place, expected[label])
    mean = notebook.ask(f"__import__('numpy').asarray({KERNEL}, 'f8').mean().item()")
    assert math.isclose(float(expected["mean"][1]), mean, rel_tol=1e-9)


def test_parameter_shows_a_histogram_and_a_heatmap(inspector: InspectorView) -> None:
    inspector.select("head Dense")
    inspector.choose_entry("Parameters", "kernel")
    expect(inspector.panel.get_by_role("img", name="Histogram from")).to_be_visible()
    heatmap = inspector.panel.get_by_role("img", name="Heatmap, 16 by 4")
    expect(heatmap).to_be_visible()
    colors = heatmap.evaluate(
        """canvas => {
          const {data} = canvas.getContext('2d').getImageData(
            0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colors > 20


def test_entry_is_chosen_by_arrow_key(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    inspector.choose_entry("Parameters", "kernel")
    notebook.page.keyboard.press("ArrowUp")
    option = inspector.panel.get_by_role("option", name="bias")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(inspector.figures()["elements"]).to_have_text("4")


def test_state_shows_its_value_before_beside_after(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'stage_0/block_0/BatchNorm_0'")
    inspector.expect_details_of("stage_0/block_0/BatchNorm_0 BatchNorm")
    inspector.choose_tab("State")
    option = inspector.choose_entry("State", "mean")
    expect(option).to_contain_text("changed")
    before = ask_figures(notebook, f"{MEAN}.before")
    after = ask_figures(notebook, f"{MEAN}.after")
    assert before["mean"] != after["mean"]
    shown = inspector.figures()
    assert list(shown) == list(before)
    for label, place in shown.items():
        if before[label] == after[label]:
            expect_figure(place, after[label])
            continue
        expect(place).to_have_text(f"{before[label][0]} → {after[label][0]}")
        for text, exact in (before[label], after[label]):
            if exact != text:
                expect(place.get_by_title(exact, exact=True)).to_have_text(text)


def test_draw_shows_the_very_key_that_flax_used(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'stage_0/block_0/Dropout_0'")
    inspector.expect_details_of("stage_0/block_0/Dropout_0 Dropout")
    inspector.choose_tab("RNGs")
    words = notebook.ask(f"jax.random.key_data({DROPOUT}.draws[0].key).tolist()")
    stream = inspector.panel.get_by_role("region", name="Stream dropout")
    expect(
        stream.get_by_role("cell", name=" ".join(f"0x{word:08x}" for word in words))
    ).to_be_visible()
    expect(stream.get_by_role("row")).to_have_count(
        1 + notebook.ask(f"len({DROPOUT}.draws)")
    )


def test_call_that_holds_nothing_says_so(inspector: InspectorView) -> None:
    inspector.select("stage_0 Stage")
    expect(inspector.panel).to_contain_text("own scope holds no parameters")


def test_tabs_count_what_they_hold(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'stage_0/block_0/BatchNorm_0'")
    inspector.expect_details_of("stage_0/block_0/BatchNorm_0 BatchNorm")
    assert inspector.details.get_by_role("tab").all_inner_texts() == [
        "Parameters 2",
        "State 2",
        "RNGs 0",
    ]
