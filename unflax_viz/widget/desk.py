"""Decides when a request is answered: at once, or in turn on a thread of its own.

What the list of questions calls quick is answered where it arrives. The rest waits for
the one worker of the widget, which reports how far it is and stops when cancelled.
"""

from __future__ import annotations

import collections
import contextlib
import contextvars
import dataclasses
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from unflax_viz.answers.asked import Buffers
from unflax_viz.answers.envelope import failure_of, number_of
from unflax_viz.answers.questions import Cost, cost_of
from unflax_viz.errors import UnflaxVizError
from unflax_viz.measure.progress import Report
from unflax_viz.protocol import CancelAnswer, Envelope, Progress

_QUIET_S = 0.2
"""How long nothing is said of a slow answer."""

_PACE_S = 0.1
"""How much time is between two messages about the same answer, at least."""

_CANCELLED = "Cancelled: this answer is not needed any more."

Send = Callable[[Envelope, Buffers], None]


class CancelledError(UnflaxVizError):
    """Nobody waits for what is being computed."""


class Answering(Protocol):
    """Who knows the answers."""

    def answer(
        self, request: Any, report: Report | None = None
    ) -> tuple[Envelope, Buffers]:
        """Answers one request; never raises."""
        ...

    def prepare(self, report: Report | None = None) -> None:
        """Computes in advance what the tree needs."""
        ...


@dataclasses.dataclass(eq=False)
class _Job:
    """A request that waits for the worker, or is being answered by it.

    Attributes:
      request: What the browser sent; None for the preparation, which has no answer.
      context: Where it arrived: what is sent or printed for it belongs there, and not
        to the cell that happens to run.
      is_cancelled: Whether nobody waits for it.
    """

    request: Any
    context: contextvars.Context = dataclasses.field(
        default_factory=contextvars.copy_context
    )
    is_cancelled: bool = False


class _Tray:
    """The jobs between the comm's threads and the worker; holds no widget."""

    def __init__(self) -> None:
        self._waiting: collections.deque[_Job] = collections.deque()
        self._running: _Job | None = None
        self._changed = threading.Condition()
        self.is_closed = False

    def put(self, job: _Job) -> None:
        with self._changed:
            self._waiting.append(job)
            self._changed.notify()

    def take(self) -> _Job | None:
        """Waits for the next job; None means that the widget is closed."""
        with self._changed:
            self._running = None
            self._changed.wait_for(lambda: self._waiting or self.is_closed)
            if self.is_closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def cancel(self, number: int) -> tuple[list[_Job], bool]:
        """Takes out the jobs of that number, and marks the running one.

        Returns:
          Those taken out, and whether one is running that will be answered later.
        """
        with self._changed:
            dropped = [job for job in self._waiting if _is_of(job, number)]
            for job in dropped:
                self._waiting.remove(job)
            running = self._running
            if running is None or not _is_of(running, number):
                return dropped, False
            running.is_cancelled = True
            return dropped, True

    def close(self) -> None:
        with self._changed:
            self.is_closed = True
            self._waiting.clear()
            if self._running is not None:
                self._running.is_cancelled = True
            self._changed.notify_all()


class Desk:
    """Takes the requests of one widget to the clerk, and its answers back.

    The worker begins with the first request that needs it. It holds nothing while it
    waits, and ends when the desk is closed or collected.
    """

    def __init__(
        self,
        clerk: Answering,
        send: Send,
        prepared: Callable[[], None] = lambda: None,
    ):
        """Takes who knows the answers, and what sends them.

        Args:
          clerk: Who knows the answers.
          send: Called with each message and its buffers, also from the worker; must
            not hold the widget.
          prepared: Called by the worker when the preparation is done; must not hold
            the widget either.
        """
        self._clerk = clerk
        self._send = send
        self._prepared = prepared
        self._tray = _Tray()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._is_prepared = False

    def take(self, request: Any) -> None:
        """Answers one request, at once or later, with exactly one answer.

        Args:
          request: What the browser sent; anything at all.
        """
        if self._tray.is_closed:
            return
        if cost_of(request) is not Cost.QUICK:
            self._put(_Job(request))
            return
        was_waiting = self._cancel(request) if _is_cancel(request) else False
        answer, buffers = self._clerk.answer(request)
        if was_waiting:
            answer["body"] = CancelAnswer(was_waiting=True)
        self._deliver(answer, buffers)

    def prepare(self) -> None:
        """Lets the worker compute in advance what the tree needs."""
        if not self._is_prepared and not self._tray.is_closed:
            self._is_prepared = True
            self._put(_Job(None, contextvars.Context()))

    def close(self) -> None:
        """Ends the worker; what still waits gets no answer: nobody would hear it."""
        self._tray.close()

    def _put(self, job: _Job) -> None:
        self._tray.put(job)
        with self._lock:
            if self._worker is None:
                self._worker = _start_worker(self)

    def _cancel(self, request: dict[str, Any]) -> bool:
        dropped, was_running = self._tray.cancel(request["body"]["cancelled"])
        for job in dropped:
            self._deliver(failure_of(number_of(job.request), _CANCELLED), [])
        return bool(dropped) or was_running

    def work(self, job: _Job) -> None:
        """Answers one job; called by the worker."""
        if job.request is None:
            self._clerk_prepares(job)
            return
        report = _report_of(job, self._send)
        answer, buffers = self._clerk.answer(job.request, report)
        if job.is_cancelled:
            answer, buffers = failure_of(number_of(job.request), _CANCELLED), []
        if not self._tray.is_closed:
            self._deliver(answer, buffers)

    def _clerk_prepares(self, job: _Job) -> None:
        # What fails here fails again, and is answered, when somebody searches.
        with contextlib.suppress(Exception):
            self._clerk.prepare(_report_of(job, lambda message, buffers: None))
            self._prepared()

    def _deliver(self, answer: Envelope, buffers: Buffers) -> None:
        """Sends an answer, or a failure in its place where it cannot be sent."""
        try:
            self._send(answer, buffers)
        except Exception as error:
            sentence = f"The answer could not be sent: {type(error).__name__}."
            self._send(failure_of(answer["id"], sentence), [])


def _start_worker(desk: Desk) -> threading.Thread:
    worker = threading.Thread(
        target=_work_through,
        args=(desk._tray, weakref.ref(desk)),
        name="unflax_viz desk",
        daemon=True,
    )
    worker.start()
    weakref.finalize(desk, _end, desk._tray, worker)
    return worker


def _work_through(tray: _Tray, reference: weakref.ref[Desk]) -> None:
    while (job := tray.take()) is not None:
        desk = reference()
        if desk is not None:
            job.context.run(_work_apart, desk, job)
        # Held any longer, the run would be kept while nothing is to be done.
        del desk, job


def _work_apart(desk: Desk, job: _Job) -> None:
    """Works on a job, and keeps what it may print out of the cell that runs.

    A thread of its own has no cell, so ipykernel takes the latest one; a message
    without a parent is shown by no notebook.
    """
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    tokens = [
        (stream, stream.set_thread_parent({}))
        for stream in streams
        if hasattr(stream, "set_thread_parent")
    ]
    try:
        # What is raised here is a comm that does not take even a failure.
        with contextlib.suppress(Exception):
            desk.work(job)
    finally:
        for stream, token in tokens:
            stream.reset_thread_parent(token)


def _end(tray: _Tray, worker: threading.Thread) -> None:
    """Ends a worker; at the end of Python too, which must not find it computing."""
    tray.close()
    if worker is not threading.current_thread():
        worker.join(timeout=1)


def _report_of(job: _Job, send: Send) -> Report:
    """Returns what is called while a job is done: it tells, and stops it."""
    began = time.monotonic()
    last_told = began + _QUIET_S - _PACE_S
    number = number_of(job.request)

    def report(fraction: float) -> None:
        nonlocal last_told
        if job.is_cancelled:
            raise CancelledError(_CANCELLED)
        now = time.monotonic()
        if now - last_told >= _PACE_S:
            last_told = now
            done = min(max(float(fraction), 0.0), 1.0)
            body = Progress(fraction=done)
            send(Envelope(id=number, kind="progress", body=body), [])

    return report


def _is_cancel(request: Any) -> bool:
    return (
        isinstance(request, dict)
        and request.get("kind") == "cancel"
        and isinstance(body := request.get("body"), dict)
        and type(body.get("cancelled")) is int
    )


def _is_of(job: _Job, number: int) -> bool:
    return job.request is not None and number_of(job.request) == number
