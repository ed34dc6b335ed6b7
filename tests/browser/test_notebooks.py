"""Does every notebook of the repository run in JupyterLab and show an inspector?"""

from __future__ import annotations

import pathlib

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import REPOSITORY, JupyterServer
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_notebook_runs_and_shows_an_inspector(
    server: JupyterServer, context: BrowserContext, file: pathlib.Path
) -> None:
    opened = NotebookPage(context, server.add(file))
    try:
        opened.open_in_lab(server.url)
        opened.run_all()
        assert opened.cell_errors() == []
        InspectorView(opened.page).tree.first.wait_for()
        assert opened.errors == []
    finally:
        opened.close()
