"""The exported page: blocks of JSON, each compressed by itself, which answer questions.

A question that is not answered out of a block is answered with a sentence.
"""

from typing import TypedDict

from unflax_viz.protocol.messages import Envelope
from unflax_viz.protocol.traits import SyncedTraits
from unflax_viz.protocol.words import Side


class ValueBlocks(TypedDict):
    """Where the values of some neighbouring calls are.

    Attributes:
      first: Index of the first of those calls.
      block: Number of the `ValueBlock`.
    """

    first: int
    block: int


class PageIndex(TypedDict):
    """The last block of a page: what is in the others, by their numbers.

    Attributes:
      traits: All synced traits as they begin.
      max_bytes: The budget that calls and values had to keep to.
      addresses: Block with the addresses of all calls, in order.
      lines: For each lens, blocks with how `rows_per_block` rows each are drawn.
      rows_per_block: How many `Row`s a block holds.
      columns: Block with the columns of the tree, as `ColumnsAnswer` brings them; it
        is not JSON.
      calls: The `CallBlock`s, in order.
      calls_per_block: Of how many calls each of them is.
      values: Where the values are.
      n_valued_calls: Of how many calls, from the first, the values are there.
    """

    traits: SyncedTraits
    max_bytes: int
    addresses: int
    lines: dict[str, list[int]]
    rows_per_block: int
    columns: int
    calls: list[int]
    calls_per_block: int
    values: list[ValueBlocks]
    n_valued_calls: int


class CallBlock(TypedDict):
    """What Python answers about some calls.

    Attributes:
      calls: For each of them the answer to a `CallRequest`.
      methods: For each of them the answer to a `MethodRequest`.
    """

    calls: list[Envelope]
    methods: list[Envelope]


class ValueBlock(TypedDict):
    """What Python answers about the values of some calls.

    Attributes:
      keys: For each value the address, the entry and the side.
      answers: For each of them the answer to an `ArrayRequest` for the whole array.
      buffers: The buffers of each answer, in base64.
    """

    keys: list[tuple[str, str, Side]]
    answers: list[Envelope]
    buffers: list[list[str]]
