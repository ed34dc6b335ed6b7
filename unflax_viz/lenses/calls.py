"""The calls in the order made, each below its caller."""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.describe.pieces import call_pieces, spoken_name
from unflax_viz.describe.python_code import call_code
from unflax_viz.lenses.layout import LensRows
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.things import Things


def captured_call(contents: Contents, call: int) -> Any:
    """Returns a call; None for a place that was not captured, though rows show it."""
    node = contents.index.table.nodes[call]
    return node if isinstance(node, InterceptedFlaxModuleMethod) else None


def _things(contents: Contents) -> Things:
    n_calls = len(contents.calls.path)
    return Things("calls", np.arange(n_calls, dtype=np.int32), n_calls)


def _lay_out(run: Searched) -> LensRows:
    table = run.index.table
    rows = np.arange(len(table), dtype=np.int32)
    return LensRows(table.parents, rows, rows, is_named_by_call=True)


def _line(run: Searched, call: int) -> Line:
    node = run.index.table.nodes[call]
    broken = run.broken_values
    has_nan = broken is not None and call in broken.calls_with_nan
    return Line(
        pieces=call_pieces(node, run.index, has_nan),
        color=node.treescope_color(),
        name=spoken_name(node.address, node.class_name),
        code=call_code(node),
    )


LENS = Lens(
    name="calls",
    meaning="The calls, in the order made",
    empty="No calls in this run.",
    things=_things,
    typed=lambda contents: contents.calls.label,
    lay_out=_lay_out,
    line=_line,
    find=captured_call,
    count=lambda index: len(index.table),
)
