"""Answers what the rows of each lens are, and what can be searched: in columns."""

from __future__ import annotations

from typing import Any

from unflax_viz.answers.asked import Asked, UnansweredError, shown
from unflax_viz.answers.lines import lines_of
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.lenses.lines import export_lens
from unflax_viz.measure.progress import part_of
from unflax_viz.protocol import MAX_PART_BYTES, ColumnsAnswer
from unflax_viz.tables.export import export_columns
from unflax_viz.tables.packed import pack


class _Packed:
    """The columns of one run as they were packed last.

    Attributes:
      latest: Whether values had been read then, and the bytes; None at first.
    """

    def __init__(self) -> None:
        self.latest: tuple[bool, bytes] | None = None


def answer_columns(asked: Asked) -> ColumnsAnswer:
    """Answers a `ColumnsRequest`; its buffer is one part of what `pack_columns` packs.

    Raises:
      UnansweredError: If the request does not fit the protocol, or there is no such
        part.
    """
    part = asked.request.get("part")
    reads_values = asked.request.get("reads_values")
    if type(part) is not int or type(reads_values) is not bool:
        raise UnansweredError(
            "part must be an integer and reads_values a boolean, not "
            f"{shown(part)} and {shown(reads_values)}."
        )
    asked.finder.prepare()
    if reads_values:
        asked.finder.find_broken_values(part_of(asked.report, 0.1, 1.0))
    packed = pack_columns(asked.finder)
    n_parts = -(-len(packed) // MAX_PART_BYTES)
    if not 0 <= part < n_parts:
        raise UnansweredError(f"There are {n_parts} parts, and no part {part}.")
    start = part * MAX_PART_BYTES
    asked.buffers.append(packed[start : start + MAX_PART_BYTES])
    return ColumnsAnswer(n_parts=n_parts)


def pack_columns(finder: Finder) -> bytes:
    """Packs the columns of the tree; again only once values were read."""
    kept = finder.index.run.kept.once(_Packed, _Packed)
    is_read = finder.broken_values is not None
    latest = kept.latest
    if latest is None or latest[0] != is_read:
        latest = kept.latest = is_read, pack(columns_of(finder))
    return latest[1]


def pack_tree(finder: Finder) -> bytes:
    """Packs what folds, searches and draws the tree of a small run by itself.

    It is what `pack_columns` packs, with all `lines` of each lens besides.
    """
    lines = {lens: lines_of(finder, lens) for lens in LENSES}
    return pack({**columns_of(finder), "lines": lines})


def columns_of(finder: Finder) -> dict[str, Any]:
    """Returns what folding and searching needs, as `tables.packed` packs it.

    As `search` it holds what `export_columns` returns. As `lenses` it holds of each
    lens what `export_lens` returns. As `reads_values` it holds whether it is known what
    holds NaN.
    """
    return {
        "search": export_columns(finder.contents, finder.broken_values),
        "lenses": {
            lens.name: export_lens(lens, finder.rows(lens.name), finder.contents)
            for lens in LENSES.values()
        },
        "reads_values": finder.broken_values is not None,
    }
