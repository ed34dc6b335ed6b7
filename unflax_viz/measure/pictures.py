"""Draws an array as one picture, or as one picture for each index of an axis."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from unflax_viz.errors import WrongValueError
from unflax_viz.measure.picture_axes import PictureAxes
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.measure.slices import slice_of
from unflax_viz.measure.thumbnail import MAX_SIDE, Thumbnail, thumbnail_of
from unflax_viz.measure.values import NoValues, find_missing_values

MAX_MULTIPLES = 64
MAX_SIDE_OF_MULTIPLES = 48


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Pictures of one size and of one colour scale.

    Attributes:
      values: Cell values, float32, shape (n_pictures, height, width); see `Thumbnail`.
      low: Smallest finite cell value of all pictures; 0.0 without any.
      high: Largest finite cell value of all pictures; 1.0 without any.
      caption: What pictures, rows, columns and one cell stand for.
      axes: Which axes are the rows, the columns, and what a cell is a mean over.
      block: How many of the folded rows and of the columns a cell takes.
      each: The axis along whose indices the pictures stand, from 0; None for one
        picture of the whole.
    """

    values: np.ndarray
    low: float
    high: float
    caption: str
    axes: PictureAxes
    block: tuple[int, int]
    each: int | None


def pictures_of(
    value: Any,
    report: Report | None = None,
    *,
    numbers: Sequence[int] | None = None,
    rows: int | None = None,
    column: int | None = None,
    each: int | None = None,
) -> Pictures | NoValues:
    """Draws an array, each cell the mean of a block of elements.

    Args:
      value: As for `thumbnail_of`.
      report: Told how far it is.
      numbers: The numbers of the axes of `value` in the array that it is a slice of,
        in order. From 0 if left out. The other arguments and the answer use them.
      rows: The axis of the rows; None to fold the axes that nothing else uses.
      column: The axis of the columns; None for the last one longer than 1.
      each: Draws the slice at each of the first 64 indices of this axis, in at most
        48 x 48 cells, instead of one picture in at most 96 x 96.

    Returns:
      The pictures; or `NoValues` where `thumbnail_of` answers that.

    Raises:
      WrongValueError: If an axis is not one of `numbers`, or has two uses.
    """
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    numbers = range(np.ndim(value)) if numbers is None else numbers
    _check_uses(numbers, rows, column, each)
    if each is None:
        drawn = _draw(value, report, numbers, rows, column, MAX_SIDE)
        return drawn if isinstance(drawn, NoValues) else _joined([drawn], None, "")
    return _draw_each(value, report, numbers, rows, column, each)


def _check_uses(numbers: Sequence[int], *axes: int | None) -> None:
    """Raises an error where an axis does not exist or is to be two things."""
    used = [axis for axis in axes if axis is not None]
    for axis in used:
        if type(axis) is not int or axis not in numbers:
            raise WrongValueError(
                f"Axis {axis!r} cannot be drawn; choose among the axes without a fixed "
                f"index: {', '.join(map(str, numbers)) or 'there are none'}.",
                axis,
            )
        if used.count(axis) > 1:
            raise WrongValueError(
                f"Axis {axis} cannot have two uses in one picture; choose a different "
                "axis for rows, columns and pictures.",
                axis,
            )


def _draw(
    value: Any,
    report: Report | None,
    numbers: Sequence[int],
    rows: int | None,
    column: int | None,
    max_side: int,
) -> Thumbnail | NoValues:
    return thumbnail_of(
        value,
        report,
        numbers,
        rows=None if rows is None else numbers.index(rows),
        column=None if column is None else numbers.index(column),
        max_side=max_side,
    )


def _draw_each(
    value: Any,
    report: Report | None,
    numbers: Sequence[int],
    rows: int | None,
    column: int | None,
    each: int,
) -> Pictures | NoValues:
    position = numbers.index(each)
    others = [number for number in numbers if number != each]
    size = value.shape[position]
    n_drawn = min(size, MAX_MULTIPLES)
    drawn: list[Thumbnail] = []
    for index in range(n_drawn):
        part = part_of(report, index / n_drawn, (index + 1) / n_drawn)
        cut = _slice_at(value, position, index)
        found = _draw(cut, part, others, rows, column, MAX_SIDE_OF_MULTIPLES)
        if isinstance(found, NoValues):
            return found
        drawn.append(found)
    if not drawn:
        return NoValues("There is nothing to draw: an axis has length 0.")
    left = f", the first {n_drawn} are drawn" if n_drawn < size else ""
    heading = f"one picture for each index of axis {each} ({size:,}{left}); "
    return _joined(drawn, each, heading)


def _slice_at(value: Any, axis: int, index: int) -> Any:
    """Takes one place of an axis, of both sides of a difference."""
    places = [index if number == axis else None for number in range(value.ndim)]
    return jax.tree.map(lambda it: slice_of(it, places), value)


def _joined(drawn: list[Thumbnail], each: int | None, heading: str) -> Pictures:
    """Joins pictures that differ in nothing but their cells."""
    values = np.stack([thumbnail.values for thumbnail in drawn])
    finite = values[np.isfinite(values)]
    return Pictures(
        values=values,
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 1.0,
        caption=heading + drawn[0].caption,
        axes=drawn[0].axes,
        block=drawn[0].block,
        each=each,
    )
