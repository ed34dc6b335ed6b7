"""Takes a slice of an array where the array lies."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from unflax_viz.errors import WrongValueError
from unflax_viz.measure.numbers import format_shape

Index = tuple[int | None, ...]
"""One item for each axis: a position from 0, or None for the whole axis."""


def slice_of(value: Any, index: Sequence[int | None]) -> Any:
    """Takes the part of an array at fixed positions of some axes, where it lies.

    Args:
      value: Array of any shape and dtype, from NumPy or JAX, with memory that can be
        read; or a `jax.ShapeDtypeStruct`.
      index: One item for each axis: a position from 0, or None for the whole axis.
        Empty for the whole array.

    Returns:
      An array of the same dtype without the axes that have a position: a view of a
      NumPy array, an array on the same device of a JAX array. Of a sharded array only
      those devices work that hold a part of the slice, each on its own part, and the
      slice is sharded over them. Nothing is compiled again for another position.

    Raises:
      WrongValueError: If `index` does not fit the shape.
    """
    wanted = check_index(value, index)
    if not any(item is not None for item in wanted):
        return value
    if isinstance(value, jax.ShapeDtypeStruct):
        sizes = zip(value.shape, wanted, strict=True)
        shape = tuple(size for size, item in sizes if item is None)
        return jax.ShapeDtypeStruct(shape, value.dtype)
    if not isinstance(value, jax.Array):
        key = tuple(slice(None) if item is None else item for item in wanted)
        return np.asarray(np.asarray(value)[key])
    # Whoever looks for a NaN has JAX raise at each; here it is only looked at.
    with jax.debug_nans(False), jax.debug_infs(False):
        if len(value.sharding.device_set) == 1:
            return _take_on_device(value, wanted)
        return _take_sharded(value, wanted)


def check_index(value: Any, index: Sequence[Any]) -> Index:
    """Returns `index` with one item for each axis, if it fits the array.

    Raises:
      WrongValueError: If it does not; the message says what would.
    """
    shape = tuple(value.shape)
    if len(index) == 0:
        return (None,) * len(shape)
    if len(index) != len(shape):
        raise WrongValueError(
            f"The index {list(index)} has {len(index)} items, but "
            f"{format_shape(value)} has {len(shape)} axes; give one item for each.",
            index,
        )
    for axis, (item, size) in enumerate(zip(index, shape, strict=True)):
        if item is None:
            continue
        if not isinstance(item, int) or isinstance(item, bool):
            raise WrongValueError(
                f"The position {item!r} on axis {axis} is not an integer; give one "
                "from 0, or None for the whole axis.",
                index,
            )
        if not 0 <= item < size:
            raise WrongValueError(
                f"Axis {axis} of {format_shape(value)} has no position {item}; "
                + (f"they run from 0 to {size - 1}." if size else "it is empty."),
                index,
            )
    return tuple(index)


def describe_index(index: Sequence[int | None]) -> str:
    """Writes an index as Python does: `[0, 3, :, :]`; nothing for the whole array."""
    if not any(item is not None for item in index):
        return ""
    return f"[{', '.join(':' if item is None else str(item) for item in index)}]"


def _take_on_device(array: jax.Array, index: Index) -> jax.Array:
    """Slices an array that lies on one device."""
    fixed = {axis: item for axis, item in enumerate(index) if item is not None}
    # NumPy scalars, so that their values are not part of what is compiled.
    starts = tuple(map(np.int32, fixed.values()))
    return _take_compiled(array, starts, tuple(fixed))


@functools.partial(jax.jit, static_argnames="axes")
def _take_compiled(
    array: jax.Array, starts: tuple[jax.Array, ...], axes: tuple[int, ...]
) -> jax.Array:
    zero = jnp.zeros((), jnp.int32)
    firsts = [zero] * array.ndim
    sizes = list(array.shape)
    for axis, start in zip(axes, starts, strict=True):
        firsts[axis], sizes[axis] = start, 1
    return jnp.squeeze(jax.lax.dynamic_slice(array, firsts, sizes), axes)


def _take_sharded(array: jax.Array, index: Index) -> jax.Array:
    """Slices the shards that hold a part of the slice, and joins them to an array.

    Not one slice of the whole: along a partitioned axis XLA gathers it on each device.
    """
    parts: dict[tuple[int, ...], jax.Array] = {}
    for shard in array.addressable_shards:
        starts = [place.start or 0 for place in shard.index]
        local = _local_index(index, starts, shard.data.shape)
        if local is not None and shard.replica_id == 0:
            kept = zip(starts, index, strict=True)
            place = tuple(start for start, item in kept if item is None)
            parts[place] = _take_on_device(shard.data, local)
    return _join(parts, format_shape(array))


def _local_index(
    index: Index, starts: list[int], shape: tuple[int, ...]
) -> Index | None:
    """Returns the index within a shard; None if the shard holds nothing of it."""
    local: list[int | None] = []
    for item, start, size in zip(index, starts, shape, strict=True):
        if item is not None and not start <= item < start + size:
            return None
        local.append(None if item is None else item - start)
    return tuple(local)


def _join(parts: dict[tuple[int, ...], jax.Array], whole: str) -> jax.Array:
    """Joins parts that lie on a device each to one sharded array.

    Args:
      parts: The parts by their first positions; together they are a grid.
      whole: What they are parts of, for the message.
    """
    places = sorted(parts)
    starts = [sorted(set(axis)) for axis in zip(*places, strict=True)]
    grid = tuple(map(len, starts))
    assert len(places) == np.prod(grid, dtype=int), f"the shards of {whole}: {places}"
    arrays = [parts[place] for place in places]
    if len(arrays) == 1:
        return arrays[0]
    devices = np.array([next(iter(part.devices())) for part in arrays]).reshape(grid)
    names = tuple(f"axis_{axis}" for axis in range(len(grid)))
    sharding = NamedSharding(Mesh(devices, names), PartitionSpec(*names))
    shape = tuple(n * size for n, size in zip(grid, arrays[0].shape, strict=True))
    return jax.make_array_from_single_device_arrays(shape, sharding, arrays)
