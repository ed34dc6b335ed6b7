"""Measures the cost of the extension while nothing is being recorded.

Before and after an import cannot take turns in one process, so there is a process for
each state, and one more in the first state: how far those two differ is the noise.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys

from benchmarks.figures import Figure, compare_times
from benchmarks.timing import rotated

_PEER = "unflax_viz never imported"
_STATES = {
    "the same state twice": "absent",
    "after %load_ext": "loaded",
    "after a recording": "recorded",
}
_WAYS = ("apply, eager", "jax.eval_shape(apply)")

Seconds = dict[str, list[tuple[float, float]]]


def measure(is_quick: bool) -> list[Figure]:
    """Compares plain Flax in every state with a process that knows nothing of us."""
    states = {_PEER: "absent", **_STATES}
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(_Worker(state)) for name, state in states.items()
        }
        seconds = _ask_in_turn(workers, 10 if is_quick else 40)
    return [
        compare_times(
            f"{way}, idle",
            name,
            _PEER,
            [both[index] for both in seconds[name]],
            [both[index] for both in seconds[_PEER]],
        )
        for index, way in enumerate(_WAYS)
        for name in _STATES
    ]


class _Worker:
    """One process of `idle_worker`."""

    def __init__(self, state: str):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.idle_worker", state],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> _Worker:
        self.ask()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()

    def ask(self) -> tuple[float, float]:
        """Returns the seconds of an eager `apply` and of a trace."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        apply_s, trace_s = map(float, self._process.stdout.readline().split())
        return apply_s, trace_s


def _ask_in_turn(workers: dict[str, _Worker], n_rounds: int) -> Seconds:
    seconds: Seconds = {name: [] for name in workers}
    for index in range(n_rounds):
        for name in rotated(list(workers), index):
            seconds[name].append(workers[name].ask())
    return seconds
