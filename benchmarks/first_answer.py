"""Measures the time and the bytes of the first picture of a run.

Ours is the inspector's opening: header, root, the first calls and the root's panel.
The peer renders what Penzai's unflaxify captured of the same model, as a notebook
shows it; that is the whole tree, folded. Neither counts the capture.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import statistics
import sys
from collections.abc import Iterator
from typing import Any

import treescope
from penzai.deprecated.v1.toolshed import unflaxify

import unflax_viz
from benchmarks import made_runs, models
from benchmarks.figures import Figure, compare_sizes, compare_times
from benchmarks.timing import time_side_by_side
from unflax_viz.answers.clerk import Clerk

_TASK = "first answer"
_PEER = "treescope of penzai's"
_RECURSION_LIMIT = 20_000
"""What treescope needs for the deeper of these trees."""


def measure(is_quick: bool) -> list[Figure]:
    """Compares both up to 1,000 calls; more are left to us alone."""
    subjects = [models.transformer(12)]
    if not is_quick:
        subjects += [models.transformer(96), models.tower(10), models.wide(1_000)]
    figures = [figure for it in subjects for figure in _measure_with_peer(it)]
    if not is_quick:
        figures += _measure_alone(models.wide(10_000))
        figures += _measure_alone(models.tower(1_000, has_values=False))
        figures += _measure_million()
    return figures


def _measure_with_peer(subject: models.Subject) -> list[Figure]:
    run, peers = subject.run, subject.given_to(unflaxify.unflaxify_apply)()
    pages: list[str] = []
    ways = {
        "ours": lambda: opening_of(run),
        _PEER: lambda: pages.append(treescope.render_to_html(peers)),
    }
    with _recursion_room():
        seconds = time_side_by_side(
            ways, n_rounds=5, limit_s=10, warm_up=subject is models.transformer(12)
        )
    return [
        compare_times(_TASK, subject.name, _PEER, seconds["ours"], seconds[_PEER]),
        *_sizes(subject, _PEER, len(pages[-1].encode())),
    ]


def _measure_alone(subject: models.Subject) -> list[Figure]:
    run = subject.run
    ours_s = time_side_by_side({"": lambda: opening_of(run)}, 3, warm_up=False)[""]
    median_s = statistics.median(ours_s)
    figure = Figure(_TASK, subject.name, "s", median_s, n_rounds=len(ours_s))
    return [figure, *_sizes(subject)]


def _measure_million() -> list[Figure]:
    run, name, n_rounds = made_runs.tower(10_000), "tower, 1,000,001 calls", 3
    ours_s = time_side_by_side({"": lambda: opening_of(run)}, n_rounds, warm_up=False)
    return [
        Figure(_TASK, name, "s", statistics.median(ours_s[""]), n_rounds=n_rounds),
        compare_sizes(_TASK, name, len(opening_of(run))),
    ]


def _sizes(
    subject: models.Subject, peer: str = "", peers_bytes: int = 0
) -> list[Figure]:
    opening, everything = len(opening_of(subject.run)), _output_bytes(subject.run)
    return [
        compare_sizes(_TASK, subject.name, opening, peer, peers_bytes),
        compare_sizes("whole cell output", subject.name, everything, peer, peers_bytes),
    ]


def opening_of(run: unflax_viz.FlaxRun) -> bytes:
    """Returns the opening as it is sent, of a copy on which nothing is cached yet."""
    return json.dumps(Clerk(dataclasses.replace(run)).opening()).encode()


def _output_bytes(run: unflax_viz.FlaxRun) -> int:
    """Counts all that a cell's output holds: state, script, and readable HTML."""
    inspector = unflax_viz.inspect(run)
    bundle: Any = inspector._repr_mimebundle_()
    state = json.dumps(inspector.get_state(), default=str)
    inspector.close()
    return len(state.encode()) + len(json.dumps(bundle[0]).encode())


@contextlib.contextmanager
def _recursion_room() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_RECURSION_LIMIT)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
