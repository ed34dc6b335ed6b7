"""Finds how many numbers of an array are finite, and their extremes."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.chunks import fold_pieces, merge_all
from unflax_viz.measure.progress import Report
from unflax_viz.measure.values import find_pieces, to_comparable, to_real


class Extent(NamedTuple):
    """Counts and extremes of one array, or of a chunk.

    Attributes:
      n_finite: Elements that are neither NaN nor infinite.
      n_nan: Elements that are NaN.
      n_posinf: Elements that are +inf.
      n_neginf: Elements that are -inf.
      minimum: Smallest finite element; any number without one.
      maximum: Largest finite element, in the same way.
    """

    n_finite: Any
    n_nan: Any
    n_posinf: Any
    n_neginf: Any
    minimum: Any
    maximum: Any

    def as_numbers(self) -> "Extent":
        """Returns Python numbers; the extremes are NaN where nothing is finite."""
        n_finite = int(self.n_finite)
        return Extent(
            n_finite=n_finite,
            n_nan=int(self.n_nan),
            n_posinf=int(self.n_posinf),
            n_neginf=int(self.n_neginf),
            minimum=self.minimum.item() if n_finite else math.nan,
            maximum=self.maximum.item() if n_finite else math.nan,
        )


def extent_of(value: Any, report: Report | None = None) -> Extent:
    """Finds the extent of a value that `find_missing_values` can read."""
    pieces = find_pieces(value)
    found = fold_pieces(
        pieces, fold_to_extent, reduce_to_extent, merge_extents, report=report
    )
    return found.as_numbers()


def fold_to_extent(chunks: Iterator[np.ndarray]) -> Extent:
    """Reduces chunks of shape (n,), any numeric dtype, with NumPy."""
    return merge_all(map(measure_extent, map(to_comparable, chunks)), merge_extents)


def measure_extent(real: np.ndarray) -> Extent:
    """Measures what `to_comparable` returned, shape (n,), with NumPy."""
    lowest, highest = _limits(real.dtype)
    extremes = (
        np.minimum.reduce(real, initial=highest),
        np.maximum.reduce(real, initial=lowest),
    )
    # NaN and infinities are extremes, so this says in two passes that there are none.
    if np.isfinite(extremes).all():
        return Extent(real.size, 0, 0, 0, *extremes)
    finite = real[np.isfinite(real)]
    return Extent(
        n_finite=finite.size,
        n_nan=np.count_nonzero(np.isnan(real)),
        n_posinf=np.count_nonzero(real == np.inf),
        n_neginf=np.count_nonzero(real == -np.inf),
        minimum=np.minimum.reduce(finite, initial=highest),
        maximum=np.maximum.reduce(finite, initial=lowest),
    )


def reduce_to_extent(chunk: Any, counted: Any) -> Extent:
    """Reduces a chunk of shape (n,), any numeric dtype, to JAX scalars of 64 bits."""
    real = to_real(chunk, jnp)
    is_float = real.dtype == np.float64
    finite = counted & jnp.isfinite(real) if is_float else counted
    lowest, highest = (jnp.asarray(limit, real.dtype) for limit in _limits(real.dtype))
    nothing = jnp.zeros((), np.int64)
    return Extent(
        n_finite=count(finite),
        n_nan=count(counted & jnp.isnan(real)) if is_float else nothing,
        n_posinf=count(counted & (real == np.inf)) if is_float else nothing,
        n_neginf=count(counted & (real == -np.inf)) if is_float else nothing,
        minimum=jnp.min(jnp.where(finite, real, highest), initial=highest),
        maximum=jnp.max(jnp.where(finite, real, lowest), initial=lowest),
    )


def merge_extents(left: Extent, right: Extent, xp: Any) -> Extent:
    """Merges the extents of two disjoint chunks."""
    return Extent(
        n_finite=left.n_finite + right.n_finite,
        n_nan=left.n_nan + right.n_nan,
        n_posinf=left.n_posinf + right.n_posinf,
        n_neginf=left.n_neginf + right.n_neginf,
        minimum=xp.minimum(left.minimum, right.minimum),
        maximum=xp.maximum(left.maximum, right.maximum),
    )


def count(mask: Any) -> Any:
    """Counts what is True in a mask of JAX, int64."""
    return jnp.sum(mask, dtype=np.int64)


def _limits(dtype: np.dtype) -> tuple[Any, Any]:
    if dtype.kind == "f":
        return -np.inf, np.inf
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)
