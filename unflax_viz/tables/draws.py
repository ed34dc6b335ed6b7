"""The draws of a run, in columns: what each is, and what a query can ask of it."""

from __future__ import annotations

import dataclasses

import numpy as np

from unflax_viz.record.effects import RngDraw
from unflax_viz.record.index import RunIndex
from unflax_viz.record.rng_report import DrawPlace, flags_of
from unflax_viz.tables.columns import Column
from unflax_viz.tables.names import Names

COLUMNS = (
    Column(
        "stream",
        "text",
        lambda contents: contents.draws.stream,
        "calls that drew from that RNG stream, or its draws",
        "stream:dropout",
        in_words=True,
    ),
    Column(
        "is",
        "flags",
        lambda contents: contents.draws.flags,
        "a flag, see below",
        "is:warning",
        flags={
            "stochastic": "any draw",
            "warning": "a draw whose key may be a mistake",
        },
    ),
)
DRAW_BITS = {"stochastic": 1, "warning": 2}


@dataclasses.dataclass
class Draws:
    """One row for each draw, ordered by stream and then as made.

    Attributes:
      call: Row of the call.
      stream: Number of the name of the stream that was asked for.
      flags: Bits of `DRAW_BITS`.
      draws: The draws.
      positions: The index of each among the draws of its call and stream.
      warnings: What may be wrong with each, in a few words.
    """

    call: np.ndarray
    stream: np.ndarray
    flags: np.ndarray
    draws: list[RngDraw]
    positions: list[int]
    warnings: list[tuple[str, ...]]


def read_draws(index: RunIndex, names: Names) -> Draws:
    """Reads the draws of a run, stream by stream."""
    found: list[tuple[int, int, int, RngDraw, int, tuple[str, ...]]] = []
    streams: dict[str, int] = {}
    for node in index.table.stochastic_calls:
        row = index.row_of(node)
        assert node.scope_data is not None
        for rng in node.scope_data.rngs.values():
            stream = streams.setdefault(rng.stream, len(streams))
            for position, draw in enumerate(rng.draws):
                place = DrawPlace(node.address, draw.stream, draw.counter)
                said = flags_of(index.rng_warnings.get(place, ()))
                bits = DRAW_BITS["stochastic"] | (DRAW_BITS["warning"] if said else 0)
                found.append((row, stream, bits, draw, position, said))
    found.sort(key=lambda draw: draw[1])
    numbers = [names.number_of(stream) for stream in streams]
    return Draws(
        call=np.array([draw[0] for draw in found], np.int32),
        stream=np.array([numbers[draw[1]] for draw in found], np.int32),
        flags=np.array([draw[2] for draw in found], np.int32),
        draws=[draw[3] for draw in found],
        positions=[draw[4] for draw in found],
        warnings=[draw[5] for draw in found],
    )
