"""The parameters, from the largest to the smallest."""

from __future__ import annotations

import numpy as np

from unflax_viz.describe.held_values import held_parameter, unused_value
from unflax_viz.describe.pieces import NO_COLOR, shown_path, size_pieces, spoken_name
from unflax_viz.describe.values import describe_structure
from unflax_viz.lenses.layout import GROUP, LensRows, lay_out_groups
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.lenses.warnings import nan_pieces
from unflax_viz.measure.numbers import format_counted
from unflax_viz.protocol import Piece
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.index import RunIndex
from unflax_viz.record.structures import count_bytes, count_elements
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.names import NONE
from unflax_viz.tables.things import Things
from unflax_viz.tables.values import ARRAY_BITS, UNUSED


def _things(contents: Contents) -> Things:
    values = contents.values
    item = np.where(values.is_parameter, values.item, NONE)
    return Things("values", item, len(contents.first_values))


def _lay_out(run: Searched) -> LensRows:
    contents = run.contents
    no_groups = np.full(len(contents.first_values), GROUP)
    return lay_out_groups(no_groups, contents.values.call[contents.first_values])


def _line(run: Searched, item: int) -> Line:
    value = int(run.contents.first_values[item])
    if run.contents.values.group[value] == UNUSED:
        return _unused_line(run, value)
    contents = run.contents
    parameter: FlaxParameter = contents.values.holders[value]
    node = run.index.table.nodes[contents.values.call[value]]
    name = contents.names.texts[contents.values.name[value]]
    held = held_parameter(node, name, parameter)
    path = shown_path(node, parameter.path)
    return Line(
        pieces=[
            ("name", path),
            ("class", node.class_name),
            *_facts_of(run, value, parameter),
        ],
        color=node.treescope_color(),
        name=spoken_name(path, "parameter"),
        code=held.first_code,
        tab="parameters",
        entry=held.key,
    )


def _unused_line(run: Searched, value: int) -> Line:
    parameter: FlaxParameter = run.contents.values.holders[value]
    held = unused_value("params", parameter.path, parameter.value)
    path = shown_path(run.index.run.root, parameter.path)
    return Line(
        pieces=[("name", path), *_facts_of(run, value, parameter)],
        color=NO_COLOR,
        name=spoken_name(path, "parameter"),
        code=held.first_code,
        tab="parameters",
        entry=held.key,
    )


def _facts_of(run: Searched, value: int, parameter: FlaxParameter) -> list[Piece]:
    shape = describe_structure(parameter.value)
    return [
        ("shape", shape),
        *_flags(run, value, parameter),
        *nan_pieces(run, value),
        *size_pieces(count_elements(parameter.value), count_bytes(parameter.value)),
    ]


def _flags(run: Searched, value: int, parameter: FlaxParameter) -> list[Piece]:
    bits = int(run.contents.values.flags[value])
    flags = []
    if bits & ARRAY_BITS["shared"]:
        flags.append(f"shared by {format_counted(len(parameter.users), 'call')}")
    flags += [
        flag for flag in ("created", "stacked", "unused") if bits & ARRAY_BITS[flag]
    ]
    return [("flag", flag) for flag in flags]


def _count(index: RunIndex) -> int:
    """Counts the parameters; a shared one where it was read first."""
    n_read = sum(
        parameter.users[:1] == (node.address,)
        for node in index.table.nodes
        if isinstance(node, InterceptedFlaxModuleMethod) and node.scope_data is not None
        for parameter in node.scope_data.parameters.values()
    )
    return n_read + len(index.unused_parameters)


LENS = Lens(
    name="parameters",
    meaning="The parameters, by size",
    empty="No parameters in this run.",
    things=_things,
    typed=lambda contents: contents.paths.last_names[
        contents.values.path[contents.first_values]
    ],
    lay_out=_lay_out,
    line=_line,
    find=lambda contents, item: contents.values.holders[contents.first_values[item]],
    count=_count,
    is_counted_slowly=True,
)
