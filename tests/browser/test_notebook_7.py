"""Does the same widget work in Notebook 7?"""

from __future__ import annotations

import importlib.util

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.notebook_page import NotebookPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        importlib.util.find_spec("notebook") is None,
        reason="The package notebook, which is Notebook 7, is not installed.",
    ),
]


def test_inspector_appears_in_notebook_7_and_selects(
    server: JupyterServer, context: BrowserContext, notebook: NotebookPage
) -> None:
    # One path has one kernel: this page shares that of the JupyterLab page.
    opened = NotebookPage(context, notebook.path)
    opened.open_in_notebook_7(server.url)
    opened.run_all()
    view = InspectorView(opened.page)
    view.select("head Dense")
    assert opened.ask("inspector.selected") == "head"
    opened.execute("inspector.selected = 'stage_0/block_1'")
    view.expect_details_of("stage_0/block_1 Block")
    assert opened.errors == []
    opened.page.close()
