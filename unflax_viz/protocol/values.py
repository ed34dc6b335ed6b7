"""One value: its facts and its pictures."""

from typing import NotRequired, TypedDict

from unflax_viz.protocol.words import Search, Side


class Fact(TypedDict):
    """One number with its name.

    Attributes:
      label: What is counted or measured, e.g. "parameters".
      text: The value, short, e.g. "11.2M".
      exact: The value in full, shown as a tooltip, e.g. "11,173,962".
      is_warning: Whether a reader should be alarmed, e.g. by a count of NaN above 0.
      verdict: What to make of it, e.g. "21 different keys".
      leads_to: What the tree lists when the reader asks for it.
    """

    label: str
    text: str
    exact: str
    is_warning: NotRequired[bool]
    verdict: NotRequired[str]
    leads_to: NotRequired[Search]


class Axis(TypedDict):
    """One axis of an array.

    Attributes:
      name: Its name, from the box around the value or from its sharding; "" if none.
      size: Its length.
    """

    name: str
    size: int


class Histogram(TypedDict):
    """Counts of values in bins of equal width.

    The counts themselves are in a buffer: uint32, shape (n_bins,), from low to high.

    Attributes:
      n_bins: Number of bins, at least 1.
      low: Lower edge of the first bin.
      high: Upper edge of the last bin.
      max_count: The largest count.
      buffer: Index of the counts in the message's buffers.
    """

    n_bins: int
    low: Fact
    high: Fact
    max_count: int
    buffer: int


class PictureAxes(TypedDict):
    """What the axes of an array are to be in its picture.

    Attributes:
      rows: The axis of the rows, while further axes are averaged; null to fold all
        axes without another use into the rows.
      column: The axis of the columns; null for the last one longer than 1.
      each: The axis with a picture for each of its indices; null for one picture.
    """

    rows: int | None
    column: int | None
    each: int | None


class Heatmap(TypedDict):
    """A picture of an array, reduced where it was too large to send.

    There may be several of one size, one for each index of an axis from 0. The cells
    are in a buffer: float32, shape (n_pictures, height, width), row-major. NaN means
    that the cell holds no number.

    Attributes:
      height: Number of rows of cells.
      width: Number of cells in a row.
      low: Smallest finite cell.
      high: Largest finite cell.
      caption: What one cell stands for, e.g. "mean over axes 0 and 1".
      shape: Length of each axis of the array; 1 for one with a fixed place.
      index: One item for each axis: its fixed place, or null where it is drawn.
      row_axes: The axes that are folded into the rows, outermost first. Where there
        are none, all cells in order run along the axis of the columns.
      column_axis: The axis of the columns; null for a single number.
      mean_axes: The axes over all of which a cell is a mean.
      each: The axis with a picture for each of its first indices; null for one picture
        of the whole.
      n_pictures: How many pictures there are.
      block_rows: How many of the folded rows a cell takes, fewer at the end.
      block_columns: How many of the columns a cell takes, fewer at the end.
      buffer: Index of the cells in the message's buffers.
    """

    height: int
    width: int
    low: float
    high: float
    caption: str
    shape: list[int]
    index: list[int | None]
    row_axes: list[int]
    column_axis: int | None
    mean_axes: list[int]
    each: int | None
    n_pictures: int
    block_rows: int
    block_columns: int
    buffer: int


class User(TypedDict):
    """One call that used a value.

    Attributes:
      address: The call.
      action: What it did, "read", "wrote" or "read and wrote".
    """

    address: str
    action: str


class Sharding(TypedDict):
    """How an array lies on its devices, as a table of at most two of its axes.

    Attributes:
      text: The sharding in words, e.g. "PartitionSpec('data', None) on data 4 x
        model 2".
      row_axis: What the rows of the table are, e.g. "axis 0 (data)"; "" for one row.
      column_axis: What the columns are; "" for one column.
      cells: In each cell the devices that hold that part, e.g. "0, 4".
    """

    text: str
    row_axis: str
    column_axis: str
    cells: list[list[str]]


class ArrayRequest(TypedDict):
    """Browser to Python: what does this value look like in numbers?

    Answered with `ArrayAnswer`.

    Attributes:
      address: The call whose scope holds the value.
      entry: `ArrayItem.key` of the value.
      side: Which value is wanted, one of the entry's `sides`.
      index: One item for each axis: an index, or null for the whole axis. Empty for
        the whole array.
      axes: What the axes are to be in the picture; null for the last one along the
        columns and the others folded into the rows.
    """

    address: str
    entry: str
    side: Side
    index: list[int | None]
    axes: PictureAxes | None


class ArrayAnswer(TypedDict):
    """Python to browser: the answer to `ArrayRequest`; carries the buffers.

    Attributes:
      title: The entry's name, the slice if it is one, shape and dtype.
      about: What is known without the values: bytes, axis names, initialiser.
      users: The first calls that used it; of a state none where only one did.
      n_users: How many calls used it.
      sharding: How it lies on its devices; null where it lies on one.
      facts: Statistics: mean, standard deviation, extremes, NaN and so on.
      note: A sentence in the place of both pictures where they would say less, e.g.
        "All 8 values are 0." or why there are no values; else "".
      histogram: The distribution; null where there is nothing to count.
      heatmap: The picture; null where there is nothing to draw.
    """

    title: str
    about: list[Fact]
    users: list[User]
    n_users: int
    sharding: Sharding | None
    facts: list[Fact]
    note: str
    histogram: Histogram | None
    heatmap: Heatmap | None


class TreescopeRequest(TypedDict):
    """Browser to Python: how does Treescope draw this value?

    Answered with `TreescopeAnswer`.

    Attributes:
      address: The call whose scope holds the value.
      entry: `ArrayItem.key` of the value.
      side: Which value is wanted, one of the entry's `sides`.
      index: As in `ArrayRequest`.
    """

    address: str
    entry: str
    side: Side
    index: list[int | None]


class TreescopeAnswer(TypedDict):
    """Python to browser: the answer to `TreescopeRequest`.

    Attributes:
      html: A whole page with scripts of Treescope's; for a sandboxed frame only.
    """

    html: str
