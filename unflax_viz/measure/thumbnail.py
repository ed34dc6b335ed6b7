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
      block: How many rows and columns of the table a cell takes, fewer at the borders.
    """

    values: np.ndarray
    low: float
    high: float
    caption: str
    block: tuple[int, int]


@dataclasses.dataclass(frozen=True)
class _Layout:
    """How an array is read as a table, and the table reduced to a picture.

    The table has `rows` x `columns` elements; a cell takes `block_rows` x
    `block_columns` of them, fewer at the lower and right borders.
    """

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
    value: Any, report: Report | None = None, axes: Sequence[int] | None = None
) -> Thumbnail | NoValues:
    """Draws an array as a table of cells, each the mean of a block of elements.

    The last axis becomes the columns, all leading axes are folded into the rows. An
    array with one axis longer than 1 is a single row, or, beyond 96 elements, a text
    of lines to be read row by row. The caption says which, and how large the blocks
    are. Means are accumulated in float64; a block with a NaN is NaN, so none is lost.

    Args:
      value: Array of any shape and numeric dtype, from NumPy or JAX, what
        `difference_of` answered, or a number (drawn as one cell). Booleans count as 0
        and 1, so a cell is the share of True; complex numbers are drawn by magnitude.
        A sharded array is reduced on its devices. Cells beyond float32 become infinite.
      report: Told how far it is, before each chunk on the host.
      axes: What the caption calls the axes: their numbers in the array that `value` is
        a slice of, in order. From 0 if left out.

    Returns:
      The thumbnail; or `NoValues` where `statistics_of` answers that, and for an
      array without elements.
    """
    missing = find_missing_values(value)
    if missing is not None:
        return missing
    array = value if isinstance(value, jax.Array | Difference) else np.asarray(value)
    if math.prod(array.shape) == 0:
        sizes = " x ".join(str(size) for size in array.shape)
        return NoValues(f"There is nothing to draw: the shape is {sizes}.")
    is_line = max(array.shape, default=1) == math.prod(array.shape)
    layout = _line_layout(array.shape) if is_line else _table_layout(array.shape)
    cells = _block_means(array, layout, report)
    if is_line:
        cells = cells.reshape(-1, _line_width(cells.size) or cells.size)
    caption = _line_caption(layout, cells) if is_line else ""
    finite = cells[np.isfinite(cells)]
    return Thumbnail(
        values=cells,
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 1.0,
        caption=(
            caption or _table_caption(layout, axes or range(array.ndim), array.shape)
        )
        + ("; complex numbers by magnitude" if array.dtype.kind == "c" else ""),
        block=(layout.block_rows, layout.block_columns),
    )


def _table_layout(shape: tuple[int, ...]) -> _Layout:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    return _Layout(
        rows, columns, math.ceil(rows / MAX_SIDE), math.ceil(columns / MAX_SIDE)
    )


def _line_layout(shape: tuple[int, ...]) -> _Layout:
    """Chooses the smallest blocks whose means fill whole rows of a picture."""
    size = math.prod(shape)
    block = math.ceil(size / MAX_SIDE**2)
    while _line_width(math.ceil(size / block)) is None:
        block += 1
    return _Layout(1, size, 1, block)


def _line_width(n_cells: int) -> int | None:
    """Returns the longest row into which `n_cells` can be folded without a gap."""
    if n_cells <= MAX_SIDE:
        return n_cells
    for width in range(MAX_SIDE, _MIN_FOLDED_WIDTH - 1, -1):
        if n_cells % width == 0 and n_cells // width <= MAX_SIDE:
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
    table = jax.tree.map(lambda it: it.reshape(layout.rows, layout.columns), array)
    sums: list[np.ndarray] = []
    for start in range(0, layout.rows, layout.block_rows):
        stop = min(start + layout.block_rows, layout.rows)
        part = part_of(report, start / layout.rows, stop / layout.rows)
        band = _cut(table, slice(start, stop), slice(None))
        sums.append(_sums_in_band(band, layout.block_columns, part))
    return np.stack(sums)


def _sums_in_band(band: Any, block_columns: int, report: Report | None) -> np.ndarray:
    """Sums the blocks of one row of cells, some at a time: only they are widened."""
    n_rows, n_columns = band.shape
    n_blocks = max(1, CHUNK_SIZE // (n_rows * block_columns))
    sums: list[np.ndarray] = []
    for start in range(0, n_columns, n_blocks * block_columns):
        tell(report, start / n_columns)
        columns = slice(start, start + n_blocks * block_columns)
        piece = to_real(computed(_cut(band, slice(None), columns)), np)
        in_columns = piece.astype(np.float64).sum(axis=0)
        starts = _starts(in_columns.size, block_columns)
        sums.append(np.add.reduceat(in_columns, starts))
    return np.concatenate(sums)


def _cut(table: Any, rows: slice, columns: slice) -> Any:
    """Takes rows and columns of an array, or of both sides of a difference."""
    return jax.tree.map(lambda it: it[rows, columns], table)


def block_sums_on_device(array: Any, layout: _Layout) -> np.ndarray:
    """Sums each block where the array lies, float64, shape (height, width)."""
    with enable_x64(True):
        movable = jax.tree.map(with_auto_axes, array)
        return np.asarray(_block_sums_compiled(movable, layout))


@functools.partial(jax.jit, static_argnames="layout")
def _block_sums_compiled(array: Any, layout: _Layout) -> jax.Array:
    table = computed(array).reshape(layout.rows, layout.columns)
    missing_rows = layout.height * layout.block_rows - layout.rows
    missing_columns = layout.width * layout.block_columns - layout.columns
    numbers = to_real(table, jnp).astype(np.float64)
    padded = jnp.pad(numbers, ((0, missing_rows), (0, missing_columns)))
    blocks = padded.reshape(
        layout.height, layout.block_rows, layout.width, layout.block_columns
    )
    return jnp.sum(blocks, axis=(1, 3))


def _table_caption(layout: _Layout, axes: Sequence[int], shape: tuple[int, ...]) -> str:
    *leading, last = axes
    rows = f"{'axis' if len(leading) == 1 else 'axes'} {_join_axes(leading)}"
    caption = (
        f"rows: {rows} ({layout.rows:,}), columns: axis {last} ({layout.columns:,})"
    )
    block = layout.block_rows, layout.block_columns
    if block == (1, 1):
        return caption
    mean = f"{caption}; each cell is the mean of {block[0]:,} x {block[1]:,} values"
    mixed = _mixed_axes(layout.block_rows, leading, shape)
    return f"{mean}, across axes {_join_axes(mixed)}" if len(mixed) > 1 else mean


def _mixed_axes(
    block_rows: int, leading: Sequence[int], shape: Sequence[int]
) -> list[int]:
    """Returns the axes of the rows along which one block can have several places."""
    axes: list[int] = []
    n_rows = 1
    for axis, size in reversed(list(zip(leading, shape[:-1], strict=True))):
        if n_rows < block_rows and size > 1:
            axes.insert(0, axis)
        n_rows *= size
    return axes


def _join_axes(axes: Sequence[int]) -> str:
    """Writes `0-2` for neighbours, else `0, 2`."""
    if len(axes) > 1 and axes[-1] - axes[0] == len(axes) - 1:
        return f"{axes[0]}-{axes[-1]}"
    return ", ".join(map(str, axes))


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
