"""Does an exported notebook show its runs, offline, after a plain install?"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator

import nbclient
import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.jupyter_server import JupyterServer

pytestmark = pytest.mark.browser

_ROOT = pathlib.Path(__file__).parents[2]
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_MODEL = """\
import flax.linen as nn
import ipywidgets
import jax
import jax.numpy as jnp
import unflax_viz


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(4, name="head")(nn.Dense(3)(x))


x = jnp.ones((2, 3))
variables = Net().init(jax.random.key(0), x)
run = unflax_viz.capture(Net(), variables, x)
run
"""
_MAGIC = "%load_ext unflax_viz"
_TWO_RUNS = """\
%%unflax
Net().apply(variables, x)
Net().apply(variables, x)
"""
_SLIDER = "ipywidgets.HBox([unflax_viz.inspect(run), ipywidgets.IntSlider(3)])"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What nbconvert sees where the wheel's files were put into the environment."""
    prefix = tmp_path_factory.mktemp("prefix")
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    for source, target in wheel["shared-data"].items():
        (prefix / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_ROOT / source, prefix / target)
    config = str(prefix / "etc" / "jupyter")
    return {**os.environ, "JUPYTER_CONFIG_PATH": config}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """Executed notebooks, with the state of their widgets: `ours` and `mixed`."""
    folder = tmp_path_factory.mktemp("notebooks")
    sources = [_MODEL, _MAGIC, _TWO_RUNS, _SLIDER]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbclient.NotebookClient(notebook, timeout=240).execute()
    assert notebook.metadata.widgets
    nbformat.write(notebook, folder / "mixed.ipynb")
    notebook.cells.pop()
    nbformat.write(notebook, folder / "ours.ipynb")
    return {name: folder / f"{name}.ipynb" for name in ("ours", "mixed")}


@pytest.fixture
def offline(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_offline(True)
    yield context.new_page()
    context.close()


def convert(notebook: pathlib.Path, form: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--stdout", "--to", form]
    done = subprocess.run(
        [*command, str(notebook)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_html_shows_the_trees_offline(
    notebooks: dict[str, pathlib.Path],
    environment: dict[str, str],
    offline: Page,
    tmp_path: pathlib.Path,
) -> None:
    file = tmp_path / "ours.html"
    file.write_text(convert(notebooks["ours"], "html", environment), encoding="utf-8")
    expect_trees(offline, file)


def test_server_exports_the_same_html(
    notebooks: dict[str, pathlib.Path],
    environment: dict[str, str],
    offline: Page,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """JupyterLab's *Save and Export Notebook As* asks this of its server."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", environment["JUPYTER_CONFIG_PATH"])
    with JupyterServer(tmp_path) as server:
        address = f"{server.url}/nbconvert/html/{server.add(notebooks['ours'])}"
        # As from the page of JupyterLab; nobody else gets an answer.
        request = urllib.request.Request(address, headers={"Referer": server.url})
        with urllib.request.urlopen(request, timeout=60) as answer:
            (tmp_path / "ours.html").write_bytes(answer.read())
    expect_trees(offline, tmp_path / "ours.html")


def expect_trees(offline: Page, file: pathlib.Path) -> None:
    """Checks that all three runs are there, and unfold."""
    offline.goto(file.as_uri(), wait_until="domcontentloaded")
    outputs = offline.locator(".jp-OutputArea-output")
    heads = outputs.get_by_text("head", exact=True)
    expect(heads).to_have_count(3)
    kernel = outputs.get_by_text(re.compile(r"kernel\s+f32\[3,4\]")).first
    expect(kernel).to_be_hidden()
    heads.first.click()
    expect(kernel).to_be_visible()
    assert _WIDGET_VIEW not in file.read_text(encoding="utf-8")


def test_html_leaves_the_widgets_of_others_to_their_own_script(
    notebooks: dict[str, pathlib.Path], environment: dict[str, str]
) -> None:
    page = convert(notebooks["mixed"], "html", environment)
    assert page.count(f'<script type="{_WIDGET_VIEW}">') == 1
    assert "IntSliderModel" in page
    ours = convert(notebooks["ours"], "html", environment)
    assert page.count("<details") == ours.count("<details") > 0


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_text_formats_show_the_text(
    notebooks: dict[str, pathlib.Path], environment: dict[str, str], form: str
) -> None:
    text = convert(notebooks["ours"], form, environment)
    assert re.search(r"^ +head  Dense  f32\[2,4\]", text, re.MULTILINE)
    assert "<details" not in text


def test_markdown_shows_the_text_where_no_widgets_were_saved(
    notebooks: dict[str, pathlib.Path],
    environment: dict[str, str],
    tmp_path: pathlib.Path,
) -> None:
    """JupyterLab saves the state of widgets only where that is switched on."""
    notebook = nbformat.read(notebooks["ours"], as_version=4)
    del notebook.metadata["widgets"]
    nbformat.write(notebook, tmp_path / "plain.ipynb")
    text = convert(tmp_path / "plain.ipynb", "markdown", environment)
    assert re.search(r"^ +head  Dense  f32\[2,4\]", text, re.MULTILINE)
    assert "<details" not in text


def test_notebook_keeps_its_widgets(
    notebooks: dict[str, pathlib.Path], environment: dict[str, str]
) -> None:
    text = convert(notebooks["ours"], "notebook", environment)
    assert _WIDGET_VIEW in text
    assert "_anywidget_id" in text
