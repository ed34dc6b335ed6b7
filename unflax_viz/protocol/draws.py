"""The RNG streams of a call, and the keys that they handed out."""

from typing import TypedDict


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
      n_more_keys: How many keys are not in `keys`.
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
    n_more_keys: int


class RngItem(TypedDict):
    """One RNG stream of a call's scope, with every draw in order.

    Attributes:
      stream: Name of the stream, e.g. "dropout".
      text: A short sentence about it, e.g. "1 draw".
      draws: The draws, in the order in which they were made.
    """

    stream: str
    text: str
    draws: list[Draw]
