"""Does the panel say what was called, with what, and where it is written?"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.example_runs import STACKED
from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser


@pytest.fixture
def call(notebook: NotebookPage, inspector: InspectorView) -> InspectorView:
    """The inspector with the call of the head in front."""
    inspector.select("head Dense")
    inspector.choose_tab("Call")
    part(inspector, "Inputs").wait_for()
    return inspector


@pytest.fixture(scope="module")
def stacked(notebook: NotebookPage) -> Iterator[InspectorView]:
    notebook.execute(STACKED)
    yield show(notebook, "unflax_viz.inspect(stacked, tab='call')")
    show(notebook, "")


def part(view: InspectorView, name: str) -> Locator:
    return view.panel.get_by_role("region", name=name, exact=True)


def test_inputs_and_outputs_have_names_shapes_and_dtypes(
    notebook: NotebookPage, call: InspectorView
) -> None:
    expect(part(call, "Inputs").get_by_role("listitem")).to_have_text(
        "inputs" + notebook.ask("unflax_viz.measure.format_shape(jnp.ones((32, 16)))")
    )
    expect(part(call, "Outputs")).to_contain_text("f32[32,4]")
    call.select("/ Net")
    expect(part(call, "Inputs").get_by_role("listitem")).to_have_text(
        ["xf32[32,8]", "trainTrue"]
    )


def test_fields_of_the_module_stand_in_a_table(call: InspectorView) -> None:
    rows = part(call, "Fields").get_by_role("row")
    expect(rows.filter(has_text=re.compile("^features"))).to_have_text("features4")
    expect(rows.filter(has_text=re.compile("^use_bias"))).to_have_text("use_biasTrue")


def test_source_is_that_of_the_method_with_file_and_line(
    notebook: NotebookPage, call: InspectorView
) -> None:
    notebook.execute("import inspect as _i")
    lines, first = notebook.ask("_i.getsourcelines(nn.Dense.__call__)")
    shown = call.panel.get_by_role("region", name="Source text").inner_text()
    expected = textwrap.dedent("".join(lines)).rstrip("\n")
    assert shown.rstrip("\n") == expected
    expect(part(call, "Source")).to_contain_text(f"linear.py:{first}")
    call.select("/ Net")
    own = call.panel.get_by_role("region", name="Source text")
    expect(own).to_contain_text('x = Stage(name=f"stage_{i}")(x, train)')


def test_buttons_go_to_the_calls_before_and_after_in_time(
    notebook: NotebookPage, call: InspectorView
) -> None:
    addresses = notebook.ask("[c.address for c in run.calls()]")
    expect(call.panel).to_contain_text(f"call {len(addresses)} of {len(addresses)}")
    expect(call.entries.button("Next call")).to_be_disabled()
    call.entries.button("Previous call").click()
    call.expect_details(addresses[-2])
    call.entries.button("Next call").click()
    call.expect_details("head")
    notebook.wait_until("inspector.selected == 'head'")


def test_transforms_around_a_call_are_a_chain(stacked: InspectorView) -> None:
    stacked.select("layers Layer")
    chain = stacked.panel.get_by_role("list", name="Transforms, outermost first")
    expect(chain.get_by_role("listitem")).to_have_text(["scan x5"])
