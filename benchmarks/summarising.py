"""Measures a look at all the numbers of a large model beside one `jnp.sum`.

The parameters are one array of float32 a layer, and a small one beside it, in host
memory. `jnp.sum` reads as much and does next to nothing with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from treescope.external import jax_support

import unflax_viz
from benchmarks import models
from benchmarks.figures import Figure, compare_times
from benchmarks.timing import time_side_by_side
from unflax_viz.lenses.finder import Finder
from unflax_viz.measure import difference_of, histogram_of, statistics_of
from unflax_viz.record.index import RunIndex
from unflax_viz.tables.broken_values import find_broken_values

_SUM = "jnp.sum"
_TREESCOPE = "treescope's summary"
_N_LAYERS = 20


def measure(is_quick: bool) -> list[Figure]:
    """Compares everything that reads whole arrays, on 25 or 500 million parameters."""
    run, arrays = _capture(width=1_118 if is_quick else 5_000)
    kernels = [array for array in arrays if array.ndim == 2]
    pairs = list(zip(kernels[::2], kernels[1::2], strict=True))
    columns = Finder(RunIndex(run)).contents
    ours = {
        "statistics": lambda: [statistics_of(array) for array in arrays],
        "histogram": lambda: [histogram_of(array) for array in arrays],
        "statistics of differences": lambda: [
            statistics_of(difference_of(*pair)) for pair in pairs
        ],
        "is:nan": lambda: find_broken_values(columns),
    }
    peers = {
        _SUM: lambda: [jnp.sum(array).block_until_ready() for array in arrays],
        _TREESCOPE: lambda: _summarise_as_treescope(arrays),
    }
    seconds = time_side_by_side({**ours, **peers}, n_rounds=3 if is_quick else 5)
    n_parameters = sum(array.size for array in arrays)
    subject = f"{n_parameters / 1e6:.0f}M float32 in {len(arrays)} arrays"
    compared = [*itertools.product(ours, [_SUM]), ("statistics", _TREESCOPE)]
    return [
        compare_times(task, subject, peer, seconds[task], seconds[peer])
        for task, peer in compared
    ]


def _capture(width: int) -> tuple[unflax_viz.FlaxRun, list[jax.Array]]:
    """Captures dense layers; returns their parameters too, all of them random."""
    module, x = models.MLP(_N_LAYERS, width), jnp.ones((1, width))
    shapes = jax.eval_shape(module.init, jax.random.key(0), x)
    leaves, structure = jax.tree.flatten(shapes)
    keys = jax.random.split(jax.random.key(0), len(leaves))
    make: Callable[..., Any] = jax.jit(jax.random.normal, static_argnums=(1, 2))
    parameters = [
        make(key, leaf.shape, leaf.dtype)
        for key, leaf in zip(keys, leaves, strict=True)
    ]
    run = unflax_viz.capture(module, structure.unflatten(parameters), x)
    return run, parameters


def _summarise_as_treescope(arrays: list[jax.Array]) -> list[str]:
    """Has Treescope write its line about each array, which it leaves out by default.

    It computes mean, deviation, extremes and counts, in float32.
    """
    with jax_support.summarization_threshold.set_scoped({"default": None}):
        return [jax_support.summarize_array_data(array) for array in arrays]
