"""Draws an array of any rank as one small picture."""

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.chunks import CHUNK_SIZE, is_on_host
from unflax_viz.measure.meshes import enable_x64, is_on_one_cpu, with_auto_axes
from unflax_viz.measure.numbers import format_counted
from unflax_viz.measure.picture_axes import PictureAxes, choose_axes, describe_table
from unflax_viz.measure.progress import Report, part_of, tell
from unflax_viz.measure.subtraction import Difference, computed
from unflax_viz.measure.values import NoValues, find_missing_values, to_real

MAX_SIDE = 96
_MIN_FOLDED_WIDTH = 24  # a narrower picture would no longer read as rows of one line


@dataclasses.dataclass(frozen=True)
class Thumbnail:
    """A picture of an array with at most 96 x 96 cells.

    Attributes:
      values: Cell values, float32, shape (height, width). NaN where any element of
        the cell is NaN, or where it holds infinities of both signs; infinite where
        it holds one infinity.
      low: Smallest finite cell value, for a colour scale; 0.0 without any.
      high: Largest finite cell value; 1.0 without any.
      caption: What the rows, the columns and one cell stand for.
      axes: Which axes are the rows, the columns, and what a cell is a mean over.
      block: How many of the folded rows and of the columns a cell takes, fewer at the
        borders.
    """

    values: np.ndarray
    low: float
    high: float
    caption: str
    axes: PictureAxes
    block: tuple[int, int]


@dataclasses.dataclass(frozen=True)
class _Layout:
    """How an array is read as a table, and the table reduced to a picture.

    The table has `rows` x `columns` elements; a cell takes `block_rows` x
    `block_columns` of them, fewer at the lower and right borders. The array's axes are
    taken in the order `order`; the last one makes the columns, the others are folded.
    """

    order: tuple[int, ...]
    rows: int
    columns: int
    block_rows: int
    block_columns: int

    @property
    def height(self) -> int:
        return math.ceil(self.rows / self.block_rows)

    @property
    def width(self) -> int:
        return math.ceil(self.columns / self.block_columns)

    @property
    def block_sizes(self) -> np.ndarray:
        """Elements per cell, float64, shape (height, width)."""
        in_rows = np.diff(_starts(self.rows, self.block_rows), append=self.rows)
        in_columns = np.diff(
            _starts(self.columns, self.block_columns), append=self.columns
        )
        return np.outer(in_rows, in_columns).astype(np.float64)


def thumbnail_of(
    value: Any,
    report: Report | None = None,
    axes: Sequence[int] | None = None,
    *,
    rows: int | None = None,
    column: int | None = None,
    max_side: int = MAX_SIDE,
) -> Thumbnail | NoValues:
    """Draws an array as a table of cells, each the mean of a block of elements.

    Without `rows` and `column` the last axis longer than 1 becomes the columns, and
    the others are folded into the rows. An array with one axis longer than 1 is a
    single row, or, beyond `max_side` elements, a text of lines to be read row by row.
    The caption says which, and how large the blocks are. Means are accumulated in
    float64; a block with a NaN is NaN, so none is lost.

    Args:
      value: Array of any shape and numeric dtype, from NumPy or JAX, what
        `difference_of` answered, or a number (drawn as one cell). Booleans count as 0
        and 1, so a cell is the share of True; complex numbers are drawn by magnitude.
        A sharded array is reduced on its devices. Cells beyond float32 become infinite.
      report: Told how far it is, before each chunk on the host.
      axes: What the caption and the answer call the axes: their numbers in the array
        that `value` is a slice of, in order. From 0 if left out.
      rows: Position in `value.shape` of the axis that makes the rows; further axes are
        averaged. None to fold them all into the rows.
      column: Position of the axis that makes the columns.
      max_side: How many cells at most stand beside or below one another.

    Returns:
      The thumbnail; or `NoValues` where `statistics_of` answers that, and for an
      array without elements.

    Raises:
      WrongValueError: If the array has no such axis, or both are the same.
    """
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    array = value if isinstance(value, jax.Array | Difference) else np.asarray(value)
    if math.prod(array.shape) == 0:
        sizes = " x ".join(str(size) for size in array.shape)
        return NoValues(f"There is nothing to draw: the shape is {sizes}.")
    chosen = choose_axes(array.shape, rows, column)
    block, layout = _layout_of(array.shape, chosen, max_side)
    cells = _block_means(array, layout, report)
    if not chosen.rows:
        cells = cells.reshape(-1, _line_width(cells.size, max_side) or cells.size)
    numbers = axes or range(array.ndim)
    named = chosen.numbered(numbers)
    sizes = dict(zip(numbers, array.shape, strict=True))
    finite = cells[np.isfinite(cells)]
    return Thumbnail(
        values=cells,
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 1.0,
        caption=(
            describe_table(named, sizes, block)
            if chosen.rows
            else _line_caption(layout, cells)
        )
        + ("; complex numbers by magnitude" if array.dtype.kind == "c" else ""),
        axes=named,
        block=block,
    )


def _layout_of(
    shape: tuple[int, ...], axes: PictureAxes, max_side: int
) -> tuple[tuple[int, int], _Layout]:
    """Returns how much a cell takes of the rows and columns that are drawn, and how."""
    if not axes.rows:
        layout = _line_layout(shape, max_side)
        return (1, layout.block_columns), layout
    assert axes.column is not None
    n_rows = math.prod(shape[axis] for axis in axes.rows)
    n_mean = math.prod(shape[axis] for axis in axes.mean)
    n_columns = shape[axes.column]
    block = math.ceil(n_rows / max_side), math.ceil(n_columns / max_side)
    used = *axes.rows, *axes.mean
    unit = [axis for axis in range(len(shape)) if axis not in (*used, axes.column)]
    order = *unit, *used, axes.column
    return block, _Layout(
        order, n_rows * n_mean, n_columns, block[0] * n_mean, block[1]
    )


def _line_layout(shape: tuple[int, ...], max_side: int) -> _Layout:
    """Chooses the smallest blocks whose means fill whole rows of a picture."""
    size = math.prod(shape)
    block = math.ceil(size / max_side**2)
    while _line_width(math.ceil(size / block), max_side) is None:
        block += 1
    return _Layout(tuple(range(len(shape))), 1, size, 1, block)


def _line_width(n_cells: int, max_side: int) -> int | None:
    """Returns the longest row into which `n_cells` can be folded without a gap."""
    if n_cells <= max_side:
        return n_cells
    for width in range(max_side, _MIN_FOLDED_WIDTH - 1, -1):
        if n_cells % width == 0 and n_cells // width <= max_side:
            return width
    return None


def _starts(size: int, block: int) -> np.ndarray:
    return np.arange(0, size, block)


def _block_means(array: Any, layout: _Layout, report: Report | None) -> np.ndarray:
    """Returns the mean of each block, float32, shape (height, width)."""
    if isinstance(array, jax.Array) and is_on_one_cpu(array):
        array = np.asarray(array)
    with np.errstate(all="ignore"):
        if is_on_host(array):
            sums = block_sums_on_host(array, layout, report)
        else:
            tell(report, 0.0)
            sums = block_sums_on_device(array, layout)
        return (sums / layout.block_sizes).astype(np.float32)


def block_sums_on_host(
    array: Any, layout: _Layout, report: Report | None = None
) -> np.ndarray:
    """Sums each block with NumPy, float64, shape (height, width)."""
    table = jax.tree.map(lambda it: _as_table(it, layout), array)
    sums: list[np.ndarray] = []
    for start in range(0, layout.rows, layout.block_rows):
        band = slice(start, min(start + layout.block_rows, layout.rows))
        part = part_of(report, start / layout.rows, band.stop / layout.rows)
        sums.append(_sums_in_band(table, band, layout, part))
    return np.stack(sums)


def _as_table(array: np.ndarray, layout: _Layout) -> np.ndarray:
    """Returns a view, of two axes where one can be had without a copy of the array."""
    long = [axis for axis in layout.order if array.shape[axis] > 1]
    if long == sorted(long):
        return array.reshape(layout.rows, layout.columns)
    return array.transpose(layout.order)


def _sums_in_band(
    table: Any, band: slice, layout: _Layout, report: Report | None
) -> np.ndarray:
    """Sums the blocks of one row of cells, some at a time: only they are widened."""
    n_columns = layout.columns
    n_blocks = max(1, CHUNK_SIZE // ((band.stop - band.start) * layout.block_columns))
    step = n_blocks * layout.block_columns
    sums: list[np.ndarray] = []
    for start in range(0, n_columns, step):
        tell(report, start / n_columns)
        columns = slice(start, start + step)
        cut = jax.tree.map(lambda it, at=columns: _cut(it, band, at), table)
        in_columns = to_real(computed(cut), np).astype(np.float64).sum(axis=0)
        starts = _starts(in_columns.size, layout.block_columns)
        sums.append(np.add.reduceat(in_columns, starts))
    return np.concatenate(sums)


def _cut(table: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Takes rows, counted as if the leading axes were folded, of some columns."""
    piece = table[..., columns]
    if piece.ndim == 2:
        return piece[rows]
    return piece[np.unravel_index(np.arange(rows.start, rows.stop), piece.shape[:-1])]


def block_sums_on_device(array: Any, layout: _Layout) -> np.ndarray:
    """Sums each block where the array lies, float64, shape (height, width)."""
    with enable_x64(True):
        movable = jax.tree.map(with_auto_axes, array)
        return np.asarray(_block_sums_compiled(movable, layout))


@functools.partial(jax.jit, static_argnames="layout")
def _block_sums_compiled(array: Any, layout: _Layout) -> jax.Array:
    table = computed(array).transpose(layout.order)
    table = table.reshape(layout.rows, layout.columns)
    missing_rows = layout.height * layout.block_rows - layout.rows
    missing_columns = layout.width * layout.block_columns - layout.columns
    numbers = to_real(table, jnp).astype(np.float64)
    padded = jnp.pad(numbers, ((0, missing_rows), (0, missing_columns)))
    blocks = padded.reshape(
        layout.height, layout.block_rows, layout.width, layout.block_columns
    )
    return jnp.sum(blocks, axis=(1, 3))


def _line_caption(layout: _Layout, cells: np.ndarray) -> str:
    n_values = format_counted(layout.columns, "value")
    height, width = cells.shape
    folding = "in one row" if height == 1 else f"folded into rows of {width} cells"
    if layout.block_columns == 1:
        return f"{n_values} {folding}"
    return (
        f"{n_values} {folding}; "
        f"each cell is the mean of {layout.block_columns:,} values"
    )
