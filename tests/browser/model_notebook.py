"""The notebook that most browser tests use: a small model of three levels."""

from __future__ import annotations

import nbformat

from tests.browser.inspector_view import InspectorView
from tests.browser.jupyter_server import JupyterServer
from tests.browser.notebook_page import NotebookPage

_MODEL_CELL = """\
import os

# For arrays in parts; it counts until JAX has begun.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

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

_RUN_CELL = """\
x = jax.random.normal(jax.random.key(0), (32, 8))
variables = Net().init(jax.random.key(1), x, train=False)
run = unflax_viz.capture(
    Net(), variables, x, train=True, mutable=["batch_stats"],
    rngs={"dropout": jax.random.key(2)},
)
"""

_INSPECT_CELL = "inspector = unflax_viz.inspect(run)\ninspector"

INSPECTED = 2
"""The index of the cell that shows `inspector`."""

EMPTY = 3
"""The index of a cell without a source."""


def add_model_notebook(server: JupyterServer, name: str) -> str:
    """Writes the notebook to where the server finds it; returns its name.

    Args:
      server: The server.
      name: A name of its own for every page that runs it: an open notebook saves
        itself now and then.
    """
    sources = (_MODEL_CELL, _RUN_CELL, _INSPECT_CELL, "")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, server.notebooks / name)
    return name


FORGET_LOOKS = "from unflax_viz.widget.looks import LOOKS\nLOOKS.forget()"
"""A cell that runs again would go on with what the last test looked at."""


def show(notebook: NotebookPage, expression: str) -> InspectorView:
    """Shows a widget of ours in the cell at `EMPTY`, in place of what was there."""
    notebook.execute(FORGET_LOOKS)
    notebook.run_source(EMPTY, expression)
    cell = notebook.cell(EMPTY)
    cell.scroll_into_view_if_needed()
    return InspectorView(cell)
