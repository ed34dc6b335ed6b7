"""Which messages cross between the kernel and the browser, and what is in them.

`unflax_viz/protocol.py` is the source and imports nothing from the package;
`js/src/protocol.ts` is generated from it by `js/generate_protocol.py`. The exchanges
in `tests/golden/` are read by pytest and by vitest.

The order is always the same. `Opening` arrives once with the widget's state. From
then on the browser sends a `Request` as a custom message, and Python answers it
with exactly one `Answer` of the same `kind` and `id`, or with a `Failure` of the
same `id`. Answers may overtake one another. Requests carry no buffers; of the
answers only `ArrayAnswer` does, little-endian and without padding.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict

ROWS_PER_WINDOW = 200
"""How many rows one `ChildrenAnswer` holds at most."""

Tab: TypeAlias = Literal["parameters", "state", "rngs"]
"""The panels of the details, in the order of the tabs."""

Group: TypeAlias = Literal["parameters", "state", "constants"]
"""Which list of a `CallAnswer` an entry is in."""

Moment: TypeAlias = Literal["before", "after"]
"""On which side of the run a value is meant; a parameter has only "before"."""


class Fact(TypedDict):
    """One number with its name.

    Attributes:
      label: What is counted or measured, e.g. "parameters".
      text: The value, short, e.g. "11.2M".
      exact: The value in full, shown as a tooltip, e.g. "11,173,962".
      is_warning: Whether a reader should be alarmed, e.g. by a count of NaN above 0.
    """

    label: str
    text: str
    exact: str
    is_warning: NotRequired[bool]


class Row(TypedDict):
    """One call, as one line of the tree.

    Attributes:
      address: The call's address, unique in its run; "/" is the root call.
      name: Accessible name: the path and the class, without markup.
      html: The line as Treescope draws it. The browser keeps its text, and of its
        elements only `span` with `class` and harmless `style`.
      n_children: How many calls this call made itself.
      parent: Address of the calling call; null for the root.
    """

    address: str
    name: str
    html: str
    n_children: int
    parent: str | None


class ArrayEntry(TypedDict):
    """One parameter, state or constant, as one line of a panel.

    Attributes:
      group: The list that this entry is in.
      collection: Flax collection, "params" for a parameter.
      name: Name within the collection of this call's scope.
      text: Shape, dtype and size, e.g. "f32[3,3,1,16]  576 B".
      notes: What a reader should know at once, e.g. "shared by 2 calls",
        "changed", "created in this run".
      is_array: Whether an `ArrayRequest` for it will be answered with numbers.
      value_text: The value itself where it is small (a scalar, a string), else "".
      moments: The moments at which a value is known, in order of time.
    """

    group: Group
    collection: str
    name: str
    text: str
    notes: list[str]
    is_array: bool
    value_text: str
    moments: list[Moment]


class Draw(TypedDict):
    """One key that a stream handed out.

    Attributes:
      counter: The number that was folded into the key.
      served: The stream that served it; "params" where the named one was not given.
      key: The exact key, e.g. "key<fry>[] 0x01ab23cd 0x4567ef89"; "" when unknown.
      note: What Flax drew it for, and why the key is unknown where it is, else "".
    """

    counter: int
    served: str
    key: str
    note: str


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
      low: Lower edge of the first bin, as text to show.
      high: Upper edge of the last bin, as text to show.
      max_count: The largest count.
      buffer: Index of the counts in the message's buffers.
    """

    n_bins: int
    low: str
    high: str
    max_count: int
    buffer: int


class Heatmap(TypedDict):
    """A picture of an array, reduced where it was too large to send.

    The cells are in a buffer: float32, shape (height, width), row-major. NaN means
    that the cell holds no number.

    Attributes:
      height: Number of rows of cells.
      width: Number of cells in a row.
      low: Smallest finite cell.
      high: Largest finite cell.
      caption: What one cell stands for, e.g. "mean over axes 0 and 1".
      buffer: Index of the cells in the message's buffers.
    """

    height: int
    width: int
    low: float
    high: float
    caption: str
    buffer: int


class ChildrenRequest(TypedDict):
    """Browser to Python: which calls did this call make?

    Answered with `ChildrenAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The calling call.
      start: Index of the first child that is wanted, from 0.
    """

    kind: Literal["children"]
    id: int
    address: str
    start: int


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


class ArrayRequest(TypedDict):
    """Browser to Python: what does this value look like in numbers?

    Answered with `ArrayAnswer`.

    Attributes:
      kind: Says which request this is.
      id: Number that the answer repeats.
      address: The call whose scope holds the value.
      group: The list that the entry is in.
      collection: Flax collection of the entry, "params" for a parameter.
      name: Name of the entry.
      moment: Which value is wanted, one of the entry's `moments`.
    """

    kind: Literal["array"]
    id: int
    address: str
    group: Group
    collection: str
    name: str
    moment: Moment


Request: TypeAlias = ChildrenRequest | CallRequest | ArrayRequest
"""Everything that the browser asks."""


class ChildrenAnswer(TypedDict):
    """Python to browser: the answer to `ChildrenRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      address: The calling call.
      start: Index of the first row among all children.
      total: Number of all children.
      rows: At most `ROWS_PER_WINDOW` rows, in the order of the calls.
    """

    kind: Literal["children"]
    id: int
    address: str
    start: int
    total: int
    rows: list[Row]


class CallAnswer(TypedDict):
    """Python to browser: the answer to `CallRequest`.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      address: The call.
      title: Its address, or the class and method where the root module is called.
      subtitle: Its class and method, e.g. "Conv.__call__"; "" where the title says it.
      ancestors: Addresses of the calls around it, root first, itself excluded.
      facts: Shapes that went in and came out, transforms, how often it ran.
      parameters: Parameters of the call's own scope.
      state: Variables of the call's own scope that the run could change.
      constants: Variables of the call's own scope that the run could not change.
      rngs: Streams of the call's own scope.
      error: What the call raised, or why it could not be seen; else "".
    """

    kind: Literal["call"]
    id: int
    address: str
    title: str
    subtitle: str
    ancestors: list[str]
    facts: list[Fact]
    parameters: list[ArrayEntry]
    state: list[ArrayEntry]
    constants: list[ArrayEntry]
    rngs: list[RngEntry]
    error: str


class ArrayAnswer(TypedDict):
    """Python to browser: the answer to `ArrayRequest`; carries the buffers.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      title: The entry's name, shape and dtype.
      facts: Statistics: mean, standard deviation, extremes, NaN and so on.
      note: A sentence in the place of both pictures where they would say less, e.g.
        "All 8 values are 0."; else "".
      histogram: The distribution; null where there is nothing to count.
      heatmap: The picture; null where there is nothing to draw.
    """

    kind: Literal["array"]
    id: int
    title: str
    facts: list[Fact]
    note: str
    histogram: Histogram | None
    heatmap: Heatmap | None


class Failure(TypedDict):
    """Python to browser: the answer to any request that cannot be met.

    Attributes:
      kind: Says which answer this is.
      id: Number of the request.
      message: A sentence for the reader, shown where the answer would have been.
    """

    kind: Literal["failure"]
    id: int
    message: str


Answer: TypeAlias = ChildrenAnswer | CallAnswer | ArrayAnswer | Failure
"""Everything that Python answers."""


class Opening(TypedDict):
    """Python to browser, once, as the trait `opening`: the first picture.

    It needs no round trip, so a saved notebook shows it without a kernel.

    Attributes:
      title: The run's root, e.g. "ResNet.__call__".
      facts: The header line: parameters, bytes, calls, streams, states changed.
      tree_css: Treescope's rules for the classes in `Row.html`.
      rows: The root, then calls below it; a parent stands before its children, and
        the children of one parent in the order of the calls.
      expanded: Addresses whose children are shown at first.
      error: What the run raised, else "".
      call: What the panels list for the call selected at first, where known.
    """

    title: str
    facts: list[Fact]
    tree_css: str
    rows: list[Row]
    expanded: list[str]
    error: str
    call: NotRequired[CallAnswer]


class SyncedTraits(TypedDict):
    """The widget's synced traits; all but `opening` are written from both sides.

    Attributes:
      selected: Address of the selected call.
      tab: The panel in front.
      height_px: Greatest height of the whole inspector, in CSS pixels; with little to
        show it is lower, until somebody sets the height.
      opening: The first picture; never changes.
    """

    selected: str
    tab: Tab
    height_px: int
    opening: Opening
