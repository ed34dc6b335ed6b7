"""How the rows of a lens cross to the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.describe.values import one_line, shorten
from unflax_viz.lenses.layout import GROUP, LensRows
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.protocol import PieceKind, Row
from unflax_viz.tables.contents import Contents

_MAX_PIECE = 80


def row_of(run: Searched, lens: Lens, rows: LensRows, row: int) -> Row:
    """Returns one row of a lens, as the browser draws it."""
    line = _line_of(run, lens, rows, row)
    return Row(
        address=run.index.table.addresses[rows.calls[row]],
        tab=line.tab,
        entry=line.entry,
        code=line.code,
        name=line.name,
        color=line.color,
        pieces=[(kind, _shown(kind, text)) for kind, text in line.pieces],
    )


def export_lens(lens: Lens, rows: LensRows, contents: Contents) -> dict[str, Any]:
    """Returns what the rows of a lens are, how they nest, and what they are called.

    `js/src/tree/lens_rows.ts` describes what crosses.
    """
    things = lens.things(contents)
    return {
        "table": things.table,
        "item": things.item,
        "n_items": things.n_items,
        "typed": lens.typed(contents),
        "parents": rows.parents,
        "items": rows.items,
        "calls": rows.calls,
        "heading_rows": np.array(list(rows.headings), np.int32),
        "heading_names": np.array(list(rows.headings.values()), np.int32),
        "is_named_by_call": rows.is_named_by_call,
    }


def _line_of(run: Searched, lens: Lens, rows: LensRows, row: int) -> Line:
    item = int(rows.items[row])
    if item != GROUP:
        return lens.line(run, item)
    name = run.contents.names.texts[rows.headings[row]]
    return lens.heading(run, name, rows.n_below(row))


def _shown(kind: PieceKind, text: str) -> str:
    if kind == "size":
        # Bytes have one width, so that both figures of all rows stand in columns.
        n_elements, _, n_bytes = text.partition("  ")
        text = f"{n_elements}  {n_bytes:>7}"
    return one_line(shorten(text, _MAX_PIECE))
