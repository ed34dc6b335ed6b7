"""The magics, in real Jupyter kernels."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import signal
import time
import unittest.mock
from collections.abc import Iterator
from typing import Any

import nbclient.exceptions
import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import unflax_viz
from tests.small_model import HEADER, MODEL, SHOWN

ROOT = pathlib.Path(unflax_viz.__file__).parent.parent


@dataclasses.dataclass
class Ran:
    """What one execute request brought.

    Attributes:
      status: `ok` or `error`, as the reply says.
      outputs: Type and content of every output, in order.
    """

    status: str
    outputs: list[tuple[str, dict[str, Any]]]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.outputs]

    def texts(self) -> str:
        """Joins what was shown; a kernel may send one print in several pieces."""
        parts: list[str] = []
        last = ""
        for kind, content in self.outputs:
            if kind in {"execute_result", "display_data"}:
                parts.append(content["data"].get("text/plain", ""))
            elif kind == last == "stream":
                parts[-1] += content["text"]
            else:
                parts.append(content.get("text", "") + content.get("evalue", ""))
            last = kind
        return "\n".join(parts)


class Kernel:
    """A started kernel, and the one conversation with it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str, interrupt_at: str = "", cell_id: str = "") -> Ran:
        """Runs a cell; interrupts it once it has printed `interrupt_at`."""
        outputs: list[tuple[str, dict[str, Any]]] = []

        def take(message: dict[str, Any]) -> None:
            kind, content = message["header"]["msg_type"], message["content"]
            if kind in {"execute_result", "display_data", "error", "stream"}:
                outputs.append((kind, content))
            if interrupt_at and interrupt_at in content.get("text", ""):
                time.sleep(0.3)
                os.kill(self.manager.provisioner.pid, signal.SIGINT)  # pyright: ignore

        message = functools.partial(
            self.client.session.msg, metadata={"cellId": cell_id} if cell_id else {}
        )
        with unittest.mock.patch.object(self.client.session, "msg", message):
            reply = self.client.execute_interactive(
                code, output_hook=take, timeout=120, allow_stdin=False
            )
        return Ran(reply["content"]["status"], outputs)


def kernel_manager() -> KernelManager:
    """A kernel of the Python that runs the tests, whatever kernels are installed."""
    manager = KernelManager(kernel_name="python3")
    assert manager.kernel_spec is not None
    return manager


def kernel_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager = kernel_manager()
    manager.start_kernel(env=kernel_environment())
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        kernel = Kernel(manager, client)
        ran = kernel.run("%load_ext unflax_viz\n%colors nocolor\n" + MODEL)
        assert ran.status == "ok", ran
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.slow
def test_kernel_shows_the_result_and_then_the_inspector(kernel: Kernel) -> None:
    ran = kernel.run("%%unflax\nnet.apply(variables, x).shape")
    assert ran.status == "ok"
    assert ran.kinds() == ["execute_result", "display_data"]
    assert ran.outputs[0][1]["data"]["text/plain"] == "(1, 2)"
    shown = ran.outputs[1][1]["data"]
    assert WIDGET in shown
    assert "Dense_0" in shown["text/html"]
    assert shown["text/plain"] == SHOWN.rstrip()
    assert kernel.run("_").outputs[0][1]["data"]["text/plain"] == "(1, 2)"


def test_kernel_awaits_at_the_top_of_a_recorded_cell(kernel: Kernel) -> None:
    ran = kernel.run(
        "%%unflax -o run\nimport asyncio\nawait asyncio.sleep(0)\n"
        "y = net.apply(variables, x)\nawait asyncio.sleep(0, result=y.shape)"
    )
    assert ran.status == "ok"
    assert ran.kinds() == ["execute_result", "display_data"]
    assert ran.outputs[0][1]["data"]["text/plain"] == "(1, 2)"
    assert kernel.run("print(len(run.calls()))").texts() == "3\n"


def test_kernel_shows_several_runs_in_tabs_the_last_in_front(kernel: Kernel) -> None:
    ran = kernel.run("%%unflax\nv = net.init(jax.random.key(1), x)\nnet.apply(v, x);")
    data = ran.outputs[-1][1]["data"]
    assert data["text/plain"].startswith(f"{HEADER}  4 draws, 4 different keys\n")
    assert data["text/plain"].endswith("\n\n" + SHOWN.rstrip())
    assert data["text/html"].count("Dense_1") >= 2
    model_id = data[WIDGET]["model_id"]
    said = kernel.run(
        "from ipywidgets.widgets.widget import _instances\n"
        f"tab = _instances['{model_id}']\n"
        "print(type(tab).__name__, tab.titles, tab.selected_index)"
    )
    assert said.texts() == "Tab ('1. Net.init', '2. Net.__call__') 1\n"


def test_kernel_reports_the_error_and_then_shows_the_partial_run(
    kernel: Kernel,
) -> None:
    ran = kernel.run("%%unflax -o run\n\nnet.apply(variables, x, fail=True)")
    assert ran.status == "error"
    assert ran.kinds() == ["error", "display_data"]
    error = ran.outputs[0][1]
    assert (error["ename"], error["evalue"]) == ("ValueError", "no good")
    traceback = "\n".join(error["traceback"])
    assert "----> 3 net.apply(variables, x, fail=True)" in traceback
    assert "unflax_viz/" not in traceback
    assert kernel.run("print(run.error)").texts() == "ValueError: no good\n"


@pytest.mark.parametrize(
    "wait",
    [
        "import time; time.sleep(60)",
        # The kernel sees an interrupt when the loop wakes up.
        "import asyncio\nfor _i in range(600): await asyncio.sleep(0.1)",
    ],
)
def test_kernel_interrupt_ends_the_recording(kernel: Kernel, wait: str) -> None:
    ran = kernel.run(
        "%%unflax -o run\nnet.apply(variables, x)\nprint('now', flush=True)\n" + wait,
        interrupt_at="now",
    )
    assert ran.status == "error"
    assert ran.kinds() == ["stream", "error", "display_data"]
    said = kernel.run(
        "from unflax_viz.capture.linen import watch\n"
        "print(type(run).__name__, watch.is_patched())"
    )
    assert said.texts() == "FlaxRun False\n"


def test_cell_that_runs_again_frees_what_it_showed(kernel: Kernel) -> None:
    count = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances))"
    numbers: list[int] = []
    for _ in range(3):
        kernel.run("%%unflax\nnet.apply(variables, x);", cell_id="cell-1")
        numbers.append(int(kernel.run(count).texts()))
    assert numbers[0] == numbers[1] == numbers[2]


@pytest.mark.parametrize(
    "code",
    [
        "%%unflax\nnet.apply(variables, x);",
        "import unflax_viz\nunflax_viz.capture(net, variables, x)",
    ],
)
def test_cell_that_runs_again_shows_what_was_looked_at(
    kernel: Kernel, code: str
) -> None:
    newest = (
        "from ipywidgets.widgets.widget import _instances\n"
        "view = [it for it in _instances.values() if hasattr(it, 'lens')][-1]\n"
    )
    kernel.run(code, cell_id="cell-10")
    kernel.run(f"{newest}view.selected, view.height_px = 'Dense_0', 711")
    kernel.run(code, cell_id="cell-10")
    said = kernel.run(f"{newest}print(view.selected, view.height_px)")
    assert said.texts() == "Dense_0 711\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "unflax_viz.capture(net, variables, x)",
        "kept",
        "display(kept)\nkept",
        "unflax_viz.inspect(kept)",
        "view = unflax_viz.inspect(kept, selected='Dense_0')\nview",
        "unflax_viz.ParameterPanel(kept, 'Dense_0/kernel')",
    ],
)
def test_plain_cell_that_runs_again_does_not_pile_up_widgets(
    kernel: Kernel, code: str
) -> None:
    kernel.run("import unflax_viz\nkept = unflax_viz.capture(net, variables, x)")
    count = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances))"
    before = int(kernel.run(count).texts())
    for _ in range(3):
        ran = kernel.run(code, cell_id="cell-2")
        assert WIDGET in ran.outputs[-1][1]["data"]
    # An inspector and its layout.
    assert int(kernel.run(count).texts()) <= before + 2


def test_run_that_another_cell_shows_is_kept_open(kernel: Kernel) -> None:
    kernel.run("import unflax_viz\nkept = unflax_viz.capture(net, variables, x)")
    shown = kernel.run("kept", cell_id="cell-3").outputs[0][1]["data"][WIDGET]
    assert kernel.run("kept", cell_id="cell-4").outputs[0][1]["data"][WIDGET] == shown
    is_open = (
        "from ipywidgets.widgets.widget import _instances\n"
        f"print('{shown['model_id']}' in _instances)"
    )
    again = "unflax_viz.capture(net, variables, x)"
    kernel.run(again, cell_id="cell-3")
    assert kernel.run(is_open).texts() == "True\n"
    kernel.run(again, cell_id="cell-4")
    assert kernel.run(is_open).texts() == "False\n"


def test_widget_that_another_cell_made_is_kept_open(kernel: Kernel) -> None:
    kernel.run("import unflax_viz\nkept = unflax_viz.capture(net, variables, x)")
    is_open = "print(view.comm is not None)"
    kernel.run("view = first = unflax_viz.inspect(kept)", cell_id="cell-6")
    kernel.run("view", cell_id="cell-7")
    kernel.run("kept", cell_id="cell-7")
    assert kernel.run(is_open).texts() == "True\n"
    kernel.run("view", cell_id="cell-7")
    kernel.run("view = unflax_viz.inspect(kept)", cell_id="cell-6")
    assert kernel.run("print(first.comm is not None)").texts() == "True\n"
    kernel.run("view", cell_id="cell-7")
    assert kernel.run("print(first.comm is not None)").texts() == "False\n"
    assert kernel.run(is_open).texts() == "True\n"


def test_widget_in_a_box_is_kept_open(kernel: Kernel) -> None:
    kernel.run("import unflax_viz\nkept = unflax_viz.capture(net, variables, x)")
    make = "import ipywidgets\nbox = ipywidgets.HBox([unflax_viz.inspect(kept)])"
    kernel.run(f"{make}\nfirst = box.children[0]", cell_id="cell-8")
    kernel.run("box", cell_id="cell-9")
    kernel.run("unflax_viz.inspect(kept)", cell_id="cell-8")
    assert kernel.run("print(first.comm is not None)").texts() == "True\n"


def test_run_that_is_also_shown_outside_a_cell_is_kept_open(kernel: Kernel) -> None:
    kernel.run("import unflax_viz\nkept = unflax_viz.capture(net, variables, x)")
    shown = kernel.run("kept", cell_id="cell-5").outputs[0][1]["data"][WIDGET]
    kernel.run("kept")
    kernel.run("unflax_viz.capture(net, variables, x)", cell_id="cell-5")
    assert kernel.run("kept").outputs[0][1]["data"][WIDGET] == shown


@pytest.mark.slow
@pytest.mark.parametrize("magic", ["# plain", "%%unflax"])
def test_run_all_stops_at_a_failing_cell(
    magic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = ["%load_ext unflax_viz", f"{magic}\n1 / 0", "print('went on')"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert caught.value.ename == "ZeroDivisionError"
    assert notebook.cells[1].outputs[-1].output_type == "error"
    assert notebook.cells[2].outputs == []
