"""Is what the copy buttons give Python that gives the very thing?"""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True, scope="module")
def _clipboard(server: JupyterServer, context: BrowserContext) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    context.grant_permissions(permissions, origin=server.url)


def take_copied(notebook: NotebookPage) -> str:
    """Returns what was copied, and forgets it."""
    text = notebook.page.evaluate("navigator.clipboard.readText()")
    notebook.page.evaluate("navigator.clipboard.writeText('')")
    return text


def test_button_in_a_row_copies_the_code_of_its_call(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    row = inspector.row("head Dense")
    row.hover()
    row.get_by_role("button", name="Copy path").click()
    expect(inspector.said("copied run.at")).to_be_visible()
    code = take_copied(notebook)
    assert code == 'run.at("head")'
    assert notebook.ask(f"({code}) is run.root.children[-1]")
    # The button did that, and nothing else.
    notebook.wait_until("inspector.selected == '/'")


def test_ctrl_c_copies_the_code_of_the_row_in_focus(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.row("/ Net").focus()
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("Control+c")
    expect(inspector.said("copied")).to_be_visible()
    assert notebook.ask(f"({take_copied(notebook)}) is run.root.children[0]")


def test_button_beside_the_title_copies_the_code_of_the_call(
    notebook: NotebookPage, inspector: InspectorView
) -> None:
    inspector.select("head Dense")
    inspector.details.get_by_role("button", name="Copy the code of this call").click()
    expect(inspector.said("copied").first).to_be_visible()
    assert notebook.ask(f"({take_copied(notebook)}) is run.at('head')")


@pytest.mark.parametrize(
    ("side", "code"),
    [
        ("before", "state.before"),
        ("after", "state.after"),
        ("difference", "state.after - state.before"),
    ],
)
def test_button_of_a_side_copies_the_code_of_that_side(
    notebook: NotebookPage, inspector: InspectorView, side: str, code: str
) -> None:
    address = "stage_0/block_0/BatchNorm_0"
    notebook.execute(
        f"state = run.at({address!r}).scope_data.variables['batch_stats']['var']\n"
        f"inspector.selected = {address!r}"
    )
    inspector.expect_details(address)
    inspector.choose_tab("State")
    inspector.entries.choose("State", "var")
    heading = inspector.panel.get_by_role("heading", level=5).filter(has_text=side)
    button = inspector.entries.button(f"Copy the code of var, {side}")
    expect(heading.get_by_role("button")).to_have_accessible_name(
        f"Copy the code of var, {side}"
    )
    button.focus()
    notebook.page.keyboard.press("Enter")
    expect(inspector.said("copied").first).to_be_visible()
    copied = take_copied(notebook)
    assert notebook.ask(f"bool((({copied}) == ({code})).all())"), copied


@pytest.mark.parametrize(
    ("address", "tab", "entry", "value"),
    [
        ("head", "Parameters", "kernel", "parameters['kernel'].value"),
        (
            "stage_0/block_0/BatchNorm_0",
            "State",
            "mean",
            "variables['batch_stats']['mean'].before",
        ),
    ],
)
def test_button_in_a_card_copies_the_code_of_the_value(
    notebook: NotebookPage,
    inspector: InspectorView,
    address: str,
    tab: str,
    entry: str,
    value: str,
) -> None:
    notebook.execute(f"inspector.selected = {address!r}")
    inspector.expect_details(address)
    inspector.choose_tab(tab)
    inspector.entries.choose(tab, entry)
    inspector.entries.button(f"Copy the code of {entry}").click()
    expect(inspector.said("copied").first).to_be_visible()
    code = take_copied(notebook)
    assert notebook.ask(f"({code}) is run.at({address!r}).scope_data.{value}"), code
