"""One server and one Chromium for all browser tests, and the notebook that most use."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import running_chromium
from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.model_notebook import FORGET_LOOKS, INSPECTED, add_model_notebook
from tests.browser.notebook_page import NotebookPage

_HERE = pathlib.Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running in this thread from its start to its end,
    # and asyncio.run, which other tests need, refuses to run beside it.
    items.sort(key=lambda item: _HERE in item.path.parents)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with JupyterServer(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1400, "height": 1100})
    yield context
    context.close()


@pytest.fixture(scope="session")
def notebook(server: JupyterServer, context: BrowserContext) -> Iterator[NotebookPage]:
    """The model's notebook in JupyterLab, all cells run; `run` is there in Python."""
    opened = NotebookPage(context, add_model_notebook(server, "model.ipynb"))
    opened.open_in_lab(server.url)
    opened.run_all()
    assert opened.cell_errors() == []
    yield opened
    opened.close()


@pytest.fixture
def inspector(notebook: NotebookPage) -> InspectorView:
    """A fresh inspector of the run, in Python and in the browser."""
    notebook.execute(FORGET_LOOKS)
    notebook.run_cell(INSPECTED)
    view = InspectorView(notebook.cell(INSPECTED))
    view.tree.wait_for()
    return view


@pytest.fixture(scope="session")
def standalone_page(
    notebook: NotebookPage, tmp_path_factory: pytest.TempPathFactory
) -> pathlib.Path:
    """The run's self-contained page."""
    file = tmp_path_factory.mktemp("page") / "run.html"
    notebook.execute(f"run.to_html({str(file)!r})")
    return file


@pytest.fixture
def offline_page(chromium: Browser, standalone_page: pathlib.Path) -> Iterator[Page]:
    """The self-contained page, opened from disk without a network."""
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    context.set_offline(True)
    page = context.new_page()
    yield page
    context.close()
