"""How are the numbers of an array spread between their extremes?"""

import dataclasses
import math
from typing import Any

import numpy as np

from unflax_viz.errors import WrongCountError
from unflax_viz.summary.chunks import fold_pieces
from unflax_viz.summary.progress import Report, part_of
from unflax_viz.summary.statistics import ArrayStatistics, statistics_of
from unflax_viz.summary.values import (
    NoValues,
    find_missing_values,
    find_pieces,
    to_real,
)


@dataclasses.dataclass(frozen=True)
class Histogram:
    """Counts in bins of equal width; all but the last bin exclude their upper edge.

    Attributes:
      counts: Elements per bin, uint32, shape (n_bins,); a count beyond uint32 is held
        at its largest value.
      edges: Edges of the bins, float64, shape (n_bins + 1,), in the unit of the array.
      n_nan: NaN elements, which are in no bin.
      n_posinf: +inf elements, which are in no bin.
      n_neginf: -inf elements, which are in no bin.
    """

    counts: np.ndarray
    edges: np.ndarray
    n_nan: int
    n_posinf: int
    n_neginf: int


@dataclasses.dataclass(frozen=True)
class _IntegerBins:
    """Bins of `width` whole numbers each, the first of which begins at `low`."""

    low: int
    width: int
    n_bins: int

    @property
    def edges(self) -> np.ndarray:
        starts = [self.low + self.width * index for index in range(self.n_bins + 1)]
        return np.asarray(starts, np.float64) - 0.5


def histogram_of(
    value: Any,
    n_bins: int = 32,
    statistics: ArrayStatistics | None = None,
    report: Report | None = None,
) -> Histogram | NoValues:
    """Counts the elements in bins of equal width between their finite extremes.

    Floats are binned as `numpy.histogram` does: each element lies between the two
    edges of its bin exactly as float64 compares them. Integers and booleans get bins
    of equally many whole numbers, with edges halfway between two of them, so that no
    bin looks fuller only because it holds one integer more; the last bin may reach
    beyond the maximum, and there are fewer bins than asked for when fewer suffice
    (two for booleans). Counts of integers are exact at any size; their edges are
    rounded to float64. Constant floats get a range around the constant; with nothing
    finite the edges run from 0 to 1. Complex numbers are binned by magnitude.

    Args:
      value: Array of any shape and numeric dtype, from NumPy or JAX, or a number.
      n_bins: Number of bins, at least 1; for integers, the largest number.
      statistics: What `statistics_of(value)` answered, if it is known already.
      report: Told how far it is, before each chunk or shard.

    Returns:
      The histogram; or `NoValues` where `statistics_of` answers that.

    Raises:
      WrongCountError: If `n_bins` is below 1.
    """
    if n_bins < 1:
        raise WrongCountError(
            f"n_bins is {n_bins}; a histogram needs at least 1 bin.", n_bins
        )
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    begun = 0.0 if statistics is not None else 0.5
    measured = statistics or statistics_of(value, part_of(report, 0.0, begun))
    if isinstance(measured, NoValues):
        return measured
    rest = part_of(report, begun, 1.0)
    counts, edges = _count_between(find_pieces(value), measured, n_bins, rest)
    return Histogram(
        counts=np.minimum(counts, np.iinfo(np.uint32).max).astype(np.uint32),
        edges=edges,
        n_nan=measured.n_nan,
        n_posinf=measured.n_posinf,
        n_neginf=measured.n_neginf,
    )


def _count_between(
    pieces: list[Any], measured: ArrayStatistics, n_bins: int, report: Report | None
) -> tuple[np.ndarray, np.ndarray]:
    low, high = measured.minimum, measured.maximum
    if measured.n_finite == 0:
        return np.zeros(n_bins, np.int64), np.linspace(0.0, 1.0, n_bins + 1)
    if isinstance(low, int) and isinstance(high, int):
        is_boolean = pieces[0].dtype == np.bool_
        bins = _IntegerBins(0, 1, 2) if is_boolean else _bins_for(low, high, n_bins)
        origin = np.uint64(low % 2**64 if not is_boolean else 0)
        scale = origin, np.uint64(bins.width), np.arange(bins.n_bins)
        counts = fold_pieces(pieces, count_integers, add_counts, *scale, report=report)
        return counts, bins.edges
    edges = _float_edges(float(low), float(high), n_bins)
    return fold_pieces(pieces, count_floats, add_counts, edges, report=report), edges


def _bins_for(low: int, high: int, n_bins: int) -> _IntegerBins:
    n_integers = high - low + 1
    width = math.ceil(n_integers / n_bins) if n_integers < 2**53 else 0
    width = width or -(-n_integers // n_bins)
    return _IntegerBins(low, width, -(-n_integers // width))


def _float_edges(low: float, high: float, n_bins: int) -> np.ndarray:
    fractions = np.linspace(0.0, 1.0, n_bins + 1)
    if (high / 2 - low / 2) / n_bins == 0:
        margin = max(0.5, abs(low) / 2)
        largest = float(np.finfo(np.float64).max)
        low, high = max(low - margin, -largest), min(high + margin, largest)
    # Not low + fractions * (high - low): the range of float64 itself may overflow.
    edges = low * (1 - fractions) + high * fractions
    edges[0], edges[-1] = low, high
    return edges


def count_integers(
    chunk: Any, counted: Any, xp: Any, origin: Any, width: Any, bins: Any
) -> Any:
    """Counts integers of shape (n,) in bins of `width` from `origin`, both uint64."""
    # Unsigned arithmetic wraps, so the distance is right for any pair of 64 bits.
    distance = to_real(chunk, xp).astype(np.uint64) - origin
    index = (distance // width).astype(np.int64)
    return _count_indices(xp.where(counted, index, len(bins)), len(bins), xp)


def count_floats(chunk: Any, counted: Any, xp: Any, edges: Any) -> Any:
    """Counts the finite numbers of shape (n,) between `edges`, shape (n_bins + 1,)."""
    n_bins = len(edges) - 1
    real = to_real(chunk, xp)
    finite = counted & xp.isfinite(real)
    numbers = xp.where(finite, real, edges[0])
    # Not floor(distance / width): the quotient is rounded, and XLA multiplies by a
    # reciprocal that it may flush to zero. A search cannot contradict the edges.
    index = xp.searchsorted(edges[1:-1], numbers, side="right")
    return _count_indices(xp.where(finite, index, n_bins), n_bins, xp)


def add_counts(left: Any, right: Any, xp: Any) -> Any:
    """Adds the counts of two disjoint chunks, int64, shape (n_bins,)."""
    del xp
    return left + right


def _count_indices(index: Any, n_bins: int, xp: Any) -> Any:
    """Counts 0 to n_bins - 1 in `index`; the index `n_bins` stands for no bin."""
    if xp is np:
        return np.bincount(index, minlength=n_bins + 1)[:n_bins]
    return xp.zeros(n_bins + 1, np.int64).at[index].add(1)[:n_bins]
