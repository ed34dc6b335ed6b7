"""Which values of a run hold NaN or infinities?

Every array is read once, in chunks and where it lies; a plain number of Python is one
as well. What has no numbers to read, such as a shape of an abstract run, holds none.
"""

from __future__ import annotations

import cmath
import dataclasses
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.chunks import fold_pieces
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.measure.values import find_missing_values, find_pieces
from unflax_viz.record.effects import FlaxParameter, FlaxState
from unflax_viz.record.structures import is_abstract, is_array, is_key, leaves_of
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.names import NONE
from unflax_viz.tables.values import ARRAY_BITS

_KINDS_WITHOUT_NAN = "USMm"
"""NumPy's kinds of text, bytes, dates and durations."""


@dataclasses.dataclass
class BrokenValues:
    """What was found in the rows of `Contents.values`.

    Attributes:
      has_nan: Whether the value holds NaN, before the run or after it.
      has_inf: Whether it holds an infinity.
      calls_with_nan: Rows of the calls that used such a value.
      unread_reason: Why NaN could be found in no value, such as "all arrays of this
        run have shapes only"; "" where some value could be read, or there is none.
    """

    has_nan: np.ndarray
    has_inf: np.ndarray
    calls_with_nan: frozenset[int]
    unread_reason: str

    @property
    def flags(self) -> np.ndarray:
        """The bits of `ARRAY_BITS` that this adds to those of the values."""
        nan = np.where(self.has_nan, ARRAY_BITS["nan"], 0)
        return nan | np.where(self.has_inf, ARRAY_BITS["inf"], 0)


def find_broken_values(columns: Contents, report: Report | None = None) -> BrokenValues:
    """Reads all arrays of a run; takes as long as the memory takes.

    Args:
      columns: The columns of the run.
      report: Told which part of all bytes is read, before each array and within it.
    """
    known: dict[int, tuple[bool, bool]] = {}
    found = np.zeros((2, len(columns.values.holders)), bool)
    n_bytes = np.cumsum(columns.kinds.sizes[columns.values.kind, 1]).tolist()
    n_read = 0
    for row, holder in enumerate(columns.values.holders):
        whole = max(n_bytes[-1], 1)
        rest = part_of(report, n_read / whole, n_bytes[row] / whole)
        for leaf in _leaves_of(holder):
            if isinstance(leaf, float | complex):
                found[:, row] |= cmath.isnan(leaf), cmath.isinf(leaf)
            elif is_array(leaf):
                if id(leaf) not in known:
                    known[id(leaf)] = _look_into(leaf, rest)
                found[:, row] |= known[id(leaf)]
        n_read = n_bytes[row]
    calls = frozenset(columns.values.call[found[0]].tolist()) - {NONE}
    return BrokenValues(found[0], found[1], calls, _why_unread(columns))


def _why_unread(columns: Contents) -> str:
    leaves = [leaf for holder in columns.values.holders for leaf in _leaves_of(holder)]
    if any(isinstance(leaf, float | complex) for leaf in leaves):
        return ""
    arrays = list(filter(is_array, leaves))
    can_break = [array for array in arrays if jnp.issubdtype(array.dtype, jnp.inexact)]
    if can_break:
        causes = [_why_unreadable(array) for array in can_break]
    else:
        causes = [_why_never_broken(array) for array in arrays]
    if "" in causes or not causes:
        return ""
    which = "all" if len(set(causes)) == 1 else "some"
    return "; ".join(f"{which} arrays of this run {it}" for it in dict.fromkeys(causes))


def _why_unreadable(array: Any) -> str:
    """Says why the numbers of an array cannot be read; "" if they can."""
    if is_abstract(array):
        return "have shapes only"
    if find_missing_values(array) is None:
        return ""
    if array.is_deleted():
        return "were deleted, most likely donated to a later call"
    return "lie partly in another process"


def _why_never_broken(array: Any) -> str:
    """Says why an array cannot hold NaN; "" for whole numbers and truth values."""
    dtype = array.dtype
    if jnp.issubdtype(dtype, jnp.integer) or jnp.issubdtype(dtype, jnp.bool_):
        return ""
    if is_key(array) or dtype.kind in _KINDS_WITHOUT_NAN:
        return f"are of dtype {dtype}, which has no NaN and no infinity"
    return f"are of dtype {dtype}, in which NaN and infinities are not looked for"


def _leaves_of(holder: Any) -> list[Any]:
    values = [holder]
    if isinstance(holder, FlaxParameter):
        values = [holder.value]
    elif isinstance(holder, FlaxState):
        is_same = holder.after is holder.before
        values = [holder.before] if is_same else [holder.before, holder.after]
    return [leaf for value in values for leaf in leaves_of(value)]


def _look_into(array: Any, report: Report | None) -> tuple[bool, bool]:
    """Returns whether an array holds NaN, and whether it holds an infinity."""
    can_break = jnp.issubdtype(array.dtype, jnp.inexact)
    if not can_break or find_missing_values(array) is not None or not array.size:
        return False, False
    folds = _look_into_chunks, _look_into_chunk, _merge
    has_nan, has_inf = fold_pieces(find_pieces(array), *folds, report=report)
    return bool(has_nan), bool(has_inf)


def _look_into_chunks(chunks: Iterator[np.ndarray]) -> tuple[bool, bool]:
    has_nan = has_inf = False
    for chunk in map(_widen, chunks):
        # A sum of broken numbers is broken; so it says in one pass that there are none.
        if not np.isfinite(np.add.reduce(chunk)):
            has_nan |= bool(np.isnan(chunk).any())
            has_inf |= bool(np.isinf(chunk).any())
    return has_nan, has_inf


def _look_into_chunk(chunk: Any, counted: Any) -> tuple[Any, Any]:
    wide = _widen(chunk)
    return (jnp.isnan(wide) & counted).any(), (jnp.isinf(wide) & counted).any()


def _widen(chunk: Any) -> Any:
    # Not every narrow dtype knows its own NaN; all fit into float32.
    return chunk.astype(np.float32) if chunk.dtype.itemsize < 4 else chunk


def _merge(left: Any, right: Any, xp: Any) -> tuple[Any, Any]:
    return xp.logical_or(left[0], right[0]), xp.logical_or(left[1], right[1])
