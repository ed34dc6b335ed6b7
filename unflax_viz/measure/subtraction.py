"""Subtracts two arrays where they lie, a part at a time where there is no room.

An element that is the same on both sides gives 0, also infinity and NaN.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.meshes import enable_x64


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=["before", "after"],
    meta_fields=["dtype"],
)
@dataclasses.dataclass(frozen=True, eq=False)
class Difference:
    """After minus before, not computed yet: what summarises it reads it in parts.

    Attributes:
      before: Array of any shape, of NumPy, or of JAX.
      after: Another one of the same shape that lies where `before` lies.
      dtype: In which the difference is computed.
    """

    before: Any
    after: Any
    dtype: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of either side."""
        return tuple(self.before.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


def computed(value: Any) -> Any:
    """Subtracts all elements of a `Difference`; returns anything else as it is.

    The result has its shape and dtype, lies where both sides lie, sharded as `before`,
    and takes as much memory as they.
    """
    if not isinstance(value, Difference):
        return value
    if isinstance(value.before, np.ndarray):
        return _subtract_on_host(value.before, value.after, value.dtype)
    with enable_x64(True):
        return _subtract_compiled(value.before, value.after, value.dtype)


def common_dtype(old: Any, new: Any) -> Any:
    """Returns the dtype in which the difference of two arrays is computed.

    Integers of 64 bits may differ by more than it holds; see `overflows`.
    """
    dtypes = old.dtype, new.dtype
    if is_complex(old, new):
        is_wide = any(d.name in ("complex128", "float64") for d in dtypes)
        return np.complex128 if is_wide else np.complex64
    if is_inexact(old, new):
        is_narrow = all(
            jnp.issubdtype(dtype, jnp.floating) and jnp.finfo(dtype).bits <= 32
            for dtype in dtypes
        )
        return np.float32 if is_narrow else np.float64
    n_bytes = max(np.dtype(dtype).itemsize for dtype in dtypes)
    return np.int16 if n_bytes == 1 else np.int32 if n_bytes == 2 else np.int64


def overflows(old: Any, new: Any, xp: Any) -> Any:
    """Tells whether two integers of 64 bits differ by more than int64 holds."""
    # It wraps then, and the sign is the wrong one, whichever side was signed. It is the
    # right one again where they differ by 2**64 or more.
    difference = new.astype(np.int64) - old.astype(np.int64)
    distance = xp.abs(new.astype(np.float64) - old.astype(np.float64))
    has_wrong_sign = is_less(new, old) != (difference < 0)
    return xp.any(has_wrong_sign | (distance > 1.5 * 2.0**63))


def is_same(old: Any, new: Any, xp: Any) -> Any:
    """Tells for each element whether it is the same number, NaN and NaN included."""
    kind = np.complex128 if is_complex(old, new) else np.float64
    wide_old, wide_new = old.astype(kind), new.astype(kind)
    return (wide_old == wide_new) | (xp.isnan(wide_old) & xp.isnan(wide_new))


def is_less(left: Any, right: Any) -> Any:
    """Compares integers and booleans, also where only one side is uint64."""
    left, right = _whole(left), _whole(right)
    if left.dtype == right.dtype:
        return left < right
    if left.dtype == np.uint64:
        return ~(right < 0) & (left < right.astype(np.uint64))
    return (left < 0) | (left.astype(np.uint64) < right)


def _whole(array: Any) -> Any:
    return array if array.dtype == np.uint64 else array.astype(np.int64)


def is_complex(old: Any, new: Any) -> bool:
    """Tells whether either array holds complex numbers."""
    dtypes = old.dtype, new.dtype
    return any(jnp.issubdtype(dtype, jnp.complexfloating) for dtype in dtypes)


def is_inexact(old: Any, new: Any) -> bool:
    """Tells whether either array holds floats or complex numbers."""
    return any(jnp.issubdtype(dtype, jnp.inexact) for dtype in (old.dtype, new.dtype))


def _subtract_on_host(old: np.ndarray, new: np.ndarray, kind: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        difference = np.asarray(np.subtract(new, old, dtype=kind, casting="unsafe"))
        if np.dtype(kind).kind == "i":
            return difference
        difference += 0.0  # -0.0 less 0.0 is -0.0
        # Where both sides are the same, only NaN and infinity do not give 0.
        is_broken = np.isnan(difference)
        if is_broken.any():
            same = is_same(old[is_broken], new[is_broken], np)
            difference[is_broken] = np.where(same, 0, difference[is_broken])
    return difference


@functools.partial(jax.jit, static_argnames="kind")
def _subtract_compiled(old: jax.Array, new: jax.Array, kind: np.dtype) -> jax.Array:
    difference = new.astype(kind) - old.astype(kind)
    if kind.kind == "i":
        return difference
    return jnp.where(is_same(old, new, jnp), jnp.zeros((), kind), difference)
