"""One server and one Chromium for all browser tests, and the notebook that most use."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import running_chromium
from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.notebook_page import NotebookPage

_HERE = pathlib.Path(__file__).parent

MODEL_CELL = """\
import flax.linen as nn
import jax
import jax.numpy as jnp
import unflax_viz


class Block(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        x = nn.Dense(16)(x)
        x = nn.BatchNorm(use_running_average=not train)(x)
        return nn.Dropout(0.5, deterministic=not train)(nn.relu(x))


class Stage(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        for i in range(3):
            x = Block(name=f"block_{i}")(x, train)
        return x


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        for i in range(2):
            x = Stage(name=f"stage_{i}")(x, train)
        return nn.Dense(4, name="head")(x)
"""

RUN_CELL = """\
x = jax.random.normal(jax.random.key(0), (32, 8))
variables = Net().init(jax.random.key(1), x, train=False)
run = unflax_viz.capture(
    Net(), variables, x, train=True, mutable=["batch_stats"],
    rngs={"dropout": jax.random.key(2)},
)
"""

INSPECT_CELL = "inspector = unflax_viz.inspect(run)\ninspector"


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
def model_notebook(server: JupyterServer) -> str:
    """Writes a notebook with a small model, its last cell empty; returns its path."""
    sources = (MODEL_CELL, RUN_CELL, INSPECT_CELL, "")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, server.notebooks / "model.ipynb")
    return "model.ipynb"


@pytest.fixture(scope="session")
def notebook(
    server: JupyterServer, context: BrowserContext, model_notebook: str
) -> Iterator[NotebookPage]:
    """The model's notebook in JupyterLab, all cells run; `run` is there in Python."""
    opened = NotebookPage(context, model_notebook)
    opened.open_in_lab(server.url)
    opened.run_all()
    assert opened.cell_errors() == []
    yield opened
    opened.close()


@pytest.fixture
def inspector(notebook: NotebookPage) -> InspectorView:
    """A fresh inspector of the run, in Python and in the browser."""
    notebook.run_cell(2)
    view = InspectorView(notebook.page)
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
