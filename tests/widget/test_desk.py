"""The desk: one answer each, slow ones apart, cancelled ones soon, no thread left."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from unflax_viz.widget.desk import CancelledError, Desk

WAIT_S = 20


class FakeClerk:
    """Answers "call" at once, and "array" when it is let; notes on which thread."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun = threading.Event()
        self.threads: dict[Any, str] = {}
        self.n_prepared = 0

    def prepare(self, report: Any = None) -> None:
        self.n_prepared += 1
        self._go_on(report)

    def answer(self, request: Any, report: Any = None) -> Any:
        number = request["id"]
        self.threads[number] = threading.current_thread().name
        if request["kind"] == "cancel":
            return {"kind": "cancel", "id": number, "body": {"was_waiting": False}}, []
        if request["kind"] == "array":
            try:
                self._go_on(report)
            except CancelledError as error:
                body = {"message": str(error)}
                return {"kind": "failure", "id": number, "body": body}, []
        return {"kind": request["kind"], "id": number, "body": {}}, [b"x"]

    def _go_on(self, report: Any) -> None:
        self.begun.set()
        while not self.may_end.wait(0.005):
            report(0.5)


class Sent(list[Any]):
    """What was sent, and a way to wait for it."""

    def send(self, message: Any, buffers: Any) -> None:
        self.append(message)

    def of(self, number: int) -> list[Any]:
        return [message for message in list(self) if message["id"] == number]

    def answers(self) -> list[Any]:
        return [message for message in list(self) if message["kind"] != "progress"]


def wait_until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def clerk() -> Iterator[FakeClerk]:
    clerk = FakeClerk()
    yield clerk
    clerk.may_end.set()


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def desk(clerk: FakeClerk, sent: Sent) -> Iterator[Desk]:
    desk = Desk(clerk, sent.send)
    yield desk
    desk.close()


def cancel_request(number: int, cancelled: Any) -> dict[str, Any]:
    return {"kind": "cancel", "id": number, "body": {"cancelled": cancelled}}


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "unflax_viz desk"]


def test_fast_request_overtakes_a_slow_one(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    desk.take({"kind": "array", "id": 1, "body": {}})
    clerk.begun.wait(WAIT_S)
    desk.take({"kind": "call", "id": 2, "body": {}})
    assert [answer["id"] for answer in sent.answers()] == [2]
    clerk.may_end.set()
    wait_until(lambda: sent.of(1))
    assert clerk.threads[2] == threading.current_thread().name
    assert clerk.threads[1] == "unflax_viz desk"


def test_slow_requests_are_answered_in_turn_by_one_worker(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    clerk.may_end.set()
    for number in range(5):
        desk.take({"kind": "array", "id": number, "body": {}})
    wait_until(lambda: len(sent.answers()) == 5)
    assert [answer["id"] for answer in sent.answers()] == [0, 1, 2, 3, 4]
    assert set(clerk.threads.values()) == {"unflax_viz desk"}


def test_fast_requests_need_no_worker(desk: Desk, sent: Sent) -> None:
    before = workers()
    desk.take({"kind": "call", "id": 1, "body": {}})
    assert sent.answers() == [{"kind": "call", "id": 1, "body": {}}]
    assert workers() == before


def test_cancelled_request_ends_with_a_failure(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    desk.take({"kind": "array", "id": 1, "body": {}})
    clerk.begun.wait(WAIT_S)
    desk.take(cancel_request(2, 1))
    assert sent.of(2) == [{"kind": "cancel", "id": 2, "body": {"was_waiting": True}}]
    wait_until(lambda: [a for a in sent.answers() if a["id"] == 1])
    (answer,) = (a for a in sent.answers() if a["id"] == 1)
    assert answer["kind"] == "failure"
    assert answer["body"]["message"].startswith("Cancelled: ")


def test_cancelled_request_that_waits_is_never_begun(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    desk.take({"kind": "array", "id": 1, "body": {}})
    clerk.begun.wait(WAIT_S)
    desk.take({"kind": "array", "id": 2, "body": {}})
    desk.take(cancel_request(3, 2))
    assert [(a["id"], a["kind"]) for a in sent.answers()] == [
        (2, "failure"),
        (3, "cancel"),
    ]
    assert sent.of(3)[0]["body"]["was_waiting"]
    clerk.may_end.set()
    wait_until(lambda: len(sent.answers()) == 3)
    desk.take({"kind": "array", "id": 4, "body": {}})
    wait_until(lambda: len(sent.answers()) == 4)
    assert 2 not in clerk.threads


@pytest.mark.parametrize("cancelled", [1, -7, 2**80, None, True, "1", [1], {}])
def test_nothing_waits_under_any_other_number(
    desk: Desk, sent: Sent, cancelled: Any
) -> None:
    desk.take(cancel_request(3, cancelled))
    assert sent == [{"kind": "cancel", "id": 3, "body": {"was_waiting": False}}]


def test_progress_is_told_late_and_seldom(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    began = time.monotonic()
    desk.take({"kind": "array", "id": 1, "body": {}})
    wait_until(lambda: sent)
    assert time.monotonic() - began >= 0.2
    assert sent[0] == {"kind": "progress", "id": 1, "body": {"fraction": 0.5}}
    time.sleep(0.5)
    clerk.may_end.set()
    wait_until(lambda: sent.answers())
    assert 2 <= len(sent.of(1)) - 1 <= (time.monotonic() - began - 0.2) / 0.1 + 1
    assert sent[-1]["kind"] == "array"


def test_preparation_is_done_once_and_not_answered(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    clerk.may_end.set()
    desk.prepare()
    desk.prepare()
    desk.take({"kind": "array", "id": 1, "body": {}})
    wait_until(lambda: sent.answers())
    assert clerk.n_prepared == 1
    assert [message["id"] for message in sent] == [1]


def test_closed_desk_stops_what_runs_and_says_nothing(
    desk: Desk, clerk: FakeClerk, sent: Sent
) -> None:
    before = set(workers())
    desk.take({"kind": "array", "id": 1, "body": {}})
    desk.take({"kind": "array", "id": 2, "body": {}})
    clerk.begun.wait(WAIT_S)
    (worker,) = set(workers()) - before
    desk.close()
    worker.join(WAIT_S)
    assert not worker.is_alive()
    desk.take({"kind": "call", "id": 3, "body": {}})
    assert sent.answers() == []


def test_forgotten_desk_ends_its_worker(clerk: FakeClerk, sent: Sent) -> None:
    clerk.may_end.set()
    before = set(workers())
    desk = Desk(clerk, sent.send)
    desk.take({"kind": "array", "id": 1, "body": {}})
    wait_until(lambda: sent.answers())
    (worker,) = set(workers()) - before
    reference = weakref.ref(desk)
    del desk
    gc.collect()
    wait_until(lambda: reference() is None)
    worker.join(WAIT_S)
    assert not worker.is_alive()


def test_answer_that_cannot_be_sent_is_a_failure(clerk: FakeClerk) -> None:
    sent: list[Any] = []

    def send(message: Any, buffers: Any) -> None:
        if message["kind"] != "failure":
            raise ValueError("not JSON")
        sent.append(message)

    desk = Desk(clerk, send)
    desk.take({"kind": "call", "id": 1, "body": {}})
    message = "The answer could not be sent: ValueError."
    assert sent == [{"kind": "failure", "id": 1, "body": {"message": message}}]


def test_worker_goes_on_after_a_comm_that_failed(clerk: FakeClerk) -> None:
    clerk.may_end.set()
    tried: list[int] = []

    def send(message: Any, buffers: Any) -> None:
        tried.append(message["id"])
        raise OSError("closed")

    desk = Desk(clerk, send)
    desk.take({"kind": "array", "id": 1, "body": {}})
    desk.take({"kind": "array", "id": 2, "body": {}})
    wait_until(lambda: tried == [1, 1, 2, 2])
    desk.close()
