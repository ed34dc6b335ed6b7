"""Describes how an array lies on its devices, as a table of at most two of its axes."""

from __future__ import annotations

from typing import Any

import jax
from jax.sharding import NamedSharding

from unflax_viz.describe.axes import axes_of
from unflax_viz.describe.values import one_line, safely, shorten
from unflax_viz.protocol import Sharding

_MAX_CELLS = 16
_MAX_DEVICES = 16
_MAX_TEXT = 200

PartStart = tuple[int, ...]
"""The first position of a part on each axis."""


def sharding_of(array: Any) -> Sharding | None:
    """Says which devices hold which part of an array, whatever its sharding is made of.

    Args:
      array: Anything; an array that was deleted still has its sharding, and so may a
        `jax.ShapeDtypeStruct`.

    Returns:
      Words and a table over the partitioned axes: of one or two axes all of them, of
      more the two with the most parts; one cell where every device has a copy. At most
      16 x 16 cells, and the words say so. None for an array on one device.
    """
    sharding = getattr(array, "sharding", None)
    if not isinstance(sharding, jax.sharding.Sharding):
        return None
    try:
        if len(sharding.device_set) < 2:
            return None
        return _table_of(array, sharding)
    except Exception as error:
        text = f"The sharding cannot be shown: {type(error).__name__}."
        return Sharding(text=text, row_axis="", column_axis="", cells=[])


def _table_of(array: Any, sharding: jax.sharding.Sharding) -> Sharding:
    devices = _devices_by_place(sharding, tuple(array.shape))
    starts = [sorted(set(axis)) for axis in zip(*devices, strict=True)]
    partitioned = [axis for axis, places in enumerate(starts) if len(places) > 1]
    by_parts = sorted(partitioned, key=lambda axis: -len(starts[axis]))
    drawn = sorted(by_parts[:2])
    row_axis = drawn[0] if drawn else None
    column_axis = drawn[1] if len(drawn) > 1 else None
    n_rows = len(starts[row_axis]) if row_axis is not None else 1
    n_columns = len(starts[column_axis]) if column_axis is not None else 1
    names = [axis["name"] for axis in axes_of(array)] or [""] * len(array.shape)
    words = [_describe(sharding)]
    if len(partitioned) > 2:
        words.append(f"{len(partitioned)} axes are partitioned, two are drawn")
    if n_rows > _MAX_CELLS or n_columns > _MAX_CELLS:
        words.append(f"the first parts of {n_rows} x {n_columns}")
    return Sharding(
        text="; ".join(words),
        row_axis=_axis_text(row_axis, names),
        column_axis=_axis_text(column_axis, names),
        cells=_cells(devices, starts, row_axis, column_axis),
    )


def _devices_by_place(
    sharding: jax.sharding.Sharding, shape: tuple[int, ...]
) -> dict[PartStart, list[int]]:
    devices: dict[PartStart, list[int]] = {}
    for device, index in sharding.devices_indices_map(shape).items():
        place = tuple(part.start or 0 for part in index or ())
        devices.setdefault(place, []).append(device.id)
    return devices


def _cells(
    devices: dict[PartStart, list[int]],
    starts: list[list[int]],
    row_axis: int | None,
    column_axis: int | None,
) -> list[list[str]]:
    table: dict[tuple[int, int], list[int]] = {}
    for place, ids in devices.items():
        row = 0 if row_axis is None else starts[row_axis].index(place[row_axis])
        column = (
            0 if column_axis is None else starts[column_axis].index(place[column_axis])
        )
        table.setdefault((row, column), []).extend(ids)
    n_rows = min(1 + max(row for row, _ in table), _MAX_CELLS)
    n_columns = min(1 + max(column for _, column in table), _MAX_CELLS)
    return [
        [_describe_devices(table[row, column]) for column in range(n_columns)]
        for row in range(n_rows)
    ]


def _describe_devices(ids: list[int]) -> str:
    shown = ", ".join(map(str, sorted(ids)[:_MAX_DEVICES]))
    n_more = len(ids) - _MAX_DEVICES
    return f"{shown} and {n_more:,} more" if n_more > 0 else shown


def _axis_text(axis: int | None, names: list[str]) -> str:
    if axis is None:
        return ""
    return f"axis {axis} ({names[axis]})" if names[axis] else f"axis {axis}"


def _describe(sharding: jax.sharding.Sharding) -> str:
    """Writes a sharding: `PartitionSpec('data', None) on data 4 x model 2`."""
    if isinstance(sharding, NamedSharding):
        mesh = " x ".join(
            f"{name} {size}" for name, size in sharding.mesh.shape.items()
        )
        spec = ", ".join(map(repr, sharding.spec))
        text = f"PartitionSpec({spec}) on {mesh}"
    else:
        n_devices = len(sharding.device_set)
        text = f"{type(sharding).__name__} on {n_devices} devices"
    memory = safely(lambda s: s.memory_kind or "", sharding)
    if memory not in ("", "device", "unpinned_host"):
        text += f", in the memory {memory}"
    return shorten(one_line(text), _MAX_TEXT)
