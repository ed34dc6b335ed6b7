"""Large arrays: no second array of their size, threads that end, a reader who stops."""

from __future__ import annotations

import concurrent.futures
import itertools
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from unflax_viz.measure import chunks, difference_of, histogram_of, statistics_of
from unflax_viz.measure.progress import Report

CHUNKS_PER_TASK = 8
N_ELEMENTS = 3 * CHUNKS_PER_TASK * chunks.CHUNK_SIZE
SUMMARIES: dict[str, Callable[..., Any]] = {
    "statistics": statistics_of,
    "histogram": histogram_of,
    "difference": lambda array, report=None: statistics_of(
        difference_of(array, array[::-1]), report
    ),
}


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    """An array that is shared out among threads, where there are several cores."""
    return np.random.default_rng(0).normal(size=N_ELEMENTS).astype(np.float32)


@pytest.fixture
def _two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_n_cores", lambda: 2)
    monkeypatch.setattr(chunks, "CHUNKS_PER_TASK", CHUNKS_PER_TASK)


@pytest.mark.parametrize("name", SUMMARIES)
@pytest.mark.usefixtures("_two_threads")
def test_no_second_array_of_the_size_is_made(name: str, large: np.ndarray) -> None:
    tracemalloc.start()
    SUMMARIES[name](large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large.nbytes


@pytest.mark.parametrize("name", SUMMARIES)
@pytest.mark.usefixtures("_two_threads")
def test_threads_are_gone_and_the_report_is_told_by_the_caller(
    name: str, large: np.ndarray
) -> None:
    n_threads, tellers, fractions = threading.active_count(), set[int](), []

    def report(fraction: float) -> None:
        tellers.add(threading.get_ident())
        fractions.append(fraction)

    SUMMARIES[name](large, report=report)
    assert tellers == {threading.get_ident()}
    assert fractions == sorted(fractions)
    assert (fractions[0], len(fractions) >= 3) == (0.0, True)
    assert threading.active_count() == n_threads


@pytest.mark.parametrize("name", SUMMARIES)
@pytest.mark.usefixtures("_two_threads")
def test_who_stops_waiting_stops_the_threads(name: str, large: np.ndarray) -> None:
    n_threads, reads = threading.active_count(), list[int]()
    numbers = itertools.count(1)
    read, has_stopped = chunks.chunks_of, threading.Event()

    class Pool(concurrent.futures.ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            has_stopped.set()
            super().shutdown(wait=wait)

    def count_reads(*args: Any) -> Any:
        # Its own number: another thread may have counted on when this one looks.
        number = next(numbers)
        reads.append(number)
        # Whichever thread the machine favours, none runs ahead of the reader.
        assert number <= 2 or has_stopped.wait(60)
        return read(*args)

    def stop(fraction: float) -> None:
        raise KeyboardInterrupt(fraction)

    many = np.broadcast_to(large, (8, N_ELEMENTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "chunks_of", count_reads)
        patch.setattr(concurrent.futures, "ThreadPoolExecutor", Pool)
        with pytest.raises(KeyboardInterrupt):
            SUMMARIES[name](many, report=_after_a_while(stop))
    assert len(reads) <= 4
    assert threading.active_count() == n_threads


def _after_a_while(stop: Report) -> Report:
    told: list[float] = []

    def report(fraction: float) -> None:
        told.append(fraction)
        if len(told) > 2:
            stop(fraction)

    return report


def test_a_small_array_starts_no_thread(
    monkeypatch: pytest.MonkeyPatch, large: np.ndarray
) -> None:
    monkeypatch.setattr(threading.Thread, "start", None)
    statistics_of(large[: chunks.CHUNK_SIZE])
    histogram_of(large[:100])
