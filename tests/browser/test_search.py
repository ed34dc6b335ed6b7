"""Does the search find in the tree what Python finds, and does it say what it does?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.example_runs import ODD
from tests.browser.inspector_view import InspectorView
from tests.browser.model_notebook import show
from tests.browser.notebook_page import NotebookPage
from tests.browser.search_view import SearchView

pytestmark = pytest.mark.browser

# Each query, and the calls that it is to find, said without a query.
IN_MODEL = {
    "class:Batch*": "c.class_name == 'BatchNorm'",
    "stage_0/*/Dense_0": "c.path[0] == 'stage_0' and c.path[-1] == 'Dense_0'",
    "**/Dropout_0": "c.path[-1] == 'Dropout_0'",
    "**/block_[01]": "c.path[-1] in ('block_0', 'block_1')",
    "shape:(*,4)": "c.path == ('head',)",
    "size>=256": "c.class_name == 'Dense' and c.path != ('head',)"
    " and c.path[:2] != ('stage_0', 'block_0')",
    "collection:batch_stats": "c.class_name == 'BatchNorm'",
    "stream:dropout": "c.class_name == 'Dropout'",
    "is:changed": "c.class_name == 'BatchNorm'",
    "is:stochastic -stage_1": "c.class_name == 'Dropout' and c.path[0] == 'stage_0'",
}

# The same of the other run; a run's parameters that no call read are in another lens.
IN_ODD = {
    "is:shared": ["shared Dense", "shared#2 Dense"],
    "is:nan": ["broken Dense"],
    "dtype:int*": ["/ Tied"],
    "param:bias shape:(3)": ["shared Dense", "shared#2 Dense", "broken Dense"],
}


@pytest.fixture
def search(inspector: InspectorView) -> SearchView:
    return SearchView(inspector)


@pytest.fixture(scope="module")
def odd(notebook: NotebookPage) -> Iterator[InspectorView]:
    notebook.execute(ODD)
    yield show(notebook, "odd_inspector = unflax_viz.inspect(odd)\nodd_inspector")
    show(notebook, "")


@pytest.mark.parametrize("query", IN_MODEL)
def test_hits_are_marked_counted_and_the_calls_meant(
    notebook: NotebookPage, inspector: InspectorView, search: SearchView, query: str
) -> None:
    expected = notebook.ask(
        "[f'{c.address} {c.class_name}' for c in run.calls()"
        f" if c.path and ({IN_MODEL[query]})]"
    )
    assert expected
    search.search(query)
    n_hits = len(expected)
    expect(search.count).to_have_text(f"{n_hits} hit{'' if n_hits == 1 else 's'}")
    assert search.names_of_hits() == expected
    for name in inspector.names():
        address = name.split()[0]
        is_around = any(hit.startswith(f"{address}/") for hit in expected)
        assert name in expected or is_around or address == "/", name
    found = notebook.ask(f"[c.address for c in run.find({query!r})]")
    assert found == [name.split()[0] for name in expected]


@pytest.mark.parametrize("query", IN_ODD)
def test_flags_find_what_is_odd(odd: InspectorView, query: str) -> None:
    search = SearchView(odd)
    search.search(query)
    expect(search.hits()).to_have_count(len(IN_ODD[query]))
    assert search.names_of_hits() == IN_ODD[query]


def test_hits_in_another_lens_are_offered(
    notebook: NotebookPage, odd: InspectorView
) -> None:
    search = SearchView(odd)
    search.search("is:unused")
    expect(search.count).to_have_text("no hits in calls; 1 in parameters")
    search.count.get_by_role("button").click()
    odd.expect_lens("parameters")
    # The root is selected, where the panels list it: so it is the marked row as well.
    expect(search.count).to_have_text("1 of 1")
    assert search.names_of_hits() == ["forgotten/kernel parameter"]
    odd.row("forgotten/kernel parameter").click()
    chosen = odd.panel.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("aria-label", "forgotten/kernel")
    odd.choose_lens("calls")
    search.clear()


def test_next_and_previous_go_round_by_button_and_key(
    notebook: NotebookPage, inspector: InspectorView, search: SearchView
) -> None:
    search.search("stage_1 class:Dropout")
    expect(search.count).to_have_text("3 hits")
    search.next.click()
    inspector.expect_details_of("stage_1/block_0/Dropout_0 Dropout")
    expect(search.count).to_have_text("1 of 3")
    search.box.press("Enter")
    inspector.expect_details_of("stage_1/block_1/Dropout_0 Dropout")
    search.box.press("Shift+Enter")
    search.box.press("Shift+Enter")
    inspector.expect_details_of("stage_1/block_2/Dropout_0 Dropout")
    expect(search.count).to_have_text("3 of 3")
    search.next.click()
    inspector.expect_details_of("stage_1/block_0/Dropout_0 Dropout")
    notebook.wait_until("inspector.selected == 'stage_1/block_0/Dropout_0'")


def test_escape_ends_the_search_and_keeps_what_is_selected(
    notebook: NotebookPage, inspector: InspectorView, search: SearchView
) -> None:
    search.search("class:Dropout")
    search.box.press("Enter")
    inspector.expect_details_of("stage_0/block_0/Dropout_0 Dropout")
    search.box.press("Escape")
    expect(search.box).to_have_value("")
    expect(search.hits()).to_have_count(0)
    expect(inspector.row("head Dense")).to_be_visible()
    inspector.expect_details_of("stage_0/block_0/Dropout_0 Dropout")
    search.box.press("Escape")
    expect(search.box).not_to_be_focused()
    expect(inspector.tree.locator(":focus")).to_have_count(1)


def test_query_that_cannot_be_read_says_why_and_leaves_the_tree(
    notebook: NotebookPage, inspector: InspectorView, search: SearchView
) -> None:
    before = inspector.names()
    search.box.fill("is:purple")
    expect(search.error).to_contain_text("purple")
    expect(search.error).to_contain_text("shared")
    expect(search.box).to_have_attribute("aria-invalid", "true")
    assert inspector.names() == before
    assert notebook.ask("inspector.query") == ""
    search.box.fill("is:changed")
    expect(search.error).to_be_hidden()
    expect(search.count).to_have_text("6 hits")


def test_query_in_python_moves_the_browser_and_typing_moves_python(
    notebook: NotebookPage, inspector: InspectorView, search: SearchView
) -> None:
    notebook.execute("inspector.query = 'class:BatchNorm'")
    expect(search.box).to_have_value("class:BatchNorm")
    expect(search.count).to_have_text("6 hits")
    search.search("head")
    expect(search.count).to_have_text("1 hit")
    notebook.wait_until("inspector.query == 'head'")
    notebook.execute("inspector.query = ''")
    expect(search.box).to_have_value("")
    expect(inspector.row("stage_1 Stage")).to_have_count(1)


def test_help_lists_examples_that_can_be_used(
    inspector: InspectorView, search: SearchView
) -> None:
    help_button = inspector.place.get_by_role("button", name="What can be searched for")
    help_button.click()
    examples = inspector.place.get_by_role("group", name="What can be searched for")
    expect(examples).to_be_visible()
    names = examples.get_by_role("button").all_inner_texts()
    assert len(names) > 8
    examples.get_by_role("button", name="conv", exact=True).click()
    expect(examples).to_be_hidden()
    expect(search.box).to_have_value("conv")
    expect(search.count).to_have_text(re.compile("^no hits"))


def test_every_example_of_the_help_can_be_read(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.place.get_by_role("button", name="What can be searched for").click()
    examples = inspector.place.get_by_role("group", name="What can be searched for")
    for query in examples.get_by_role("button").all_inner_texts():
        notebook.ask(f"len(run.find({query!r}))")
