"""Times several ways of doing the same, beside one another.

Each round times every way once, and the next round begins with another one. What the
machine does meanwhile then falls on all of them, and cancels in a round's ratio. Times
are CPU seconds of this process, threads included, so that waiting for a core that other
work has does not count.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

_MIN_ROUND_S = 0.05
"""A way that is quicker than this is called several times a round."""

Ways = Mapping[str, Callable[[], Any]]


def time_side_by_side(
    ways: Ways, n_rounds: int, limit_s: float = math.inf, *, warm_up: bool = True
) -> dict[str, list[float]]:
    """Times each way once a round, in an order that rotates.

    Args:
      ways: The functions by name; each returns when its work is done.
      n_rounds: Rounds, at least 1.
      limit_s: No further round begins after so many seconds; one is always made.
      warm_up: Whether every way is first called once without being timed.

    Returns:
      CPU seconds of one call, by name, one for each round.
    """
    n_calls = dict.fromkeys(ways, 1)
    if warm_up:
        for name, way in ways.items():
            way()
            n_calls[name] = math.ceil(_MIN_ROUND_S / max(seconds_of(way), 1e-6))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    start_s = time.perf_counter()
    for index in range(n_rounds):
        if index and time.perf_counter() - start_s > limit_s:
            break
        for name in rotated(list(ways), index):
            gc.collect()
            seconds[name].append(seconds_of(ways[name], n_calls[name]))
    return seconds


def rotated(names: list[str], index: int) -> list[str]:
    """Returns the names in the order of round `index`, counted from 0."""
    first = index % len(names)
    return names[first:] + names[:first]


def seconds_of(way: Callable[[], Any], n_calls: int = 1) -> float:
    """Returns the CPU seconds of one call, the mean of `n_calls` in a row."""
    start_s = time.process_time()
    for _ in range(n_calls):
        way()
    return (time.process_time() - start_s) / n_calls
