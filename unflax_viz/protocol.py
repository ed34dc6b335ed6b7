"""Which messages cross between the kernel and the browser, and what is in them.

`unflax_viz/protocol.py` is the source and imports nothing from the package;
`js/src/protocol.ts` is generated from it by `js/generate_protocol.py`. The exchanges
in `tests/golden/` are read by pytest and by vitest.

The order is always the same. `Opening` arrives once with the widget's state. From
then on the browser sends a `Request` as a custom message, and Python answers it
with exactly one `Answer` of the same `kind` and `id`, or with a `Failure` of the
same `id`. Before a slow answer there may be any number of `Progress`. Answers may
overtake one another. Requests carry no buffers; of the answers `ArrayAnswer` does,
little-endian and without padding, and `ColumnsAnswer`.

The tree is folded and searched in the browser, which asks once for the columns that it
needs for that, and then for the lines that come into view. The rows of a lens are
numbered in preorder, from 0. A row has an id too, which is unique in its lens: the
address of its call, or the number of what it shows, or for the heading of a group
"group" and its name.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict

MAX_UNFOLDED_ROWS = 100
"""Without a query, rows that are only children are unfolded up to as many rows."""

MAX_LINES = 400
"""How many lines one `LinesRequest` may ask for."""

MAX_PART_BYTES = 900_000
"""How long one part of the columns is at most: a message should stay under a
megabyte."""

MIN_HEIGHT_PX = 160
"""How low the widget may be made, in CSS pixels."""

MAX_HEIGHT_PX = 10_000
"""How high it may be made."""

Tab: TypeAlias = Literal["overview", "parameters", "state", "rngs", "call"]
"""The panels of the details, in the order of the tabs."""

PieceKind: TypeAlias = Literal[
    "name", "class", "method", "shape", "flag", "warning", "size"
]
"""What a piece of a row says, and so how it is drawn."""

Piece: TypeAlias = tuple[PieceKind, str]
"""A part of a row: what kind it is, and its text."""

Group: TypeAlias = Literal["parameters", "state", "constants", "unused"]
"""Which list of a `CallAnswer` an entry is in."""

Moment: TypeAlias = Literal["before", "after", "difference"]
"""On which side of the run a value is meant, or after minus before; a parameter has
only "before"."""


class Search(TypedDict):
    """What the tree lists.

    Attributes:
      lens: What its rows are.
      query: Which of them are shown; "" for all.
    """

    lens: str
    query: str


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


class Row(TypedDict):
    """One row of the tree, as it is drawn.

    Attributes:
      address: The call that is selected with the row.
      tab: The panel that is brought to the front with it; null where any will do.
      entry: `ArrayEntry.key` of what is shown in the panel; "" where any will do.
      code: Python that gives what the row is, e.g. `run.at("encoder/Dense_0")`.
      name: Accessible name: the path and the class, without markup.
      color: The colour of the piece "class", as `#rrggbb`.
      pieces: What the row says, from left to right.
    """

    address: str
    tab: Tab | None
    entry: str
    code: str
    name: str
    color: str
    pieces: list[Piece]


class FirstRow(TypedDict):
    """A row of the first picture.

    Attributes:
      number: Its number in the lens "calls".
      n_children: How many rows are directly below it.
      line: How it is drawn.
    """

    number: int
    n_children: int
    line: Row


class FirstLevel(TypedDict):
    """The first rows below one row.

    Attributes:
      row: Number of the row above; -1 for the rows at the top.
      total: How many rows there are directly below it.
      rows: The first of them.
    """

    row: int
    total: int
    rows: list[FirstRow]


class LensText(TypedDict):
    """What is said of a lens.

    Attributes:
      name: Its name, e.g. "parameters".
      meaning: What its rows are.
      empty: What is said where it has no rows.
    """

    name: str
    meaning: str
    empty: str


class LensCount(TypedDict):
    """How much a lens has to show.

    Attributes:
      lens: The lens.
      n_items: How many of its things the query found; all of them without a query.
    """

    lens: str
    n_items: int


class Axis(TypedDict):
    """One axis of an array.

    Attributes:
      name: Its name, from the box around the value or from its sharding; "" if none.
      size: Its length.
    """

    name: str
    size: int


class ArrayEntry(TypedDict):
    """One parameter, state or constant, as one line of a panel.

    Attributes:
      key: What names the entry among all entries of its call.
      group: The list that this entry is in.
      collection: Flax collection, "params" for a parameter.
      name: Name within the collection of this call's scope; for an unused value its
        whole path.
      text: Shape and dtype, e.g. "f32[3,3,1,16]", or what else it is.
      size: How much memory it takes, e.g. "576 B"; "" for what is no array.
      notes: What a reader should know at once, e.g. "shared by 2 calls",
        "changed", "created in this run".
      is_array: Whether an `ArrayRequest` for it will be answered.
      value_texts: The value itself where it is small (a scalar, a string), before and
        after the run as it is known; else empty.
      moments: The moments at which a value is known, in order of time; then
        "difference", where both sides are arrays of one shape and something changed.
      no_difference: Why there is no difference though the run put another value in
        the place of the one before; else "".
      axes: The axes of the array, outermost first; empty for what is no array.
      codes: Python that gives the value at each of `moments`, e.g.
        `run.at("Dense_0").scope_data.parameters["kernel"].value`.
    """

    key: str
    group: Group
    collection: str
    name: str
    text: str
    size: str
    notes: list[str]
    is_array: bool
    value_texts: list[str]
    moments: list[Moment]
    no_difference: str
    axes: list[Axis]
    codes: list[str]


class LineageStep(TypedDict):
    """One step from the base key of a stream to the key of a draw.

    Attributes:
      text: What is done, e.g. "fold in", "split x24".
      detail: With what, e.g. "Dropout_0 / 1"; "" where there is nothing to say.
    """

    text: str
    detail: str


class KeyRow(TypedDict):
    """One of the keys that a draw under a transform handed out.

    Attributes:
      place: Step and lane, outermost transform first, e.g. [3, 0].
      key: The exact key, e.g. "0x01ab23cd 0x4567ef89".
    """

    place: list[int]
    key: str


class Draw(TypedDict):
    """One key that a stream handed out.

    Attributes:
      counter: The number that was folded into the key.
      served: The stream that served it; "params" where the named one was not given.
      path: The scope that drew.
      key: The exact key, e.g. "key<fry>[] 0x01ab23cd 0x4567ef89"; "" when unknown.
      note: What Flax drew it for, and why the key is unknown where it is, else "".
      warnings: What may be wrong with it, e.g. "the same key as Dropout_1 dropout#1".
      base: The key that the lineage begins with, in words.
      lineage: The steps from that key to this one; empty where they are not known.
      code: One line of Python that gives the key again; "" where there is none.
      places: What `KeyRow.place` counts, e.g. ["scan", "vmap"]; empty for one key.
      keys: The keys of the first steps and lanes; empty for one key.
      n_keys_left: How many keys are not in `keys`.
    """

    counter: int
    served: str
    path: str
    key: str
    note: str
    warnings: list[str]
    base: str
    lineage: list[LineageStep]
    code: str
    places: list[str]
    keys: list[KeyRow]
    n_keys_left: int


class RngEntry(TypedDict):
    """One RNG stream of a call's scope, with every draw in order.

    Attributes:
      stream: Name of the stream, e.g. "dropout".
      text: A short sentence about it, e.g. "1 draw".
      draws: The draws, in the order in which they were made.
    """

    stream: str
    text: str
    draws: list[Draw]


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
      deed: What it did, "read", "wrote" or "read and wrote".
    """

    address: str
    deed: str


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


class StructureLine(TypedDict):
    """One line of the inputs or outputs of a call.

    Attributes:
      depth: How deep it is nested, from 0.
      label: Name of the argument, key or index, e.g. "train", "[0]".
      text: Shape and dtype, a plain value, or the type of what is below.
    """

    depth: int
    label: str
    text: str


class Field(TypedDict):
    """One field of the module that was called.

    Attributes:
      name: Its name, e.g. "features".
      text: Its value, shortened.
      is_default: Whether it has the value that the class gives it.
    """

    name: str
    text: str
    is_default: bool


class ColumnsRequest(TypedDict):
    """Browser to Python: what are the rows of each lens, and what can be searched?

    Answered with `ColumnsAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      part: Which part is wanted, from 0.
      reads_values: Whether all arrays are to be read before, for `is:nan` and `is:inf`.
    """

    kind: Literal["columns"]
    id: int
    part: int
    reads_values: bool


class LinesRequest(TypedDict):
    """Browser to Python: how are these rows drawn?

    Answered with `LinesAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      lens: What the rows are.
      rows: Their numbers, at most `MAX_LINES`.
    """

    kind: Literal["lines"]
    id: int
    lens: str
    rows: list[int]


class CallRequest(TypedDict):
    """Browser to Python: what do the panels list for this call?

    Answered with `CallAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The call.
    """

    kind: Literal["call"]
    id: int
    address: str


class MethodRequest(TypedDict):
    """Browser to Python: what was called, with what, and what is its source?

    Answered with `MethodAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The call.
    """

    kind: Literal["method"]
    id: int
    address: str


class ArrayRequest(TypedDict):
    """Browser to Python: what does this value look like in numbers?

    Answered with `ArrayAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The call whose scope holds the value.
      entry: `ArrayEntry.key` of the value.
      moment: Which value is wanted, one of the entry's `moments`.
      index: One item for each axis: an index, or null for the whole axis. Empty for
        the whole array.
      axes: What the axes are to be in the picture; null for the last one along the
        columns and the others folded into the rows.
    """

    kind: Literal["array"]
    id: int
    address: str
    entry: str
    moment: Moment
    index: list[int | None]
    axes: PictureAxes | None


class TreescopeRequest(TypedDict):
    """Browser to Python: how does Treescope draw this value?

    Answered with `TreescopeAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The call whose scope holds the value.
      entry: `ArrayEntry.key` of the value.
      moment: Which value is wanted, one of the entry's `moments`.
      index: As in `ArrayRequest`.
    """

    kind: Literal["treescope"]
    id: int
    address: str
    entry: str
    moment: Moment
    index: list[int | None]


class CancelRequest(TypedDict):
    """Browser to Python: nobody waits for that answer any more.

    Answered with `CancelAnswer`. The other request is answered as well: with a
    `Failure`, or with its answer where that was already there.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      cancelled: The `id` of the other request.
    """

    kind: Literal["cancel"]
    id: int
    cancelled: int


Request: TypeAlias = (
    ColumnsRequest
    | LinesRequest
    | CallRequest
    | MethodRequest
    | ArrayRequest
    | TreescopeRequest
    | CancelRequest
)
"""Everything that the browser asks."""


class ColumnsAnswer(TypedDict):
    """Python to browser: the answer to `ColumnsRequest`; carries one buffer.

    All parts in order are what `unflax_viz/tables/packed.py` packed: as `search` what
    `export_columns` returns, and as `lenses` the structure of each.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      n_parts: How many parts there are.
    """

    kind: Literal["columns"]
    id: int
    n_parts: int


class LinesAnswer(TypedDict):
    """Python to browser: the answer to `LinesRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      lines: The rows, in the order asked for.
    """

    kind: Literal["lines"]
    id: int
    lines: list[Row]


class FirstOutline(TypedDict):
    """The calls that are shown at first, until the columns are there.

    Attributes:
      levels: The rows; a row stands in a level before its own level.
      expanded: Ids of the rows that are open.
      counts: How much each lens has to show; a lens of a very large run is left out
        until it has been counted.
    """

    levels: list[FirstLevel]
    expanded: list[str]
    counts: list[LensCount]


class Below(TypedDict):
    """What the calls below a call hold, where its own scope holds nothing of the kind.

    Attributes:
      tab: The panel that is empty.
      text: How much there is, e.g. "parameters of 38,346 elements".
      lens: The lens that lists it.
      query: What leaves nothing else in that lens; "" where nothing else is in it.
    """

    tab: Tab
    text: str
    lens: str
    query: str


class Bar(TypedDict):
    """What one child of a call, or one class of modules below it, takes.

    Attributes:
      name: The child's place below the call, or the class.
      class_name: The class; "not captured" where that is not known.
      color: The colour of the class, as "#rrggbb".
      address: The call that it selects; "" where it stands for a class.
      search: What it lists in the tree; null where it selects a call.
      amounts: One for each column of the chart.
      shares: The same as parts of the largest in the chart, from 0 to 1.
    """

    name: str
    class_name: str
    color: str
    address: str
    search: Search | None
    amounts: list[Fact]
    shares: list[float]


class BarChart(TypedDict):
    """How what a call takes is spread, the largest part first.

    Attributes:
      title: What the bars stand for, e.g. "By class".
      columns: What is measured, e.g. "parameters"; nothing that is 0 everywhere.
      bars: The first of them.
      n_rest: How many more there are.
    """

    title: str
    columns: list[str]
    bars: list[Bar]
    n_rest: int


class Remark(TypedDict):
    """One thing that stands out in a call or below it.

    Attributes:
      text: What it is, in a sentence.
      address: The call that it leads to; "" for none.
      tab: The panel that is brought to the front with that call; null for any.
      entry: `ArrayEntry.key` of what is shown in the panel; "" where any will do.
      search: What it lists in the tree; null for nothing.
    """

    text: str
    address: str
    tab: Tab | None
    entry: str
    search: Search | None


class Remarks(TypedDict):
    """What stands out, of one kind.

    Attributes:
      title: The kind, e.g. "Changed".
      remarks: The first of them.
      n_rest: How many more there are.
    """

    title: str
    remarks: list[Remark]
    n_rest: int


class Overview(TypedDict):
    """A call and all below it, summed up.

    Attributes:
      charts: Where its parameters, bytes and calls are; none where it made no calls.
      remarks: What stands out; none of a kind of which there is nothing to say.
    """

    charts: list[BarChart]
    remarks: list[Remarks]


class CallAnswer(TypedDict):
    """Python to browser: the answer to `CallRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      address: The call.
      title: Its address, or the class and method where the root module is called.
      subtitle: Its class and method, e.g. "Conv.__call__"; "" where the title says it.
      code: Python that gives the call, e.g. `run.at("encoder/Dense_0")`.
      facts: Shapes that went in and came out, transforms, and how many parameters the
        call and what is below it used.
      below: What there is below the call for panels that have nothing to show.
      parameters: Parameters of the call's own scope.
      unused: At the root, what the run was given and no call read; else empty.
      n_unused_left: How many more of those there are.
      state: Variables of the call's own scope that the run could change.
      constants: Variables of the call's own scope that the run could not change.
      rngs: Streams of the call's own scope.
      overview: The call and all below it.
      error: What the call raised, or why it could not be seen; else "".
    """

    kind: Literal["call"]
    id: int
    address: str
    title: str
    subtitle: str
    code: str
    facts: list[Fact]
    below: list[Below]
    parameters: list[ArrayEntry]
    unused: list[ArrayEntry]
    n_unused_left: int
    state: list[ArrayEntry]
    constants: list[ArrayEntry]
    rngs: list[RngEntry]
    overview: Overview
    error: str


class MethodAnswer(TypedDict):
    """Python to browser: the answer to `MethodRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      address: The call.
      inputs: The arguments, nested; each argument at depth 0.
      outputs: What it returned; empty where it raised.
      fields: The module's fields.
      transforms: What the call ran under, outermost first, e.g. "scan x24".
      number: Its number among all calls in the order made, from 1; 0 for a place that
        was not captured.
      n_calls: How many calls there are.
      previous: Address of the call made before it; "" at the first.
      next: Address of the call made after it; "" at the last.
      docstring: That of the method, or of its class; "" where there is none.
      source: The method's source text; "" where it cannot be read.
      file: The file that holds it; "" where there is none.
      line: The line where it begins, from 1; 0 where that is not known.
    """

    kind: Literal["method"]
    id: int
    address: str
    inputs: list[StructureLine]
    outputs: list[StructureLine]
    fields: list[Field]
    transforms: list[str]
    number: int
    n_calls: int
    previous: str
    next: str
    docstring: str
    source: str
    file: str
    line: int


class ArrayAnswer(TypedDict):
    """Python to browser: the answer to `ArrayRequest`; carries the buffers.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
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

    kind: Literal["array"]
    id: int
    title: str
    about: list[Fact]
    users: list[User]
    n_users: int
    sharding: Sharding | None
    facts: list[Fact]
    note: str
    histogram: Histogram | None
    heatmap: Heatmap | None


class TreescopeAnswer(TypedDict):
    """Python to browser: the answer to `TreescopeRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      html: A whole page with scripts of Treescope's; for a sandboxed frame only.
    """

    kind: Literal["treescope"]
    id: int
    html: str


class CancelAnswer(TypedDict):
    """Python to browser: the answer to `CancelRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      was_waiting: Whether the other request had not been answered yet.
    """

    kind: Literal["cancel"]
    id: int
    was_waiting: bool


class Failure(TypedDict):
    """Python to browser: the answer to any request that cannot be met.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request; -1 where a trait that the browser set is refused.
      message: A sentence for the reader, shown where the answer would have been.
    """

    kind: Literal["failure"]
    id: int
    message: str


Answer: TypeAlias = (
    ColumnsAnswer
    | LinesAnswer
    | CallAnswer
    | MethodAnswer
    | ArrayAnswer
    | TreescopeAnswer
    | CancelAnswer
    | Failure
)
"""Everything that Python answers."""


class Progress(TypedDict):
    """Python to browser: how far a slow answer has come. Not an answer.

    Attributes:
      kind: Says that this is no answer.
      id: Number of the request.
      fraction: From 0 to 1.
    """

    kind: Literal["progress"]
    id: int
    fraction: float


class Opening(TypedDict):
    """Python to browser, once, as the trait `opening`: the first picture.

    It needs no round trip, so a saved notebook shows it without a kernel.

    Attributes:
      title: The run's root, e.g. "ResNet.__call__".
      facts: The header line: parameters, bytes, calls, streams, states changed.
      lenses: All lenses, in the order of their buttons.
      outline: The calls that are shown at first.
      error: What the run raised, else "".
      call: What the panels list for the call selected at first.
    """

    title: str
    facts: list[Fact]
    lenses: list[LensText]
    outline: FirstOutline
    error: str
    call: CallAnswer


class SyncedTraits(TypedDict):
    """The widget's synced traits.

    `opening` and `panel` never change, and Python alone writes `kept`; the others are
    written from both sides. `kept`, which is binary, is not in this list: it holds the
    columns, and all lines, of a run that is small enough to stay alive in a saved
    notebook.

    Attributes:
      selected: Address of the selected call.
      tab: The panel in front.
      entry: `ArrayEntry.key` of the chosen entry of that panel; "" for the first.
      lens: What the rows of the tree are.
      query: Which of them are shown.
      expanded: Ids of the rows that are open, in the current lens.
      height_px: Greatest height of the whole inspector, in CSS pixels; with little to
        show it is lower, until somebody sets the height.
      panel: "" for the whole inspector, or the one panel that this widget shows.
      opening: The first picture.
    """

    selected: str
    tab: Tab
    entry: str
    lens: str
    query: str
    expanded: list[str]
    height_px: int
    panel: Tab | Literal[""]
    opening: Opening
