"""What do the numbers in an array look like: how many, how large, how broken?"""

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from unflax_viz.summary.chunks import fold_pieces
from unflax_viz.summary.progress import Report
from unflax_viz.summary.values import (
    NoValues,
    find_missing_values,
    find_pieces,
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
      maximum: Largest finite element, likewise.
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
    """Scalars of one chunk: int64 counts, float64 sums, extremes in the wide dtype."""

    n_finite: Any
    n_nan: Any
    n_posinf: Any
    n_neginf: Any
    n_zeros: Any
    mean: Any
    squared_deviations: Any
    squares: Any
    minimum: Any
    maximum: Any


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
      value: Array of any shape and numeric dtype, from NumPy or JAX, or a number. A
        sharded array is reduced shard by shard on its devices, replicas once.
      report: Told how far it is, before each chunk or shard.

    Returns:
      The statistics; or `NoValues` for a `jax.ShapeDtypeStruct`, a tracer, a deleted
      (donated) array, a PRNG key, strings and objects.
    """
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    pieces = find_pieces(value)
    moments = fold_pieces(pieces, reduce_to_moments, merge_moments, report=report)
    return _to_statistics(
        moments,
        n_elements=sum(math.prod(piece.shape) for piece in pieces),
        is_magnitude=np.issubdtype(pieces[0].dtype, np.complexfloating),
    )


def reduce_to_moments(chunk: Any, counted: Any, xp: Any) -> _Moments:
    """Reduces a chunk of shape (n,), any numeric dtype, to scalars of 64 bits."""
    real = to_real(chunk, xp)
    is_float = real.dtype == np.float64
    finite = counted & xp.isfinite(real) if is_float else counted
    limits = (-np.inf, np.inf) if is_float else _integer_limits(real.dtype)
    lowest, highest = (xp.asarray(limit, real.dtype) for limit in limits)
    numbers = xp.where(finite, real, xp.zeros((), real.dtype)).astype(np.float64)
    n_finite = xp.sum(finite, dtype=np.int64)
    mean = xp.sum(numbers) / xp.maximum(n_finite, 1).astype(np.float64)
    deviations = xp.where(finite, numbers - mean, 0.0)
    return _Moments(
        n_finite=n_finite,
        n_nan=_count(counted & xp.isnan(real), xp) if is_float else n_finite * 0,
        n_posinf=_count(counted & (real == np.inf), xp) if is_float else n_finite * 0,
        n_neginf=_count(counted & (real == -np.inf), xp) if is_float else n_finite * 0,
        n_zeros=_count(counted & (real == xp.zeros((), real.dtype)), xp),
        mean=mean,
        squared_deviations=xp.sum(deviations * deviations),
        squares=xp.sum(numbers * numbers),
        minimum=xp.min(xp.where(finite, real, highest), initial=highest),
        maximum=xp.max(xp.where(finite, real, lowest), initial=lowest),
    )


def merge_moments(left: _Moments, right: _Moments, xp: Any) -> _Moments:
    """Merges the moments of two disjoint chunks (Chan, Golub and LeVeque, 1979)."""
    n_left = left.n_finite.astype(np.float64)
    n_right = right.n_finite.astype(np.float64)
    share = n_right / xp.maximum(n_left + n_right, 1.0)
    gap = right.mean - left.mean
    return _Moments(
        n_finite=left.n_finite + right.n_finite,
        n_nan=left.n_nan + right.n_nan,
        n_posinf=left.n_posinf + right.n_posinf,
        n_neginf=left.n_neginf + right.n_neginf,
        n_zeros=left.n_zeros + right.n_zeros,
        mean=left.mean + gap * share,
        squared_deviations=left.squared_deviations
        + right.squared_deviations
        + gap * gap * n_left * share,
        squares=left.squares + right.squares,
        minimum=xp.minimum(left.minimum, right.minimum),
        maximum=xp.maximum(left.maximum, right.maximum),
    )


def _count(mask: Any, xp: Any) -> Any:
    return xp.sum(mask, dtype=np.int64)


def _integer_limits(dtype: np.dtype) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _to_statistics(
    moments: _Moments, n_elements: int, is_magnitude: bool
) -> ArrayStatistics:
    n_finite = int(moments.n_finite)
    variance = float(moments.squared_deviations) / max(n_finite, 1)
    return ArrayStatistics(
        n_elements=n_elements,
        n_finite=n_finite,
        n_nan=int(moments.n_nan),
        n_posinf=int(moments.n_posinf),
        n_neginf=int(moments.n_neginf),
        n_zeros=int(moments.n_zeros),
        mean=float(moments.mean) if n_finite else math.nan,
        std=math.sqrt(variance) if n_finite else math.nan,
        minimum=moments.minimum.item() if n_finite else math.nan,
        maximum=moments.maximum.item() if n_finite else math.nan,
        l2_norm=math.sqrt(moments.squares),
        is_magnitude=bool(is_magnitude),
    )
