"""Finds the value of a call, and the part of it, that a question means."""

from __future__ import annotations

import dataclasses
from typing import Any

from unflax_viz.answers.asked import Asked
from unflax_viz.describe.held_values import HeldValue, find_held_value
from unflax_viz.describe.values import array_of, one_line
from unflax_viz.errors import UnflaxVizError
from unflax_viz.measure import ChangedRegion, NoValues, changed_region, difference_of
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.measure.slices import check_index, describe_index, slice_of
from unflax_viz.measure.values import find_missing_values
from unflax_viz.protocol import Side


class NoSuchValueError(UnflaxVizError):
    """The scope of the call holds no value of that name, or none at that side."""


@dataclasses.dataclass(frozen=True)
class AskedValue:
    """Which part of which value is meant.

    Attributes:
      held: The entry.
      side: One of its sides.
      index: One item for each axis, or nothing for the whole.
    """

    held: HeldValue
    side: Side
    index: list[int | None]

    @property
    def value(self) -> Any:
        """The value, in its box; of a difference that before."""
        return self.held.values[_side_of(self.side)]

    @property
    def name(self) -> str:
        """Name and slice, and what is subtracted."""
        name = one_line(self.held.name) + describe_index(self.index)
        is_difference = self.side == "difference"
        return f"{name}, after minus before" if is_difference else name


def find_asked_value(asked: Asked) -> AskedValue:
    """Reads the fields "entry", "side" and "index" of a request.

    Raises:
      NoSuchValueError: If the call holds no such value.
      WrongValueError: If the index does not fit the array.
    """
    node, request = asked.node, asked.request
    key, side = request.get("entry"), request.get("side")
    held = find_held_value(node, asked.index, key) if isinstance(key, str) else None
    if held is None:
        raise NoSuchValueError(
            f"The call '{node.address}' holds no value {key!r}; the items of its "
            "panels are the ones that it holds."
        )
    if side not in held.sides:
        raise NoSuchValueError(
            f"'{held.name}' has no value {side!r}; it is known "
            f"{' and '.join(held.sides)}."
        )
    positions = request.get("index", [])
    if not isinstance(positions, list):
        raise NoSuchValueError(
            f"index must be a list with one item for each axis, not {positions!r}."
        )
    value = AskedValue(held, side, positions)
    array = array_of(value.value)
    if array is not None:
        check_index(array, positions)
    return value


def _side_of(side: Side) -> Side:
    return "before" if side == "difference" else side


def part_of_value(
    value: AskedValue, report: Report | None, has_region: bool = True
) -> tuple[Any, ChangedRegion | None]:
    """Returns the array or difference that is asked for, and where it changed.

    In the place of an array without numbers stands why it has none.
    """
    if value.side != "difference":
        return _slice(value.value, value.index), None
    before, after = (_slice(side, value.index) for side in value.held.values.values())
    difference = difference_of(before, after, part_of(report, 0.0, 0.5))
    if isinstance(difference, NoValues) or not has_region:
        return difference, None
    region = changed_region(before, after, part_of(report, 0.5, 1.0))
    return difference, None if isinstance(region, NoValues) else region


def _slice(value: Any, index: list[int | None]) -> Any:
    array = array_of(value)
    missing = find_missing_values(array)
    return slice_of(array, index) if missing is None else missing
