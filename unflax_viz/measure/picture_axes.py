"""Decides which axes of an array make the rows and the columns of a picture."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from unflax_viz.errors import WrongValueError


@dataclasses.dataclass(frozen=True)
class PictureAxes:
    """What each axis of an array is in a picture of it.

    Axes are numbered from 0, or by the numbers that they have in a larger array.

    Attributes:
      rows: The axes that are folded into the rows, outermost first. Empty where all
        values are one line, which may be cut into rows as a text is.
      mean: The axes over which a cell is a mean.
      column: The axis along which the columns run; None for a single number.
    """

    rows: tuple[int, ...]
    mean: tuple[int, ...]
    column: int | None

    def numbered(self, numbers: Sequence[int]) -> PictureAxes:
        """Names each axis by its item of `numbers`."""
        return PictureAxes(
            rows=tuple(numbers[axis] for axis in self.rows),
            mean=tuple(numbers[axis] for axis in self.mean),
            column=None if self.column is None else numbers[self.column],
        )


def choose_axes(
    shape: Sequence[int], rows: int | None = None, column: int | None = None
) -> PictureAxes:
    """Chooses the axes of a picture; those of length 1 are left out where they can be.

    Args:
      shape: Length of each axis, none of them 0.
      rows: The axis of the rows; what is neither rows nor columns is averaged. None
        to fold all other axes into the rows.
      column: The axis of the columns; None for the last one longer than 1 that is not
        `rows`.

    Returns:
      The axes. Whatever is asked for, an array with one axis longer than 1 is a line.

    Raises:
      WrongValueError: If an axis does not exist, or both are the same.
    """
    for axis in (rows, column):
        if axis is not None and axis not in range(len(shape)):
            raise WrongValueError(f"There is no axis {axis} to draw.", axis)
    if rows is not None and rows == column:
        raise WrongValueError(
            f"Axis {rows} cannot make both the rows and the columns; choose two axes.",
            rows,
        )
    long = [axis for axis, size in enumerate(shape) if size > 1]
    if len(long) < 2:
        return PictureAxes((), (), long[0] if long else None)
    if column is None:
        column = next(axis for axis in reversed(long) if axis != rows)
    others = tuple(axis for axis in long if axis not in (rows, column))
    if rows is None:
        return PictureAxes(others, (), column)
    return PictureAxes((rows,), others, column)


def describe_table(
    axes: PictureAxes, sizes: Mapping[int, int], block: tuple[int, int]
) -> str:
    """Writes what rows, columns and one cell of a picture stand for.

    Args:
      axes: The axes of a picture that has rows.
      sizes: Length of each axis that `axes` names.
      block: How many of the folded rows and of the columns a cell takes.
    """
    assert axes.column is not None
    n_rows = math.prod(sizes[axis] for axis in axes.rows)
    caption = (
        f"rows: {_named_axes(axes.rows)} ({n_rows:,}), "
        f"columns: axis {axes.column} ({sizes[axes.column]:,})"
    )
    factors = list(block) if block != (1, 1) else []
    if axes.mean:
        factors.append(math.prod(sizes[axis] for axis in axes.mean))
    if not factors:
        return caption
    values = " x ".join(f"{factor:,}" for factor in factors)
    mixed = _mixed_axes(axes.rows, sizes, block[0])
    return (
        f"{caption}; each cell is the mean of {values} values"
        + (f", across {_named_axes(mixed)}" if len(mixed) > 1 else "")
        + (f", over all of {_named_axes(axes.mean)}" if axes.mean else "")
    )


def _mixed_axes(
    rows: Sequence[int], sizes: Mapping[int, int], block_rows: int
) -> list[int]:
    """Returns the axes of the rows along which one block can have several places."""
    axes: list[int] = []
    n_rows = 1
    for axis in reversed(rows):
        if n_rows < block_rows:
            axes.insert(0, axis)
        n_rows *= sizes[axis]
    return axes


def _named_axes(axes: Sequence[int]) -> str:
    """Writes `axis 1`, or `axes 0-2`."""
    return f"{'axis' if len(axes) == 1 else 'axes'} {_join_axes(axes)}"


def _join_axes(axes: Sequence[int]) -> str:
    """Writes `0-2` for neighbours, else `0, 2`."""
    if len(axes) > 1 and axes[-1] - axes[0] == len(axes) - 1:
        return f"{axes[0]}-{axes[-1]}"
    return ", ".join(map(str, axes))
