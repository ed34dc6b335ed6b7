"""Statistics of the numbers in an array: count, extremes, mean, NaN and infinities."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.chunks import fold_pieces, merge_all
from unflax_viz.measure.extent import (
    Extent,
    count,
    measure_extent,
    merge_extents,
    reduce_to_extent,
)
from unflax_viz.measure.progress import Report
from unflax_viz.measure.values import (
    NoValues,
    find_missing_values,
    find_pieces,
    to_comparable,
    to_real,
)


@dataclasses.dataclass(frozen=True)
class ArrayStatistics:
    """Counts and moments of one array.

    Attributes:
      n_elements: Number of elements; 0 for an empty array, 1 for a scalar.
      n_finite: Elements that are neither NaN nor infinite.
      n_nan: Elements that are NaN (for complex numbers: in either part).
      n_posinf: Elements that are +inf (for complex numbers: of infinite magnitude).
      n_neginf: Elements that are -inf.
      n_zeros: Elements equal to 0; for booleans, the False ones.
      mean: Mean of the finite elements; NaN without any.
      std: Population standard deviation of the finite elements; NaN without any.
      minimum: Smallest finite element, an exact `int` for integers and booleans;
        NaN without any.
      maximum: Largest finite element, in the same way.
      l2_norm: Square root of the sum of squares of the finite elements; 0.0 without
        any.
      is_magnitude: True for complex arrays, whose figures describe the magnitudes.
    """

    n_elements: int
    n_finite: int
    n_nan: int
    n_posinf: int
    n_neginf: int
    n_zeros: int
    mean: float
    std: float
    minimum: int | float
    maximum: int | float
    l2_norm: float
    is_magnitude: bool = False


class _Moments(NamedTuple):
    """Scalars of one chunk: its extent, an int64 count and float64 sums."""

    extent: Extent
    n_zeros: Any
    mean: Any
    squared_deviations: Any
    squares: Any


def statistics_of(
    value: Any, report: Report | None = None
) -> ArrayStatistics | NoValues:
    """Counts and measures every element of an array, in one pass where it lies.

    Elements are widened to float64 (integers to 64 bits) a chunk at a time, also on
    an accelerator, whatever `jax_enable_x64` says. Counts, minimum and maximum are
    exact. Mean, standard deviation and norm are accumulated in float64 by the merging
    formulas of Chan, Golub and LeVeque (1979); for float32 and narrower they agree
    with a float64 computation to about 12 digits, and no square overflows; `std` loses
    as many digits as the mean is larger than it. Float64 values beyond 1e154 do
    overflow: `std` and `l2_norm` are then inf or NaN.

    Args:
      value: Array of any shape and numeric dtype, from NumPy or JAX, what
        `difference_of` answered, or a number. A sharded array is reduced shard by shard
        on its devices, replicas once.
      report: Told how far it is, before each chunk or shard.

    Returns:
      The statistics; or `NoValues` for a `jax.ShapeDtypeStruct`, a tracer, a deleted
      (donated) array, a PRNG key, strings and objects.
    """
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    pieces = find_pieces(value)
    moments = fold_pieces(
        pieces, fold_to_moments, reduce_to_moments, merge_moments, report=report
    )
    return _to_statistics(
        moments,
        n_elements=sum(math.prod(piece.shape) for piece in pieces),
        is_magnitude=np.issubdtype(pieces[0].dtype, np.complexfloating),
    )


def fold_to_moments(chunks: Iterator[np.ndarray]) -> _Moments:
    """Reduces chunks of shape (n,), any numeric dtype, with NumPy."""
    # Memory that is new for each chunk would cost more than the arithmetic.
    workspace = np.empty((2, 0))

    def reduce_chunk(chunk: np.ndarray) -> _Moments:
        nonlocal workspace
        if workspace.shape[1] < chunk.size:
            workspace = np.empty((2, chunk.size))
        return _measure(to_comparable(chunk), *workspace[:, : chunk.size])

    return merge_all(map(reduce_chunk, chunks), merge_moments)


def _measure(real: np.ndarray, numbers: np.ndarray, products: np.ndarray) -> _Moments:
    """Measures a chunk with NumPy.

    Args:
      real: What `to_comparable` returned, shape (n,).
      numbers: Room for float64, shape (n,).
      products: As much room.
    """
    np.copyto(numbers, real)
    extent = measure_extent(real)
    if extent.n_finite < real.size:
        numbers[~np.isfinite(real)] = 0.0
    squares = np.add.reduce(np.multiply(numbers, numbers, out=products))
    mean = np.add.reduce(numbers) / max(extent.n_finite, 1)
    np.subtract(numbers, mean, out=numbers)
    if extent.n_finite < real.size:
        numbers[~np.isfinite(real)] = 0.0
    return _Moments(
        extent=extent,
        n_zeros=np.count_nonzero(real == 0),
        mean=mean,
        squared_deviations=np.add.reduce(np.multiply(numbers, numbers, out=products)),
        squares=squares,
    )


def reduce_to_moments(chunk: Any, counted: Any) -> _Moments:
    """Reduces a chunk of shape (n,), any numeric dtype, to JAX scalars of 64 bits."""
    real = to_real(chunk, jnp)
    extent = reduce_to_extent(real, counted)
    finite = counted & jnp.isfinite(real)
    numbers = jnp.where(finite, real, jnp.zeros((), real.dtype)).astype(np.float64)
    mean = jnp.sum(numbers) / jnp.maximum(extent.n_finite, 1).astype(np.float64)
    deviations = jnp.where(finite, numbers - mean, 0.0)
    return _Moments(
        extent=extent,
        n_zeros=count(counted & (real == jnp.zeros((), real.dtype))),
        mean=mean,
        squared_deviations=jnp.sum(deviations * deviations),
        squares=jnp.sum(numbers * numbers),
    )


def merge_moments(left: _Moments, right: _Moments, xp: Any) -> _Moments:
    """Merges the moments of two disjoint chunks (Chan, Golub and LeVeque, 1979)."""
    extent = merge_extents(left.extent, right.extent, xp)
    share = right.extent.n_finite / xp.maximum(extent.n_finite, 1)
    n_left = xp.float64(left.extent.n_finite)
    gap = right.mean - left.mean
    return _Moments(
        extent=extent,
        n_zeros=left.n_zeros + right.n_zeros,
        mean=left.mean + gap * share,
        squared_deviations=left.squared_deviations
        + right.squared_deviations
        + gap * gap * n_left * share,
        squares=left.squares + right.squares,
    )


def _to_statistics(
    moments: _Moments, n_elements: int, is_magnitude: bool
) -> ArrayStatistics:
    extent = moments.extent.as_numbers()
    variance = float(moments.squared_deviations) / max(extent.n_finite, 1)
    return ArrayStatistics(
        **extent._asdict(),
        n_elements=n_elements,
        n_zeros=int(moments.n_zeros),
        mean=float(moments.mean) if extent.n_finite else math.nan,
        std=math.sqrt(variance) if extent.n_finite else math.nan,
        l2_norm=math.sqrt(moments.squares),
        is_magnitude=bool(is_magnitude),
    )
