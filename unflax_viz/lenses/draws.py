"""The draws, grouped by the stream that was asked for."""

from __future__ import annotations

import numpy as np

from unflax_viz.describe.pieces import NO_COLOR, shown_path, spoken_name
from unflax_viz.describe.python_code import (
    items_code,
    quoted,
    scope_code,
)
from unflax_viz.describe.values import describe_words, key_words, safely
from unflax_viz.lenses.layout import LensRows, lay_out_groups
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.measure.numbers import format_counted
from unflax_viz.protocol import Piece
from unflax_viz.query.parsing import quote
from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.effects import RngDraw
from unflax_viz.record.structures import is_abstract
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.things import Things


def _things(contents: Contents) -> Things:
    n_draws = len(contents.draws.call)
    return Things("draws", np.arange(n_draws, dtype=np.int32), n_draws)


def _lay_out(run: Searched) -> LensRows:
    return lay_out_groups(run.contents.draws.stream, run.contents.draws.call)


def _line(run: Searched, item: int) -> Line:
    draws = run.contents.draws
    draw = draws.draws[item]
    node = run.index.table.nodes[draws.call[item]]
    place = f"{items_code([draw.stream])}.draws[{draws.positions[item]}]"
    path = shown_path(node, draw.path)
    name: list[Piece] = [("name", path)] if path else []
    purpose: list[Piece] = [("flag", draw.purpose)] if draw.purpose else []
    return Line(
        pieces=[
            *name,
            ("class", node.class_name),
            ("method", f"counter {draw.counter}"),
            *purpose,
            ("shape", safely(_describe_draw, draw)),
            *(("warning", warning) for warning in draws.warnings[item]),
        ],
        color=node.treescope_color(),
        name=spoken_name(path or "/", f"{draw.stream}#{draw.counter}", node.class_name),
        code=f"{scope_code(node)}.rngs{place}.key",
        tab="rngs",
    )


def _heading(run: Searched, stream: str, n_items: int) -> Line:
    query = quoted(f"stream:{quote(stream)}")
    return Line(
        pieces=[("name", stream), ("shape", format_counted(n_items, "draw"))],
        color=NO_COLOR,
        name=spoken_name(stream, "stream"),
        code=f'run.find({query}, lens="draws")',
        tab="rngs",
    )


def _describe_draw(draw: RngDraw) -> str:
    if draw.key is None or is_abstract(draw.key):
        return "key not known"
    if is_deleted(draw.key):
        return "key deleted"
    words = key_words(draw.key)
    more = f" … {len(words) - 1:,} more" if len(words) > 1 else ""
    return f"{describe_words(words[0])}{more}"


LENS = Lens(
    name="draws",
    meaning="The random draws, by stream",
    empty="No random keys were drawn in this run.",
    things=_things,
    typed=lambda contents: contents.paths.last_names[
        contents.calls.path[contents.draws.call]
    ],
    lay_out=_lay_out,
    line=_line,
    find=lambda contents, item: contents.draws.draws[item],
    count=lambda index: index.table.total_of(0).n_draws,
    heading=_heading,
)
