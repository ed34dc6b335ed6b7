"""The words that more than one message is written in."""

from typing import Literal, TypeAlias, TypedDict

Tab: TypeAlias = Literal["overview", "parameters", "state", "rngs", "call"]
"""The panels of the details, in the order of the tabs."""

PieceKind: TypeAlias = Literal[
    "name", "class", "method", "shape", "flag", "warning", "size"
]
"""What a piece of a row says, and so how it is drawn."""

Piece: TypeAlias = tuple[PieceKind, str]
"""A part of a row: what kind it is, and its text."""

Group: TypeAlias = Literal["parameters", "state", "constants", "unused"]
"""Which list of a `CallAnswer` an item is in."""

Side: TypeAlias = Literal["before", "after", "difference"]
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
