"""Finds the numbers that can be read from a value, in the pieces in which they lie."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from unflax_viz.measure.meshes import is_on_one_cpu
from unflax_viz.measure.numbers import format_shape
from unflax_viz.measure.subtraction import Difference


@dataclasses.dataclass(frozen=True)
class NoValues:
    """The answer for a value that has no numbers to summarise.

    Attributes:
      reason: One sentence for the reader that says why.
    """

    reason: str


def find_missing_values(value: Any) -> NoValues | None:
    """Says why `value` has no numbers to read, or answers None if it has some.

    Args:
      value: Anything: an array of JAX or NumPy, a difference of two, a Python number,
        a `jax.ShapeDtypeStruct`, a tracer, an object.

    Returns:
      None for arrays and numbers of a real, complex, integer or boolean dtype whose
      memory this process can read; bfloat16, float8, float4 and int4 are among them.
    """
    if isinstance(value, jax.ShapeDtypeStruct):
        return NoValues("Only the shape is known: an abstract run computes no values.")
    if isinstance(value, Tracer):
        return NoValues("Only the shape is known: the value is a JAX tracer.")
    if isinstance(value, jax.Array):
        return _find_missing_in_device_array(value)
    if isinstance(value, Difference):
        return find_missing_values(value.before) or find_missing_values(value.after)
    dtype = np.asarray(value).dtype
    return (
        None if _is_numeric(dtype) else NoValues(f"No numbers: the dtype is {dtype}.")
    )


def _find_missing_in_device_array(array: jax.Array) -> NoValues | None:
    if array.is_deleted():
        return NoValues(
            "The array was deleted; most likely its memory was donated to a later call."
        )
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return NoValues(f"{format_shape(array)} is a PRNG key, not a number.")
    if not array.is_fully_addressable:
        return NoValues("Parts of the array lie in another process.")
    if not _is_numeric(array.dtype):
        return NoValues(f"No numbers: the dtype is {array.dtype}.")
    return None


def _is_numeric(dtype: np.dtype) -> bool:
    if dtype.kind == "m":  # a duration, which NumPy counts among the integers
        return False
    return jnp.issubdtype(dtype, jnp.number) or jnp.issubdtype(dtype, jnp.bool_)


def find_pieces(value: Any) -> list[Any]:
    """Returns pieces on one device each that together hold every element once.

    Args:
      value: A value for which `find_missing_values` answers None. Of a replicated
        array one replica is taken. Nothing is moved between devices.

    Returns:
      NumPy arrays for what lies in host memory (a view, where JAX allows one), and
      JAX arrays for what lies on an accelerator; of a difference, differences of them.
    """
    if isinstance(value, Difference):
        return _pieces_of_difference(value)
    if not isinstance(value, jax.Array) or is_on_one_cpu(value):
        return [np.asarray(value)]
    return list(_pieces_by_device(value).values())


def _pieces_by_device(array: jax.Array) -> dict[Any, np.ndarray | jax.Array]:
    shards = [shard for shard in array.addressable_shards if shard.replica_id == 0]
    return {
        shard.device: np.asarray(shard.data)
        if shard.device.platform == "cpu"
        else shard.data
        for shard in shards
    }


def _pieces_of_difference(value: Difference) -> list[Difference]:
    if isinstance(value.before, np.ndarray):
        return [value]
    # Both are sharded alike, but a replica may be counted from another device.
    before = _pieces_by_device(value.before)
    after = {shard.device: shard.data for shard in value.after.addressable_shards}
    return [
        Difference(
            piece,
            np.asarray(after[device])
            if isinstance(piece, np.ndarray)
            else after[device],
            value.dtype,
        )
        for device, piece in before.items()
    ]


def to_real(array: Any, xp: Any) -> Any:
    """Widens an array to a dtype in which it can be compared and counted exactly.

    Args:
      array: Array of any numeric dtype, any shape.
      xp: `numpy`, or `jax.numpy` inside `enable_x64(True)`.

    Returns:
      An array of the same shape: uint64 for uint64, int64 for other integers and
      booleans, float64 for floats, and the magnitude in float64 for complex numbers
      (NaN if either part is NaN).
    """
    dtype = array.dtype
    if dtype == np.uint64:
        return array
    if jnp.issubdtype(dtype, jnp.integer) or jnp.issubdtype(dtype, jnp.bool_):
        return array.astype(np.int64)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        wide = array.astype(np.complex128)
        # C's hypot, and so abs(), answers inf for inf + nan j: that would hide a NaN.
        return xp.where(xp.isnan(wide), np.nan, xp.abs(wide))
    return array.astype(np.float64)


def to_comparable(array: np.ndarray) -> np.ndarray:
    """Does what `to_real` does, but leaves float32 and widens others only to that.

    Nothing is lost by it: no float narrower than float32 has a number that float32
    has not. float32 is compared in half the time.
    """
    if jnp.issubdtype(array.dtype, jnp.floating) and array.dtype.itemsize <= 4:
        return array.astype(np.float32, copy=False)
    return to_real(array, np)
