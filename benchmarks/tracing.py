"""Measures `capture_abstract` beside a trace that records nothing.

Memory is what Python allocates (`tracemalloc`): JAX's own in C++ is not in it, nor what
importing took. The peak is reached while JAX's trace and our record are both there.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import jax
from penzai.deprecated.v1.toolshed import unflaxify

import unflax_viz
from benchmarks import llama, models
from benchmarks.figures import Figure, compare_sizes, compare_times
from benchmarks.timing import time_side_by_side

_OURS = "capture_abstract"
_TRACING = "jax.eval_shape(apply)"
_PENZAIS = "penzai unflaxify_apply"
_LIMIT_S = 120
"""No further round of a big model begins after this."""


def measure(is_quick: bool) -> list[Figure]:
    """Compares all three on up to three models, and two of them on bigger ones."""
    n_rounds = 3 if is_quick else 9
    subjects = [models.mlp(), models.transformer(12)]
    if not is_quick:
        subjects.append(models.resnet())
    figures = [it for subject in subjects for it in _measure_one(subject, n_rounds)]
    if not is_quick:
        big = llama.llama_405b()
        figures += _measure_big(models.transformer(96), n_rounds=9)
        figures += [*_measure_big(big, n_rounds=9), *_measure_memory(big)]
        figures += _measure_big(models.tower(1_000, has_values=False), n_rounds=3)
    return figures


def _measure_one(subject: models.Subject, n_rounds: int) -> list[Figure]:
    ways = {
        _OURS: subject.given_to(unflax_viz.capture_abstract),
        _TRACING: _tracing(subject),
        _PENZAIS: subject.given_to(unflaxify.unflaxify_apply),
    }
    seconds = time_side_by_side(ways, n_rounds)
    return [
        compare_times(_OURS, subject.name, peer, seconds[_OURS], seconds[peer])
        for peer in (_TRACING, _PENZAIS)
    ]


def _measure_big(subject: models.Subject, n_rounds: int) -> list[Figure]:
    ways = {
        _OURS: subject.given_to(unflax_viz.capture_abstract),
        _TRACING: _tracing(subject),
    }
    seconds = time_side_by_side(ways, n_rounds, _LIMIT_S, warm_up=False)
    ours_s, peers_s = seconds[_OURS], seconds[_TRACING]
    return [compare_times(_OURS, subject.name, _TRACING, ours_s, peers_s)]


def _measure_memory(subject: models.Subject) -> list[Figure]:
    peak, kept = _bytes_of(subject.given_to(unflax_viz.capture_abstract))
    peers_peak, _ = _bytes_of(_tracing(subject))
    return [
        compare_sizes("its peak memory", subject.name, peak, _TRACING, peers_peak),
        compare_sizes("its record in memory", subject.name, kept),
    ]


def _bytes_of(way: Callable[[], Any]) -> tuple[int, int]:
    """Returns the peak of what was allocated, and what the result keeps."""
    way()  # What is allocated once, such as JAX's caches, is neither's.
    gc.collect()
    tracemalloc.start()
    try:
        result = way()
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        with_result, _ = tracemalloc.get_traced_memory()
        del result
        gc.collect()
        return peak, with_result - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _tracing(subject: models.Subject) -> Callable[[], Any]:
    """Returns a trace that JAX cannot answer from its cache: a new function a call."""

    def apply(variables: Any, args: Any) -> Any:
        return subject.module.apply(variables, *args, **subject.options)

    return lambda: jax.eval_shape(
        lambda *inputs: apply(*inputs), subject.variables, subject.args
    )
