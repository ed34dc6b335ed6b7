"""Does an error in Python become a sentence in the place of the answer?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage
from tests.browser.slow_summary import broken_summaries

pytestmark = pytest.mark.browser

DONATED = """
donated = unflax_viz.capture(
    Net(), jax.tree.map(jnp.copy, variables), x, train=False
)
donated.at("head").scope_data.parameters["kernel"].value.delete()
"""

RAISED = """
class Breaks(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.Dense(3)(x)
        raise ValueError("the model <b>gave up</b>")

with unflax_viz.recording() as raised:
    try:
        Breaks().init(jax.random.key(0), x)
    except ValueError:
        pass
"""


@pytest.fixture(scope="module", autouse=True)
def _emptied(notebook: NotebookPage) -> Iterator[None]:
    yield
    show(notebook, "")


def test_answer_that_raised_is_a_sentence_and_can_be_asked_for_again(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    with broken_summaries(notebook):
        inspector.select("head Dense")
        alert = inspector.panel.get_by_role("alert")
        expect(alert).to_contain_text("RuntimeError: the device <b>is</b> gone")
        items = inspector.panel.get_by_role("listbox").get_by_role("option")
        expect(items).to_have_count(2)
        inspector.open_with_mouse("stage_0 Stage")
    inspector.entries.choose("Parameters", "kernel")
    expect(inspector.entries.heatmaps).to_be_visible()
    inspector.entries.choose("Parameters", "bias")
    expect(inspector.entries.figures()["elements"]).to_have_text("4")
    expect(alert).to_have_count(0)
    assert notebook.cell_errors() == []


def test_array_that_was_donated_says_so_and_leaves_the_others_alone(
    notebook: NotebookPage,
) -> None:
    notebook.execute(DONATED)
    view = show(notebook, "unflax_viz.inspect(donated)")
    view.select("head Dense")
    view.entries.choose("Parameters", "kernel")
    expect(view.panel).to_contain_text("deleted")
    expect(view.entries.heatmaps).to_have_count(0)
    view.entries.choose("Parameters", "bias")
    expect(view.entries.figures()["elements"]).to_have_text("4")
    search = view.place.get_by_role("searchbox")
    search.fill("is:nan")
    expect(view.said("no hits")).to_be_visible()


def test_run_that_raised_says_so_in_its_header_and_at_the_call(
    notebook: NotebookPage,
) -> None:
    notebook.execute(RAISED)
    view = show(notebook, "unflax_viz.inspect(raised[0])")
    sentence = "ValueError: the model <b>gave up</b>"
    expect(view.place.get_by_role("alert").first).to_contain_text(sentence)
    expect(view.details.get_by_role("alert")).to_contain_text(sentence)
    view.select("Dense_0 Dense")
    expect(view.details.get_by_role("alert")).to_have_count(0)
