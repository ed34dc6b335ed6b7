"""What does `capture_abstract` cost beside a trace that records nothing?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from penzai.deprecated.v1.toolshed import unflaxify

import unflax_viz
from benchmarks import models
from benchmarks.figures import Figure, compare_times
from benchmarks.timing import time_side_by_side

_OURS = "capture_abstract"
_PEERS = ("jax.eval_shape(apply)", "penzai unflaxify_apply")


def measure(is_quick: bool) -> list[Figure]:
    """Compares the three on up to three models."""
    n_rounds = 3 if is_quick else 9
    subjects = [models.mlp(), models.transformer(12)]
    if not is_quick:
        subjects.append(models.resnet())
    return [
        figure for subject in subjects for figure in _measure_one(subject, n_rounds)
    ]


def _measure_one(subject: models.Subject, n_rounds: int) -> list[Figure]:
    ways = {
        _OURS: subject.given_to(unflax_viz.capture_abstract),
        _PEERS[0]: _tracing(subject),
        _PEERS[1]: subject.given_to(unflaxify.unflaxify_apply),
    }
    seconds = time_side_by_side(ways, n_rounds)
    return [
        compare_times(_OURS, subject.name, peer, seconds[_OURS], seconds[peer])
        for peer in _PEERS
    ]


def _tracing(subject: models.Subject) -> Callable[[], Any]:
    """Returns a trace that JAX cannot answer from its cache: a new function a call."""
    return lambda: jax.eval_shape(lambda it: subject.apply(it), subject.variables)
