"""The tree: its rows as they are drawn, and the columns it is folded and searched by.

It is folded and searched in the browser, which asks once for the columns that it needs
for that, and then for the lines that come into view. The rows of a lens are numbered in
preorder, from 0. A row has an id too, which is unique in its lens; in the lens "calls"
it is the address of the call.
"""

from typing import TypedDict

from unflax_viz.protocol.words import Piece, Tab

MAX_UNFOLDED_ROWS = 100
"""Without a query, rows that are only children are unfolded up to as many rows."""

MAX_LINES = 400
"""How many lines one `LinesRequest` may ask for."""

MAX_PART_BYTES = 900_000
"""How long one part of the columns is at most: a message should stay under a
megabyte."""


class Row(TypedDict):
    """One row of the tree, as it is drawn.

    Attributes:
      address: The call that is selected with the row.
      tab: The panel that is brought to the front with it; null where any will do.
      entry: `ArrayItem.key` of what is shown in the panel; "" where any will do.
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


class ColumnsRequest(TypedDict):
    """Browser to Python: what are the rows of each lens, and what can be searched?

    Answered with `ColumnsAnswer`.

    Attributes:
      part: Which part is wanted, from 0.
      reads_values: Whether all arrays are to be read before, for `is:nan` and `is:inf`.
    """

    part: int
    reads_values: bool


class ColumnsAnswer(TypedDict):
    """Python to browser: the answer to `ColumnsRequest`; carries one buffer.

    All parts in order are what `unflax_viz/tables/packed.py` packed: as `search` what
    `export_columns` returns, and as `lenses` the structure of each.

    Attributes:
      n_parts: How many parts there are.
    """

    n_parts: int


class LinesRequest(TypedDict):
    """Browser to Python: how are these rows drawn?

    Answered with `LinesAnswer`.

    Attributes:
      lens: What the rows are.
      rows: Their numbers, at most `MAX_LINES`.
    """

    lens: str
    rows: list[int]


class LinesAnswer(TypedDict):
    """Python to browser: the answer to `LinesRequest`.

    Attributes:
      lines: The rows, in the order asked for.
    """

    lines: list[Row]
