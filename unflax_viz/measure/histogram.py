"""Counts how the numbers of an array are spread between their extremes."""

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.errors import WrongValueError
from unflax_viz.measure.chunks import fold_pieces, merge_all
from unflax_viz.measure.extent import Extent, extent_of
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.measure.statistics import ArrayStatistics
from unflax_viz.measure.values import (
    NoValues,
    find_missing_values,
    find_pieces,
    to_comparable,
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
    """Bins of `width` integers each, the first of which begins at `low`."""

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
    of equally many integers, with edges halfway between two of them, so that no
    bin looks fuller only because it holds one integer more; the last bin may reach
    beyond the maximum, and there are fewer bins than asked for when fewer suffice
    (two for booleans). Counts of integers are exact at any size; their edges are
    rounded to float64. Constant floats get a range around the constant; with nothing
    finite the edges run from 0 to 1. Complex numbers are binned by magnitude.

    Args:
      value: Array of any shape and numeric dtype, from NumPy or JAX, what
        `difference_of` answered, or a number.
      n_bins: Number of bins, at least 1; for integers, the largest number.
      statistics: What `statistics_of(value)` answered, if it is known already.
      report: Told how far it is, before each chunk or shard.

    Returns:
      The histogram; or `NoValues` where `statistics_of` answers that.

    Raises:
      WrongValueError: If `n_bins` is below 1.
    """
    if n_bins < 1:
        raise WrongValueError(
            f"n_bins is {n_bins}; a histogram needs at least 1 bin.", n_bins
        )
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    begun = 0.0 if statistics is not None else 0.2
    measured = statistics or extent_of(value, part_of(report, 0.0, begun))
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
    pieces: list[Any],
    measured: ArrayStatistics | Extent,
    n_bins: int,
    report: Report | None,
) -> tuple[np.ndarray, np.ndarray]:
    low, high = measured.minimum, measured.maximum
    if measured.n_finite == 0:
        return np.zeros(n_bins, np.int64), np.linspace(0.0, 1.0, n_bins + 1)
    if isinstance(low, int) and isinstance(high, int):
        is_boolean = pieces[0].dtype == np.bool_
        bins = _IntegerBins(0, 1, 2) if is_boolean else _bins_for(low, high, n_bins)
        origin = np.uint64(low % 2**64 if not is_boolean else 0)
        scale = origin, np.uint64(bins.width), np.arange(bins.n_bins)
        folds = fold_integers, count_integers, add_counts
        return fold_pieces(pieces, *folds, *scale, report=report), bins.edges
    edges = _float_edges(float(low), float(high), n_bins)
    is_finite = measured.n_finite == sum(piece.size for piece in pieces)
    fold_on_host = functools.partial(fold_floats, is_finite=is_finite)
    folds = fold_on_host, count_floats, add_counts
    return fold_pieces(pieces, *folds, edges, report=report), edges


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


def fold_integers(
    chunks: Iterator[np.ndarray], origin: Any, width: Any, bins: Any
) -> np.ndarray:
    """Does with NumPy what `count_integers` does, for chunks of shape (n,)."""
    counts = (
        np.bincount(_integer_bins(chunk, origin, width, np), minlength=len(bins))
        for chunk in chunks
    )
    return merge_all(counts, add_counts)


def count_integers(
    chunk: Any, counted: Any, origin: Any, width: Any, bins: Any
) -> jax.Array:
    """Counts integers of shape (n,) in bins of `width` from `origin`, both uint64."""
    index = _integer_bins(chunk, origin, width, jnp)
    return _count_indices(jnp.where(counted, index, len(bins)), len(bins))


def _integer_bins(chunk: Any, origin: Any, width: Any, xp: Any) -> Any:
    # Unsigned arithmetic wraps, so the distance is right for any pair of 64 bits.
    distance = to_real(chunk, xp).astype(np.uint64) - origin
    return (distance // width).astype(np.int64)


def fold_floats(
    chunks: Iterator[np.ndarray], edges: np.ndarray, *, is_finite: bool
) -> np.ndarray:
    """Does with NumPy what `count_floats` does, for chunks of shape (n,).

    Args:
      chunks: Floats or complex numbers.
      edges: Edges of the bins; no finite number lies beyond the outer ones.
      is_finite: Whether it is known that all numbers are finite.
    """
    counter = _Float32Counter(edges)

    def count(chunk: np.ndarray) -> np.ndarray:
        real = to_comparable(chunk)
        if not is_finite:
            real = real[np.isfinite(real)]
        is_narrow = real.dtype == np.float32
        above = counter.count(real) if is_narrow else _count_above(real, edges[1:-1])
        return -np.diff(above, prepend=real.size, append=0)

    return merge_all(map(count, chunks), add_counts)


def _count_above(real: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Counts for each edge the numbers that reach it; both of one dtype."""
    return np.array([np.count_nonzero(real >= edge) for edge in edges], np.int64)


class _Float32Counter:
    """Counts the float32 that reach each inner edge, most with one division for all.

    The quotient of a number's distance and the width of a bin is rounded, but it never
    falls while the numbers rise. So it is right for every float32 if it is right for
    the two on either side of each edge; where it is not, the numbers are compared with
    the edge. Most edges lie far from any float32, as rounding of float64 goes.
    """

    def __init__(self, edges: np.ndarray):
        self._n_bins = len(edges) - 1
        self._low, self._scale = edges[0], self._n_bins / (edges[-1] - edges[0])
        self._firsts = _first_float32(edges[1:-1])
        lasts = np.nextafter(self._firsts, np.float32(-np.inf))
        numbers = np.arange(1, self._n_bins)
        is_sure = self._quotients(self._firsts) >= numbers
        is_sure &= self._quotients(lasts) < numbers
        self._unsure = np.flatnonzero(~is_sure)
        # Not int64, to which NumPy converts float64 in four times the time.
        self._quotient_room, self._bin_room = np.empty(0), np.empty(0, np.int32)

    def count(self, real: np.ndarray) -> np.ndarray:
        """Counts finite numbers between the outer edges, shape (n,)."""
        if self._bin_room.size < real.size:
            self._quotient_room = np.empty(real.size)
            self._bin_room = np.empty(real.size, np.int32)
        bins = self._bin_room[: real.size]
        quotients = self._quotients(real, self._quotient_room[: real.size])
        np.copyto(bins, quotients, casting="unsafe")
        counts = np.bincount(bins, minlength=self._n_bins + 1)
        above = counts[::-1].cumsum()[::-1][1 : self._n_bins]
        above[self._unsure] = _count_above(real, self._firsts[self._unsure])
        return above

    def _quotients(
        self, real: np.ndarray, room: np.ndarray | None = None
    ) -> np.ndarray:
        out = np.empty(real.shape) if room is None else room
        np.copyto(out, real)
        np.subtract(out, self._low, out=out)
        return np.multiply(out, self._scale, out=out)


def _first_float32(edges: np.ndarray) -> np.ndarray:
    """Returns for each edge the smallest float32 that reaches it."""
    nearest = edges.astype(np.float32)
    after = np.nextafter(nearest, np.float32(np.inf))
    return np.where(nearest.astype(np.float64) < edges, after, nearest)


def count_floats(chunk: Any, counted: Any, edges: Any) -> jax.Array:
    """Counts the finite numbers of shape (n,) between `edges`, shape (n_bins + 1,)."""
    n_bins = len(edges) - 1
    real = to_real(chunk, jnp)
    finite = counted & jnp.isfinite(real)
    numbers = jnp.where(finite, real, edges[0])
    # Not floor(distance / width): the quotient is rounded, and XLA multiplies by a
    # reciprocal that it may flush to zero. A search cannot contradict the edges.
    index = jnp.searchsorted(edges[1:-1], numbers, side="right")
    return _count_indices(jnp.where(finite, index, n_bins), n_bins)


def add_counts(left: Any, right: Any, xp: Any) -> Any:
    """Adds the counts of two disjoint chunks, int64, shape (n_bins,)."""
    del xp
    return left + right


def _count_indices(index: Any, n_bins: int) -> jax.Array:
    """Counts 0 to n_bins - 1 in `index`; the index `n_bins` stands for no bin."""
    return jnp.zeros(n_bins + 1, np.int64).at[index].add(1)[:n_bins]
