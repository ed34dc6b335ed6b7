"""Exports what the browser needs to search a run: the schema and the columns.

`js/src/tree/columns.ts` describes what crosses, and `js/src/tree/match.ts` does with
it what `query/matching.py` does here. A name, a path, a shape or a set of names is a
number into its list, and -1 stands for none:

- `schema`: the declared columns of each table.
- `names`: every name once.
- `paths`: `parents` and `last_names`. Path 0 is the root's, its own parent; a path
  stands after its beginnings.
- `shapes`: the lengths of the axes of each shape.
- `sets`: the names that one thing goes by.
- `tables`: of each table `call`, the row of the call that each row belongs to, and
  `columns` by key. The calls have "label" as well, the last name as the tree shows it,
  and "end", the row after the last call below each.
- `lenses`: of each lens its `table`, `n_items`, and the number of the `item` that each
  row of the table is, -1 where it is none.
- `addresses`: the `rows` of the calls whose address is not the path above them with
  their label, and these addresses as `texts`.
- `groups`: the group of each value, as a number into `Group` of the protocol.
- `local_names`: the name of each value in the scope of its call.
- `unread_reason`: why NaN could be found in no value; "" where some can be read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.protocol import Lens
from unflax_viz.tables.broken_values import BrokenValues
from unflax_viz.tables.columns import Table
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.names import NONE
from unflax_viz.tables.schema import TABLE_OF_LENS, schema
from unflax_viz.tables.values import ARRAY_BITS


def export_columns(contents: Contents, broken: BrokenValues | None) -> dict[str, Any]:
    """Returns what a query can ask of a run, as `packed.pack` packs it.

    Args:
      contents: What can be asked of the run.
      broken: Which values hold NaN or infinities; None before all arrays were read,
        when `is:nan` has no answer yet.
    """
    tables = {name: _export_table(table) for name, table in contents.tables.items()}
    tables["calls"]["columns"]["end"] = contents.index.table.ends
    if broken is not None:
        tables["values"]["columns"]["is"] = _flags_of(contents, broken)
    return {
        "schema": schema(),
        "names": contents.names.texts,
        "paths": {
            "parents": contents.paths.parents,
            "last_names": contents.paths.last_names,
        },
        "shapes": list(map(list, contents.kinds.shapes)),
        "sets": list(map(list, contents.sets)),
        "tables": tables,
        "lenses": _export_lenses(contents),
        "addresses": _odd_addresses(contents),
        "groups": contents.values.group,
        "local_names": contents.values.name,
        "unread_reason": broken.unread_reason if broken else "",
    }


def _flags_of(contents: Contents, broken: BrokenValues) -> np.ndarray:
    flags = contents.values.flags | np.where(broken.has_nan, ARRAY_BITS["nan"], 0)
    return flags | np.where(broken.has_inf, ARRAY_BITS["inf"], 0)


def _export_table(table: Table) -> dict[str, Any]:
    return {"call": table.call, "columns": dict(table.columns)}


def _export_lenses(contents: Contents) -> dict[str, Any]:
    values, n_calls = contents.values, len(contents.calls.path)
    parameters = np.where(values.is_parameter, values.item, NONE)
    states = np.where(values.is_parameter, NONE, values.item)
    n_draws = len(contents.draws.call)
    things: dict[Lens, tuple[int, np.ndarray]] = {
        "calls": (n_calls, np.arange(n_calls, dtype=np.int32)),
        "modules": (len(contents.first_calls), contents.calls.module),
        "parameters": (len(contents.first_values), parameters),
        "state": (len(contents.first_states), states),
        "draws": (n_draws, np.arange(n_draws, dtype=np.int32)),
    }
    return {
        lens: {"table": TABLE_OF_LENS[lens], "n_items": n_items, "item": item}
        for lens, (n_items, item) in things.items()
    }


def _odd_addresses(contents: Contents) -> dict[str, list[Any]]:
    """Finds the addresses that do not follow from paths and labels."""
    addresses = contents.index.table.addresses
    names, shorter = contents.names.texts, contents.paths.parents
    texts: list[str] = []
    for path, parent in enumerate(shorter):
        name = names[contents.paths.last_names[path]] if path else ""
        texts.append(name if parent == 0 else f"{texts[parent]}/{name}")
    odd = []
    places = zip(
        contents.calls.path.tolist(), contents.calls.label.tolist(), strict=True
    )
    for row, (path, label) in enumerate(places):
        above = int(shorter[path])
        before = "" if above == 0 and path != 0 else f"{texts[above]}/"
        if before + names[label] != addresses[row]:
            odd.append(row)
    return {"rows": odd, "texts": [addresses[row] for row in odd]}
