"""Does the panel say of a parameter what Python says, and show it slice by slice?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.example_runs import ODD, SHARDED, STACKED
from tests.browser.inspector_view import InspectorView
from tests.browser.item_view import colors_of
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

KERNEL = "run.at('head').scope_data.parameters['kernel'].value"

FIGURES_OF = """
def figures_of(value):
    from unflax_viz.measure import format_exact, format_number, statistics_of

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


@pytest.fixture(scope="module")
def stacked(notebook: NotebookPage) -> Iterator[InspectorView]:
    """The run of five layers in a scan, with the kernel of all chosen."""
    notebook.execute(STACKED)
    view = show(notebook, "inspector = unflax_viz.inspect(stacked)\ninspector")
    view.select("layers Layer")
    expect(view.entries.heatmaps).to_have_count(1)
    yield view
    show(notebook, "")


def expect_figure(place: Locator, figure: list[str]) -> None:
    text, exact = figure
    expect(place).to_have_text(text)
    if exact != text:
        expect(place.get_by_title(exact, exact=True)).to_have_text(text)


def test_parameter_shows_the_statistics_of_its_value(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    option = inspector.entries.choose("Parameters", "kernel")
    expect(option).to_contain_text(
        notebook.ask(f"unflax_viz.measure.format_shape({KERNEL})")
    )
    notebook.execute(FIGURES_OF)
    expected = notebook.ask(f"figures_of({KERNEL})")
    shown = inspector.entries.figures()
    assert set(expected) <= set(shown)
    for label, figure in expected.items():
        expect_figure(shown[label], figure)
    mean = notebook.ask(f"__import__('numpy').asarray({KERNEL}, 'f8').mean().item()")
    assert math.isclose(float(expected["mean"][1]), mean, rel_tol=1e-9)


def test_parameter_says_its_bytes_and_its_initialiser(inspector: InspectorView) -> None:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    facts = inspector.entries.figures()
    expect(facts["bytes"]).to_have_text("256 B")
    expect(facts["initialiser"]).to_have_text("lecun_normal()")


def test_parameter_shows_a_histogram_and_a_heatmap(inspector: InspectorView) -> None:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    expect(inspector.entries.histograms).to_be_visible()
    heatmap = inspector.entries.heatmaps
    expect(heatmap).to_be_visible()
    expect(heatmap).to_have_accessible_name(
        re.compile(r"^Heatmap of kernel, 16 by 4\.")
    )
    assert len(set(colors_of(heatmap))) > 20


def test_log_scale_raises_the_low_bars_and_stays(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    heights = """plot => [...plot.querySelectorAll('rect')]
      .map(bar => Number(bar.getAttribute('height')))"""
    linear = inspector.entries.histograms.evaluate(heights)
    log = inspector.entries.button("log")
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")
    raised = inspector.entries.histograms.evaluate(heights)
    assert max(raised) == max(linear)
    assert sum(raised) > sum(linear)
    inspector.entries.choose("Parameters", "bias")
    inspector.entries.choose("Parameters", "kernel")
    expect(log).to_have_attribute("aria-pressed", "true")


def test_cell_of_the_picture_is_read_by_key_and_by_pointer(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    heatmap = inspector.entries.heatmaps
    heatmap.focus()
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.press("ArrowDown")
    expect(inspector.said("[1, 3]: ")).to_be_visible()
    value = notebook.ask(f"float({KERNEL}[1, 3])")
    shown = inspector.said("[1, 3]: ").inner_text().split(": ")[1]
    assert math.isclose(float(shown), value, rel_tol=1e-2)
    box = heatmap.bounding_box()
    assert box is not None
    heatmap.hover(position={"x": 1, "y": box["height"] - 2})
    expect(inspector.said("[15, 0]: ")).to_be_visible()


def test_entry_is_chosen_by_arrow_key_and_by_python(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    notebook.page.keyboard.press("ArrowUp")
    bias = inspector.entries.entry("Parameters", "bias")
    expect(bias).to_have_attribute("aria-selected", "true")
    expect(inspector.entries.figures()["elements"]).to_have_text("4")
    notebook.wait_until("inspector.entry == 'parameters/params/bias'")
    notebook.execute("inspector.entry = 'parameters/params/kernel'")
    kernel = inspector.entries.entry("Parameters", "kernel")
    expect(kernel).to_have_attribute("aria-selected", "true")
    expect(inspector.entries.figures()["elements"]).to_have_text("64")


def test_slider_chooses_a_slice_of_a_named_axis(
    notebook: NotebookPage, stacked: InspectorView
) -> None:
    slider = stacked.entries.slider("axis 0 (layers)")
    expect(slider).to_have_attribute("aria-valuetext", "all")
    expect(stacked.entries.title).to_contain_text("f32[5,6,6]")
    whole = colors_of(stacked.entries.heatmaps)
    slider.focus()
    for _ in range(4):
        notebook.page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "3")
    expect(stacked.entries.title).to_contain_text("kernel[3, :, :]")
    expect(stacked.entries.title).to_contain_text("f32[6,6]")
    assert colors_of(stacked.entries.heatmaps) != whole
    notebook.execute(FIGURES_OF)
    value = "stacked.at('layers').scope_data.parameters['kernel'].value"
    value = f"getattr({value}, 'value', {value})[3]"
    expected = notebook.ask(f"figures_of({value})")
    shown = stacked.entries.figures()
    for label, figure in expected.items():
        expect_figure(shown[label], figure)
    notebook.page.keyboard.press("Home")
    expect(stacked.entries.title).to_contain_text("f32[5,6,6]")


def test_reader_chooses_rows_and_columns(
    notebook: NotebookPage, stacked: InspectorView
) -> None:
    rows, columns = (stacked.entries.axis_of(use) for use in ("rows", "columns"))
    heatmap = stacked.entries.heatmaps
    expect(rows.get_by_role("option", selected=True)).to_have_text("all others")
    rows.select_option(label="axis 2 (columns)")
    expect(columns.get_by_role("option", selected=True)).to_have_text("axis 1 (rows)")
    expect(heatmap).to_have_accessible_name(
        re.compile(r"6 by 6\. rows: axis 2 \(6\), columns: axis 1 \(6\); .*axis 0$")
    )
    heatmap.focus()
    for key in ("End", "ArrowDown", "ArrowDown"):
        notebook.page.keyboard.press(key)
    readout = stacked.said("mean of [:, 5, 2]: ")
    value = "stacked.at('layers').scope_data.parameters['kernel'].value"
    value = f"float(getattr({value}, 'value', {value})[:, 5, 2].mean())"
    shown = float(readout.inner_text().split(": ")[1])
    assert math.isclose(shown, notebook.ask(value), rel_tol=1e-4)
    rows.select_option(label="all others")
    columns.select_option(label="axis 2 (columns)")
    expect(heatmap).to_have_accessible_name(re.compile(r"rows: axes 0-1 \(30\)"))


def test_each_layer_has_a_picture_that_leads_to_its_slice(
    notebook: NotebookPage, stacked: InspectorView
) -> None:
    stacked.entries.axis_of("one picture per index of").select_option(
        label="axis 0 (layers)"
    )
    pictures = stacked.panel.get_by_role("group", name=re.compile("^Heatmaps of "))
    layers = pictures.get_by_role("button")
    expect(layers).to_have_text(["0", "1", "2", "3", "4"])
    drawn = [colors_of(layer.locator("canvas")) for layer in layers.all()]
    assert len({tuple(colors) for colors in drawn}) == 5
    layers.first.focus()
    for key in ("End", "ArrowLeft", "Enter"):
        notebook.page.keyboard.press(key)
    slider = stacked.entries.slider("axis 0 (layers)")
    expect(slider).to_be_focused()
    expect(stacked.entries.title).to_contain_text("kernel[3, :, :]")
    expect(stacked.entries.heatmaps).to_have_count(1)
    notebook.page.keyboard.press("Home")
    expect(layers).to_have_count(5)
    stacked.entries.axis_of("one picture per index of").select_option(label="no axis")
    expect(stacked.entries.heatmaps).to_have_count(1)


def test_treescope_draws_the_chosen_slice_in_a_sandbox(
    notebook: NotebookPage, stacked: InspectorView
) -> None:
    button = stacked.entries.button("Treescope view")
    button.click()
    frame = stacked.panel.locator("iframe[title='Treescope view of kernel']")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    frame.scroll_into_view_if_needed()
    drawn = frame.content_frame.locator("canvas")
    expect(drawn.first).to_be_visible()
    assert len(set(colors_of(drawn.first))) > 10
    button.click()
    expect(frame).to_have_count(0)


def test_shared_parameter_lists_its_users_as_links(notebook: NotebookPage) -> None:
    notebook.execute(ODD)
    view = show(notebook, "inspector = unflax_viz.inspect(odd)\ninspector")
    view.select("shared Dense")
    option = view.entries.choose("Parameters", "kernel")
    expect(option).to_contain_text("shared by 2 calls")
    view.panel.get_by_role("button", name="shared#2", exact=True).click()
    view.expect_details_of("shared#2 Dense")
    notebook.wait_until("inspector.selected == 'shared#2'")


def test_values_that_are_no_numbers_are_counted_and_marked(
    notebook: NotebookPage,
) -> None:
    view = show(notebook, "inspector = unflax_viz.inspect(odd)\ninspector")
    view.select("broken Dense")
    view.entries.choose("Parameters", "bias")
    facts = view.entries.figures()
    expect(facts["NaN"]).to_have_text("1")


def test_parameters_that_no_call_read_stand_at_the_root(
    notebook: NotebookPage,
) -> None:
    view = show(notebook, "inspector = unflax_viz.inspect(odd)\ninspector")
    view.select("/ Tied")
    view.choose_tab("Parameters")
    unused = view.panel.get_by_role("option", name="forgotten/kernel", exact=True)
    unused.click()
    expect(unused).to_contain_text("bf16[5,7]")
    expect(view.panel).to_contain_text("All 35 values are 1.")


def test_sharding_is_drawn_with_its_devices(notebook: NotebookPage) -> None:
    notebook.execute(SHARDED)
    view = show(notebook, "inspector = unflax_viz.inspect(sharded)\ninspector")
    view.entries.choose("Parameters", "kernel")
    table = view.panel.get_by_role("table", name="Devices of each part")
    expect(table.get_by_role("cell")).to_have_text(["0", "1", "2", "3"])
    expect(view.panel).to_contain_text("PartitionSpec('data', 'model')")
    expect(view.panel).to_contain_text("axis 0 (data)")
    expect(view.panel).to_contain_text("axis 1 (model)")


def test_call_that_holds_nothing_says_so(inspector: InspectorView) -> None:
    inspector.select("stage_0 Stage")
    expect(inspector.panel).to_contain_text("By class")
    inspector.choose_tab("Parameters")
    expect(inspector.panel).to_contain_text("own scope holds no parameters")


def test_tabs_count_what_they_hold(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    notebook.execute("inspector.selected = 'stage_0/block_0/BatchNorm_0'")
    inspector.expect_details("stage_0/block_0/BatchNorm_0")
    assert inspector.details.get_by_role("tab").all_inner_texts() == [
        "Overview",
        "Parameters 2",
        "State 2",
        "RNGs 0",
        "Call",
    ]
