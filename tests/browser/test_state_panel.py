"""Does the panel show a state before, after, and what was added, as Python has them?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.example_runs import ODD
from tests.browser.inspector_view import InspectorView
from tests.browser.item_view import colors_of
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

ADDRESS = "stage_0/block_0/BatchNorm_0"
MEAN = f"second.at('{ADDRESS}').scope_data.variables['batch_stats']['mean']"
MOMENTS = {
    "before": f"{MEAN}.before",
    "after": f"{MEAN}.after",
    "difference": f"{MEAN}.after - {MEAN}.before",
}


SECOND = """
second = unflax_viz.capture(
    Net(), {**variables, **run.output[1]}, x, train=True, mutable=["batch_stats"],
    rngs={"dropout": jax.random.key(2)},
)
"""

CACHE = """
class Memory(nn.Module):
    @nn.compact
    def __call__(self, x):
        cache = self.variable("cache", "keys", jnp.zeros, (8, 4))
        cache.value = jax.lax.dynamic_update_slice(cache.value, x, (2, 0))
        return cache.value.sum()

memory = unflax_viz.capture(
    Memory(), {"cache": {"keys": jnp.zeros((8, 4))}}, jnp.ones((3, 4)),
    mutable=["cache"],
)
"""


@pytest.fixture(scope="module", autouse=True)
def _runs(notebook: NotebookPage) -> Iterator[None]:
    for source in (SECOND, ODD, CACHE):
        notebook.execute(source)
    yield
    show(notebook, "")


def show_state(notebook: NotebookPage, run: str, address: str = "/") -> InspectorView:
    return show(
        notebook, f"unflax_viz.inspect({run}, tab='state', selected={address!r})"
    )


@pytest.fixture
def state(notebook: NotebookPage) -> InspectorView:
    """The states of a batch norm in the second step, the mean chosen."""
    view = show_state(notebook, "second", ADDRESS)
    view.entries.choose("State", "mean")
    expect(view.entries.heatmaps).to_have_count(3)
    return view


def test_each_side_stands_beside_the_others_with_its_numbers(
    notebook: NotebookPage, state: InspectorView
) -> None:
    headings = state.panel.get_by_role("heading", level=5)
    assert headings.all_inner_texts() == list(MOMENTS)
    shown = state.entries.compared()
    for label, attribute in [("mean", "mean"), ("max", "maximum")]:
        expected = [
            notebook.ask(
                "unflax_viz.measure.format_number("
                f"unflax_viz.measure.statistics_of({value}).{attribute})"
            )
            for value in MOMENTS.values()
        ]
        assert shown[label] == expected
    assert len(set(shown["mean"][:2])) == 2
    expect(state.entries.entry("State", "mean")).to_contain_text("changed")


def test_before_and_after_share_their_colours_and_the_difference_has_its_own(
    state: InspectorView,
) -> None:
    names = ["mean", "mean, after", "mean, difference"]
    for place, name in enumerate(names):
        expect(state.entries.heatmaps.nth(place)).to_have_accessible_name(
            re.compile(rf"^Heatmap of {name}, 1 by 16\.")
        )
    # All three are multiples of one another, as both steps were made with one batch.
    before, after, difference = (
        colors_of(state.entries.heatmaps.nth(place)) for place in range(3)
    )
    assert len(set(after)) > 10
    assert before != after
    assert difference == after


def test_constant_state_is_said_in_a_sentence(
    notebook: NotebookPage,
) -> None:
    view = show_state(notebook, "run", ADDRESS)
    view.entries.choose("State", "mean")
    expect(view.entries.heatmaps).to_have_count(2)
    expect(view.panel).to_contain_text("All 16 values are 0.")


def test_state_that_was_given_and_not_changed_has_no_difference(
    notebook: NotebookPage,
) -> None:
    notebook.execute(
        "kept = unflax_viz.capture(Net(), variables, x, train=False,"
        " mutable=['batch_stats'])"
    )
    view = show_state(notebook, "kept", ADDRESS)
    option = view.entries.choose("State", "mean")
    expect(option).not_to_contain_text("changed")
    headings = view.panel.get_by_role("heading", level=5)
    expect(headings.first).to_be_visible()
    assert "difference" not in headings.all_inner_texts()


def test_counter_is_shown_as_text(notebook: NotebookPage) -> None:
    view = show_state(notebook, "odd")
    option = view.entries.choose("State", "n_calls")
    expect(option).to_contain_text("1 → 2")
    expect(view.panel.locator("pre")).to_have_text("1 → 2")
    expect(view.entries.heatmaps).to_have_count(0)
    assert view.entries.compared()["value"] == ["1", "2", "1"]


def test_other_calls_that_wrote_a_state_are_links(notebook: NotebookPage) -> None:
    notebook.execute(
        """
class Twice(nn.Module):
    @nn.compact
    def __call__(self, x):
        norm = nn.BatchNorm(use_running_average=False, name="norm")
        return norm(norm(x))

twice = unflax_viz.capture(Twice(), Twice().init(jax.random.key(0), x), x,
                           mutable=["batch_stats"])
"""
    )
    view = show_state(notebook, "twice", "norm")
    expect(view.panel).to_contain_text("used by 2 calls")
    view.panel.get_by_role("button", name="norm#2", exact=True).click()
    view.expect_details("norm#2")
    expect(view.panel).to_contain_text("this call read and wrote")


def test_rounded_number_is_heard_in_full(
    notebook: NotebookPage, state: InspectorView
) -> None:
    exact = notebook.ask(
        f"unflax_viz.measure.format_exact(unflax_viz.measure.statistics_of({MEAN}.after)"
        ".mean)"
    )
    cell = state.panel.get_by_role("cell", name=exact, exact=True)
    expect(cell.get_by_title(exact, exact=True)).to_be_visible()
    assert cell.inner_text() != exact


def test_shape_that_changed_says_why_there_is_no_difference(
    notebook: NotebookPage,
) -> None:
    notebook.execute(
        """
class Grows(nn.Module):
    @nn.compact
    def __call__(self):
        self.variable("cache", "x", lambda: None).value = jnp.ones(8)

grown = unflax_viz.capture(
    Grows(), {"cache": {"x": jnp.ones(4)}}, mutable=["cache"]
)
"""
    )
    view = show_state(notebook, "grown")
    sentence = "The shape changed from f32[4] to f32[8], so there is no difference."
    expect(view.panel.get_by_text(sentence)).to_be_visible()
    headings = view.panel.get_by_role("heading", level=5)
    assert headings.all_inner_texts() == ["before", "after", "difference"]


def test_cache_says_where_it_was_written(notebook: NotebookPage) -> None:
    view = show_state(notebook, "memory")
    view.entries.choose("State", "keys")
    expect(view.panel).to_contain_text("written at[2:5, :]")
    assert view.entries.compared()["changed elements"][-1] == "12 of 32"
