"""The states that changed, grouped by collection."""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.describe.held_values import held_state
from unflax_viz.describe.pieces import NO_COLOR, shown_path, size_pieces, spoken_name
from unflax_viz.describe.python_code import quoted
from unflax_viz.describe.values import array_of, describe_structure, safely, shorten
from unflax_viz.lenses.layout import LensRows, lay_out_groups
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.lenses.warnings import nan_pieces
from unflax_viz.measure.numbers import format_counted, format_number
from unflax_viz.protocol import Piece
from unflax_viz.query.parsing import quote
from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.effects import FlaxState
from unflax_viz.record.structures import count_bytes, count_elements, is_abstract
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.names import NONE
from unflax_viz.tables.things import Things

_MAX_VALUE = 30


def _things(contents: Contents) -> Things:
    values = contents.values
    item = np.where(values.is_parameter, NONE, values.item)
    return Things("values", item, len(contents.first_states))


def _lay_out(run: Searched) -> LensRows:
    values, rows = run.contents.values, run.contents.first_states
    return lay_out_groups(values.collection[rows], values.call[rows])


def _line(run: Searched, item: int) -> Line:
    contents = run.contents
    value = int(contents.first_states[item])
    state: FlaxState = contents.values.holders[value]
    node = run.index.table.nodes[contents.values.call[value]]
    held = held_state(node, contents.names.texts[contents.values.name[value]], state)
    path = shown_path(node, state.path)
    return Line(
        pieces=[
            ("name", path),
            ("class", node.class_name),
            *_change_pieces(state),
            *nan_pieces(run, value),
            *size_pieces(count_elements(state.after), count_bytes(state.after)),
        ],
        color=node.treescope_color(),
        name=spoken_name(path, "state of", state.collection),
        code=held.first_code,
        tab="state",
        entry=held.key,
    )


def _heading(run: Searched, collection: str, n_items: int) -> Line:
    change = "written" if run.index.run.is_abstract else "changed"
    query = quoted(f"collection:{quote(collection)}")
    count = f"{format_counted(n_items, 'state')} {change}"
    return Line(
        pieces=[("name", collection), ("shape", count)],
        color=NO_COLOR,
        name=spoken_name(collection, "collection"),
        code=f'run.find({query}, lens="state")',
        tab="state",
    )


def _change_pieces(state: FlaxState) -> list[Piece]:
    """Says what a state was and is: its values where they are short, else its shape."""
    if state.was_created:
        return [("shape", _describe_short(state.after)), ("flag", "created")]
    before, after = _describe_short(state.before), _describe_short(state.after)
    if before == after:
        return [("shape", before), ("flag", state.change)]
    return [("shape", f"{before} → {after}")]


def _describe_short(value: Any) -> str:
    array = array_of(value)
    is_scalar = array is not None and not array.shape
    if is_scalar and not is_abstract(array) and not is_deleted(array):
        return shorten(safely(_describe_scalar, array), _MAX_VALUE)
    return shorten(describe_structure(value), _MAX_VALUE)


def _describe_scalar(array: Any) -> str:
    return format_number(np.asarray(array).item())


LENS = Lens(
    name="state",
    meaning="The states that changed",
    empty="No state changed in this run.",
    things=_things,
    typed=lambda contents: contents.paths.last_names[
        contents.values.path[contents.first_states]
    ],
    lay_out=_lay_out,
    line=_line,
    find=lambda contents, item: contents.values.holders[contents.first_states[item]],
    count=lambda index: index.table.total_of(0).n_changed,
    heading=_heading,
)
