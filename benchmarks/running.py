"""Measures `capture` beside the same `apply`, run eagerly."""

from __future__ import annotations

import unflax_viz
from benchmarks import models
from benchmarks.figures import Figure, compare_times
from benchmarks.timing import time_side_by_side

_PEER = "module.apply, eager"


def measure(is_quick: bool) -> list[Figure]:
    """Compares both on up to three models."""
    n_rounds = 3 if is_quick else 9
    subjects = [models.mlp(), models.transformer(12)]
    if not is_quick:
        subjects.append(models.resnet())
    return [_measure_one(subject, n_rounds) for subject in subjects]


def _measure_one(subject: models.Subject, n_rounds: int) -> Figure:
    capture = subject.given_to(unflax_viz.capture)
    ways = {
        "capture": lambda: models.wait_for(capture().output),
        _PEER: subject.apply_and_wait,
    }
    seconds = time_side_by_side(ways, n_rounds)
    return compare_times(
        "capture", subject.name, _PEER, seconds["capture"], seconds[_PEER]
    )
