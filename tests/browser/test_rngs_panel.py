"""Does the panel show the very keys that Flax used, and how to get them again?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.example_runs import STACKED
from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

ADDRESS = "stage_0/block_0/Dropout_0"
KEY = f"run.at('{ADDRESS}').scope_data.rngs['dropout'].draws[0].key"


@pytest.fixture
def stream(notebook: NotebookPage, inspector: InspectorView) -> Locator:
    """The stream of a dropout, in the panel in front."""
    notebook.execute(f"inspector.selected = {ADDRESS!r}")
    inspector.expect_details(ADDRESS)
    inspector.choose_tab("RNGs")
    return inspector.panel.get_by_role("region", name="Stream dropout")


@pytest.fixture(scope="module")
def stacked(notebook: NotebookPage) -> Iterator[None]:
    notebook.execute(STACKED)
    yield
    show(notebook, "")


def show_stream(notebook: NotebookPage, run: str) -> Locator:
    view = show(
        notebook,
        f"inspector = unflax_viz.inspect({run}, tab='rngs',"
        " selected='layers/Dropout_0')\ninspector",
    )
    return view.panel.get_by_role("region", name="Stream dropout")


def words_of(notebook: NotebookPage, key: str) -> str:
    words = notebook.ask(f"jax.random.key_data({key}).tolist()")
    return " ".join(f"0x{word:08x}" for word in words)


def test_draw_shows_the_very_key_that_flax_used(
    notebook: NotebookPage, stream: Locator
) -> None:
    draws = stream.get_by_role("article")
    expect(draws).to_have_count(1)
    expect(draws).to_contain_text("counter 1")
    expect(draws).to_contain_text(ADDRESS)
    expect(draws).to_contain_text(words_of(notebook, KEY))


def test_chain_leads_from_the_base_key_to_the_key(
    notebook: NotebookPage, stream: Locator
) -> None:
    chain = stream.get_by_role("list", name="From the base key to this key")
    steps = chain.get_by_role("listitem")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text(words_of(notebook, "jax.random.key(2)"))
    expect(steps.nth(1)).to_contain_text("fold in")
    expect(steps.nth(1)).to_contain_text("Dropout_0")
    expect(steps.nth(2)).to_contain_text(words_of(notebook, KEY))


def test_line_of_code_gives_the_key(notebook: NotebookPage, stream: Locator) -> None:
    expect(stream.get_by_role("button", name="Copy the code of draw 1")).to_be_visible()
    code = stream.locator("code").inner_text()
    notebook.execute(f"drawn = {code}")
    assert words_of(notebook, "drawn") == words_of(notebook, KEY)


def test_draws_in_a_scan_stand_in_a_table(
    notebook: NotebookPage, stacked: None
) -> None:
    stream = show_stream(notebook, "stacked")
    table = stream.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["scan", "key"])
    keys = "stacked.at('layers/Dropout_0').scope_data.rngs['dropout'].draws[0].key"
    cells = table.get_by_role("cell")
    expect(cells).to_have_text(
        [
            text
            for step in range(5)
            for text in (str(step), words_of(notebook, f"{keys}[{step}]"))
        ]
    )
    chain = stream.get_by_role("list", name="From the base key to this key")
    expect(chain).to_contain_text("split x5")
    code = stream.locator("code").inner_text()
    # It speaks of `run`, as the reader calls his own.
    notebook.execute(f"drawn = (lambda run: {code.partition('#')[0]})(stacked)")
    assert notebook.ask("bool((drawn == KEYS).all())".replace("KEYS", keys))


def test_same_key_at_every_step_is_warned_of(
    notebook: NotebookPage, stacked: None
) -> None:
    stream = show_stream(notebook, "unsplit")
    expect(stream).to_contain_text("the same key at every step")


def test_call_without_draws_says_so(inspector: InspectorView) -> None:
    inspector.choose_tab("RNGs")
    expect(inspector.panel).to_contain_text("drew no random keys")
