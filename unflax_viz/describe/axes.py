"""The lengths and the names of the axes of an array."""

from __future__ import annotations

from typing import Any

from jax.sharding import NamedSharding

from unflax_viz.describe.values import array_of, one_line, safely, shorten
from unflax_viz.protocol import Axis

_MAX_NAME = 60


def axes_of(value: Any) -> list[Axis]:
    """Lists the axes of an array, or of the one array in a box, outermost first.

    Args:
      value: Anything. A box such as `flax.linen.Partitioned` names the axes by its
        `names`; where it does not, the mesh axes of a `NamedSharding` are their names.

    Returns:
      Sizes and names; nothing for what is not an array.
    """
    array = array_of(value)
    if array is None:
        return []
    names = _names_in_box(value, array) or _names_in_sharding(array)
    names += [""] * (len(array.shape) - len(names))
    return [
        Axis(name=name, size=int(size))
        for name, size in zip(names, array.shape, strict=True)
    ]


def describe_axis_names(axes: list[Axis]) -> str:
    """Writes the names of axes: `embed, mlp`; nothing where none has a name."""
    if not any(axis["name"] for axis in axes):
        return ""
    return ", ".join(axis["name"] or "_" for axis in axes)


def describe_mesh_axes(entry: Any) -> str:
    """Writes one entry of a `PartitionSpec`, or of the names of a box, on one line."""
    if entry is None:
        return ""
    if isinstance(entry, tuple | list):
        return ", ".join(filter(None, map(describe_mesh_axes, entry)))
    text = entry if isinstance(entry, str) else safely(repr, entry)
    return shorten(one_line(text), _MAX_NAME)


def _names_in_box(value: Any, array: Any) -> list[str]:
    names = getattr(value, "names", None)
    if value is array or not isinstance(names, tuple | list):
        return []
    if len(names) != len(array.shape):
        return []
    return [describe_mesh_axes(name) for name in names]


def _names_in_sharding(array: Any) -> list[str]:
    sharding = getattr(array, "sharding", None)
    if not isinstance(sharding, NamedSharding):
        return []
    spec = tuple(sharding.spec)[: len(array.shape)]
    return [
        describe_mesh_axes(entry) if isinstance(entry, str | tuple) else ""
        for entry in spec
    ]
