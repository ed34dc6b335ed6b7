"""The modules, grouped by their class."""

from __future__ import annotations

import dataclasses

import numpy as np

from unflax_viz.describe.pieces import shown_path, size_pieces, spoken_name
from unflax_viz.describe.python_code import quoted
from unflax_viz.lenses import modules
from unflax_viz.lenses.layout import GROUP, LensRows, lay_out_groups
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.measure.numbers import format_counted
from unflax_viz.query.parsing import quote


def _lay_out(run: Searched) -> LensRows:
    contents = run.contents
    classes = contents.calls.class_name[contents.first_calls]
    order = np.argsort(classes, kind="stable").astype(np.int32)
    rows = lay_out_groups(classes[order], contents.first_calls[order])
    items = np.where(rows.items == GROUP, GROUP, order[rows.items])
    return dataclasses.replace(rows, items=items)


def _line(run: Searched, module: int) -> Line:
    """Says the whole path, and not the class, which the heading says."""
    line = modules.LENS.line(run, module)
    node = run.index.table.nodes[int(run.contents.first_calls[module])]
    rest = [piece for piece in line.pieces if piece[0] not in ("name", "class")]
    path = shown_path(node, node.path) or "/"
    return dataclasses.replace(line, pieces=[("name", path), *rest])


def _heading(run: Searched, class_name: str, n_items: int) -> Line:
    contents, table = run.contents, run.index.table
    is_meant = contents.calls.class_name == contents.names.number_of(class_name)
    rows = np.flatnonzero(is_meant)
    sizes = table.sizes_by_group(0, len(table), is_meant.astype(np.int32))[1]
    n_modules = format_counted(n_items, "module")
    query = quoted(f"class:{quote(class_name)}")
    return Line(
        pieces=[
            ("class", class_name),
            ("shape", f"{n_modules}, {format_counted(len(rows), 'call')}"),
            *size_pieces(*sizes.tolist()),
        ],
        color=table.nodes[rows[0]].treescope_color(),
        name=spoken_name(class_name, "class"),
        code=f'run.find({query}, lens="classes")',
    )


LENS = Lens(
    name="classes",
    meaning="The modules, by class",
    empty="No modules in this run.",
    things=modules.LENS.things,
    typed=modules.LENS.typed,
    lay_out=_lay_out,
    line=_line,
    find=modules.LENS.find,
    count=modules.LENS.count,
    is_counted_slowly=True,
    heading=_heading,
)
