"""The desk in a real kernel: it answers during a cell, and never in its output."""

from __future__ import annotations

import os
import pathlib
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

import unflax_viz

ROOT = pathlib.Path(unflax_viz.__file__).parent.parent
SETUP = """
import sys, threading, time
import unflax_viz
from tests import example
from unflax_viz.answers.questions import question_of

# Half of what is slow in a large model: something that takes long, and that prints.
def answer_slowly(asked):
    for step in range(100):
        print("printed by the worker", flush=True)
        print("warned by the worker", file=sys.stderr, flush=True)
        asked.report(step / 100)
        time.sleep(0.02)
    asked.buffers.append(b"1234")
    return {}

vars(question_of({"kind": "array"}))["answer"] = answer_slowly
inspector = unflax_viz.inspect(example.run())
print(inspector.model_id)
"""
ARRAY = {
    "address": "first/Dense_0",
    "entry": "parameters/params/kernel",
    "side": "before",
    "index": [],
}
Message = dict[str, Any]


class Kernel:
    """A kernel, and what a front end does with one widget of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient):
        self._manager = manager
        self._client = client
        self._model_id = ""
        self._subshell_id = ""

    def execute(self, code: str) -> str:
        return self._client.execute(code)

    def interrupt(self, number: str) -> None:
        """Ends a cell that runs."""
        self._manager.interrupt_kernel()
        self.output_of(number)

    def output_of(self, number: str) -> list[Message]:
        """Reads all that is published until a cell has ended."""
        messages: list[Message] = []
        while not messages or not _is_end(messages[-1], number):
            messages.append(self._client.get_iopub_msg(timeout=30))
        return messages

    def make_widget(self) -> None:
        output = self.output_of(self.execute(SETUP))
        texts = [m["content"]["text"] for m in output if m["msg_type"] == "stream"]
        self._model_id = texts[0].strip()
        asked = self._client.session.msg("create_subshell_request", {})
        self._client.control_channel.send(asked)
        reply = self._client.get_control_msg(timeout=60)
        self._subshell_id = reply["content"]["subshell_id"]

    def send(self, number: int, kind: str, **body: Any) -> None:
        """Sends a request as JupyterLab does: with the subshell in the header."""
        request = {"id": number, "kind": kind, "body": body}
        data = {"method": "custom", "content": request}
        content = {"comm_id": self._model_id, "data": data}
        message = self._client.session.msg("comm_msg", content)
        message["header"]["subshell_id"] = self._subshell_id
        self._client.shell_channel.send(message)

    def messages_until(self, *numbers: int) -> list[Message]:
        """Reads what is published until the requests of these numbers are answered."""
        messages: list[Message] = []
        while not all(any(_is_answer(m, n) for m in messages) for n in numbers):
            messages.append(self._client.get_iopub_msg(timeout=30))
        return messages

    def rest(self) -> list[Message]:
        messages: list[Message] = []
        while True:
            try:
                messages.append(self._client.get_iopub_msg(timeout=0.3))
            except queue.Empty:
                return messages


def content_of(message: Message) -> Any:
    return message["content"].get("data", {}).get("content", {})


def _is_answer(message: Message, number: int) -> bool:
    content = content_of(message) if message["msg_type"] == "comm_msg" else {}
    return content.get("id") == number and content["kind"] != "progress"


def _is_end(message: Message, number: str) -> bool:
    is_idle = message["content"].get("execution_state") == "idle"
    return is_idle and message["parent_header"].get("msg_id") == number


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        kernel = Kernel(manager, client)
        kernel.make_widget()
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.fixture
def busy_cell(kernel: Kernel) -> Iterator[str]:
    """A cell that runs while the test does."""
    number = kernel.execute("import time\ntime.sleep(60)")
    yield number
    kernel.interrupt(number)


def answers(messages: list[Message]) -> list[tuple[int, str]]:
    contents = map(content_of, messages)
    return [(c["id"], c["kind"]) for c in contents if c and c["kind"] != "progress"]


def has_ended(messages: list[Message], cell: str) -> bool:
    return any(_is_end(message, cell) for message in messages)


@pytest.mark.slow
def test_first_and_later_requests_are_answered_while_a_cell_runs(
    kernel: Kernel, busy_cell: str
) -> None:
    kernel.send(1, "call", address="first")
    messages = kernel.messages_until(1)
    kernel.send(2, "array", **ARRAY)
    kernel.send(3, "call", address="second")
    messages += kernel.messages_until(2)
    kernel.send(4, "call", address="/")
    messages += kernel.messages_until(4)
    assert answers(messages) == [(1, "call"), (3, "call"), (2, "array"), (4, "call")]
    assert not has_ended(messages, busy_cell)
    (array,) = (m for m in messages if _is_answer(m, 2))
    assert [bytes(buffer) for buffer in array["buffers"]] == [b"1234"]
    progress = [
        c["body"]["fraction"]
        for m in messages
        if (c := content_of(m)) and c["kind"] == "progress"
    ]
    assert progress == sorted(progress)
    assert len(progress) > 3


def test_running_request_is_cancelled_while_a_cell_runs(
    kernel: Kernel, busy_cell: str
) -> None:
    kernel.send(11, "array", **ARRAY)
    kernel.send(12, "array", **ARRAY)
    time.sleep(0.3)
    kernel.send(13, "cancel", cancelled=11)
    kernel.send(14, "cancel", cancelled=12)
    messages = kernel.messages_until(11, 12, 13, 14)
    assert sorted(answers(messages)) == [
        (11, "failure"),
        (12, "failure"),
        (13, "cancel"),
        (14, "cancel"),
    ]
    contents = [content_of(m) for m in messages if answers([m])]
    assert all(c["body"]["was_waiting"] for c in contents if c["kind"] == "cancel")
    sentences = [c["body"]["message"] for c in contents if c["kind"] == "failure"]
    assert all(sentence.startswith("Cancelled: ") for sentence in sentences)
    assert not has_ended(messages, busy_cell)


@pytest.mark.slow
def test_nothing_that_the_worker_prints_is_the_output_of_a_cell(kernel: Kernel) -> None:
    kernel.send(21, "array", **ARRAY)
    cell = kernel.execute(
        "import time\nfor _ in range(10):\n    time.sleep(0.1)\n    print('own')"
    )
    messages = kernel.messages_until(21) + kernel.rest()
    printed = [m for m in messages if m["msg_type"] == "stream"]
    own = [
        m["content"]["text"]
        for m in printed
        if m["parent_header"].get("msg_id") == cell
    ]
    assert "".join(own) == "own\n" * 10
    others = [m for m in printed if m["parent_header"].get("msg_id") != cell]
    assert others
    assert not any(m["parent_header"] for m in others)
