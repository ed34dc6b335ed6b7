"""Measures what a run changed in an array: by how much, and where."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.chunks import CHUNK_SIZE
from unflax_viz.measure.meshes import enable_x64, is_on_one_cpu, with_auto_axes
from unflax_viz.measure.numbers import format_shape
from unflax_viz.measure.progress import Report, tell
from unflax_viz.measure.subtraction import (
    Difference,
    common_dtype,
    is_complex,
    is_inexact,
    is_less,
    is_same,
    overflows,
)
from unflax_viz.measure.values import NoValues, find_missing_values


@dataclasses.dataclass(frozen=True)
class ChangedRegion:
    """Which elements of an array are others than before.

    Attributes:
      shape: Shape of the array.
      n_changed: Number of elements that differ.
      start: First position on each axis of the smallest box that holds them all; 0 on
        each where none differs.
      stop: Position after the last one on each axis.
    """

    shape: tuple[int, ...]
    n_changed: int
    start: tuple[int, ...]
    stop: tuple[int, ...]

    @property
    def n_elements(self) -> int:
        """Number of elements of the array."""
        return math.prod(self.shape)


def difference_of(
    before: Any, after: Any, report: Report | None = None
) -> Difference | NoValues:
    """Subtracts two arrays so that what did not change is 0.

    An element that is the same on both sides gives 0: also infinity, and NaN (whatever
    its payload). NaN on one side alone gives NaN. Integers and booleans are subtracted
    exactly in a wider type, `True` less `False` is 1; where two integers of 64 bits
    differ by more than those hold, all differences are float64. Floats narrower than
    float32 are subtracted in float32, others in their own type.

    Args:
      before: Array of any shape and numeric dtype, from NumPy or JAX, or a number.
      after: Another one of the same shape; its dtype may differ.
      report: Told how far it is; only integers of 64 bits are read here.

    Returns:
      After minus before, of that shape, which `statistics_of`, `histogram_of` and
      `thumbnail_of` take as they take an array, and compute a part at a time. It holds
      both arrays, of NumPy where both lie in host memory, else where `before` lies.
      `NoValues` for different shapes and where `statistics_of` answers that.
    """
    pair = _readable_pair(before, after)
    if isinstance(pair, NoValues):
        return pair
    old, new = pair
    tell(report, 0.0)
    dtype = np.dtype(common_dtype(old, new))
    if dtype == np.int64 and 8 in (old.dtype.itemsize, new.dtype.itemsize):
        dtype = np.dtype(np.float64 if _overflow_anywhere(old, new, report) else dtype)
    return Difference(old, new, dtype)


def _overflow_anywhere(old: Any, new: Any, report: Report | None) -> bool:
    if isinstance(old, jax.Array):
        with enable_x64(True):
            return bool(_overflows_compiled(old, new))
    bands = _bands(old.shape)
    for number, band in enumerate(bands):
        tell(report, number / len(bands))
        if overflows(old[band], new[band], np):
            return True
    return False


@jax.jit
def _overflows_compiled(old: jax.Array, new: jax.Array) -> jax.Array:
    return overflows(old, new, jnp)


def changed_region(
    before: Any, after: Any, report: Report | None = None
) -> ChangedRegion | NoValues:
    """Finds the elements that differ, and the smallest box that holds them.

    Elements are compared by value and sign, so 0.0 differs from -0.0; NaN equals NaN.
    Complex numbers are compared by value alone.

    Args:
      before: As `difference_of` takes it.
      after: Likewise.
      report: Told how far it is.

    Returns:
      The region; or `NoValues` where `difference_of` answers that.
    """
    pair = _readable_pair(before, after)
    if isinstance(pair, NoValues):
        return pair
    old, new = pair
    if isinstance(old, np.ndarray):
        n_changed, hits = _compare_on_host(old, new, report)
    else:
        tell(report, 0.0)
        with enable_x64(True):
            n_changed, hits = jax.device_get(_compare_compiled(old, new))
    spans = [_span(hit) for hit in hits]
    return ChangedRegion(
        shape=tuple(old.shape),
        n_changed=int(n_changed),
        start=tuple(first for first, _ in spans),
        stop=tuple(last for _, last in spans),
    )


def _span(hit: np.ndarray) -> tuple[int, int]:
    """Returns the first True and the position after the last one; 0 without any."""
    places = np.flatnonzero(hit)
    return (int(places[0]), int(places[-1]) + 1) if places.size else (0, 0)


def _readable_pair(before: Any, after: Any) -> tuple[Any, Any] | NoValues:
    """Returns two arrays that can be compared where they lie, or says why not."""
    missing = find_missing_values(before) or find_missing_values(after)
    if missing is not None:
        return missing
    old, new = _in_place(before), _in_place(after)
    if old.shape != new.shape:
        return NoValues(
            f"The shape changed from {format_shape(old)} to {format_shape(new)}, so "
            "there is no difference."
        )
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return old, new
    if isinstance(old, jax.Array):
        lie_together = _lie_together(old, new)
        return old, new if lie_together else jax.device_put(new, old.sharding)
    return jax.device_put(old, cast(jax.Array, new).sharding), new


def _in_place(value: Any) -> np.ndarray | jax.Array:
    if isinstance(value, jax.Array) and not is_on_one_cpu(value):
        return with_auto_axes(value)
    return np.asarray(value)


def _lie_together(old: jax.Array, new: Any) -> bool:
    return isinstance(new, jax.Array) and old.sharding.is_equivalent_to(
        new.sharding, old.ndim
    )


def _differs(old: Any, new: Any, xp: Any) -> Any:
    """Tells for each element whether it is another one; -0.0 is not 0.0."""
    if not is_inexact(old, new):
        return is_less(old, new) | is_less(new, old)
    same = is_same(old, new, xp)
    if is_complex(old, new):
        return ~same
    wide_old, wide_new = old.astype(np.float64), new.astype(np.float64)
    is_nan = xp.isnan(wide_old)
    return ~(same & (is_nan | (xp.signbit(wide_old) == xp.signbit(wide_new))))


def _compare_on_host(
    old: np.ndarray, new: np.ndarray, report: Report | None
) -> tuple[int, list[np.ndarray]]:
    """Counts what differs, and marks for each axis the positions where it does."""
    hits = [np.zeros(size, bool) for size in old.shape]
    n_changed = 0
    bands = _bands(old.shape)
    for number, band in enumerate(bands):
        tell(report, number / len(bands))
        differs = np.asarray(_differs(old[band], new[band], np))
        n_changed += int(np.count_nonzero(differs))
        for axis, hit in enumerate(_hits(differs, np)):
            hits[axis][band[axis] if axis < len(band) else slice(None)] |= hit
    return n_changed, hits


def _bands(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Cuts an array into bands of about as many elements as a chunk.

    They lie across the first axis that is longer than 1: a decode cache often has a
    batch of 1.
    """
    cut = next((axis for axis, size in enumerate(shape) if size > 1), None)
    if cut is None:
        return [()]
    n_inner = int(np.prod(shape[cut + 1 :], dtype=np.int64))
    step = max(1, CHUNK_SIZE // max(n_inner, 1))
    whole = (slice(None),) * cut
    return [
        (*whole, slice(start, start + step)) for start in range(0, shape[cut], step)
    ]


@jax.jit
def _compare_compiled(old: jax.Array, new: jax.Array) -> Any:
    differs = _differs(old, new, jnp)
    return jnp.sum(differs, dtype=jnp.int64), _hits(differs, jnp)


def _hits(differs: Any, xp: Any) -> list[Any]:
    """Marks for each axis the positions where anything differs."""
    axes = range(differs.ndim)
    return [xp.any(differs, axis=tuple(a for a in axes if a != axis)) for axis in axes]
