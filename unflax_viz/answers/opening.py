"""Makes the first picture of a run, which is there before anything is asked."""

from __future__ import annotations

import numpy as np

from unflax_viz.answers.asked import node_at
from unflax_viz.answers.call import describe_call
from unflax_viz.answers.lines import lines_of
from unflax_viz.describe import header
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.protocol import (
    MAX_UNFOLDED_ROWS,
    FirstLevel,
    FirstOutline,
    FirstRow,
    LensCount,
    LensText,
    Opening,
)
from unflax_viz.record.table import RunTable

_MAX_FIRST_ROWS = 100
_TOP = -1


def opening_of(finder: Finder, address: str = "", has_tree: bool = True) -> Opening:
    """Returns the first picture.

    Args:
      finder: The run.
      address: The call that is selected at first; "" for the outermost one.
      has_tree: Whether there is a tree to draw.
    """
    index, run = finder.index, finder.index.run
    return Opening(
        title=header.title_of(run.root),
        facts=header.run_facts(index),
        lenses=[
            LensText(name=lens.name, meaning=lens.meaning, empty=lens.empty)
            for lens in LENSES.values()
        ],
        outline=first_outline(finder) if has_tree else _no_outline(),
        error=run.error,
        call=describe_call(node_at(index, address), index),
    )


def first_outline(finder: Finder) -> FirstOutline:
    """Returns the calls that are shown at first: the root and those below it.

    Of a row that is an only child the rows below are shown too, as long as all is
    short.
    """
    table = finder.index.table
    levels = [_level(finder, _TOP)]
    row, n_rows = 0, 1
    while children := _count_children(table, row):
        n_rows += min(children, _MAX_FIRST_ROWS)
        if len(levels) > 1 and n_rows > MAX_UNFOLDED_ROWS:
            break
        levels.append(_level(finder, row))
        if children != 1:
            break
        row += 1
    counts = finder.count()
    return FirstOutline(
        levels=levels,
        expanded=[table.addresses[level["row"]] for level in levels[1:]],
        counts=[
            LensCount(lens=each, n_items=counts[each])
            for each in LENSES
            if each in counts
        ],
    )


def _no_outline() -> FirstOutline:
    return FirstOutline(levels=[], expanded=[], counts=[])


def _level(finder: Finder, row: int) -> FirstLevel:
    """Returns the first rows below a call; a call's first child follows it."""
    table = finder.index.table
    children = np.flatnonzero(table.parents == row).tolist()
    first = children[:_MAX_FIRST_ROWS]
    return FirstLevel(
        row=row,
        total=len(children),
        rows=[
            FirstRow(number=child, n_children=_count_children(table, child), line=line)
            for child, line in zip(first, lines_of(finder, "calls", first), strict=True)
        ],
    )


def _count_children(table: RunTable, row: int) -> int:
    below = table.parents[row + 1 : table.ends[row]]
    return int(np.count_nonzero(below == row))
