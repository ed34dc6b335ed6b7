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
- `addresses`: the `rows` of the calls whose address is not the path above them with
  their label, and these addresses as `texts`.
- `groups`: the group of each value, as a number into `Group` of the protocol.
- `local_names`: the name of each value in the scope of its call.
- `unread_reason`: why NaN could be found in no value; "" where some can be read.
"""

from __future__ import annotations

from typing import Any

from unflax_viz.tables.broken_values import BrokenValues
from unflax_viz.tables.columns import Table
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.schema import schema


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
        tables["values"]["columns"]["is"] = contents.values.flags | broken.flags
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
        "addresses": _odd_addresses(contents),
        "groups": contents.values.group,
        "local_names": contents.values.name,
        "unread_reason": broken.unread_reason if broken else "",
    }


def _export_table(table: Table) -> dict[str, Any]:
    return {"call": table.call, "columns": dict(table.columns)}


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
