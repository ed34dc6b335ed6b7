"""What does a page need to search a run without Python? The columns, as plain lists.

`js/src/tree/columns.ts` reads them; `js/src/tree/match.ts` does with them what
`match.py` does here. All are lists of equal length within their table, one item for
each row of it. A name, a path, a kind or a tuple of transforms is a number into the
list of its table, and -1 stands for none:

- `names`: every name once.
- `paths`: `parents` and `last_names`. Path 0 is the root's, its own parent; a path
  stands after its beginnings.
- `kinds`: shapes with their dtypes: `shapes`; `dtypes`, the names of the long form and
  the short one; `sizes` in elements; `bytes`.
- `calls`: `path`, `label`, `class_name`, `method`, `under`, `flags` (bit `i` is item
  `i` of `terms.CALL_FLAGS`), `module`, `depth`, `n_calls`, `n_parameters`; and the
  table that `under` counts in, `transforms`: the names that each tuple of them goes by.
- `values`: `call`, `group` (in `columns.GROUPS`), `collection`, `name`, `path`,
  `kind`, `flags` (of `terms.ARRAY_FLAGS`, "nan" and "inf" included), and `item`: which
  parameter, or which changed state.
- `draws`: `call`, `stream`, `flags`.
- `unread_reason`: why NaN could be found in no value; "" where some can be read.
- `n_modules`, `n_parameters`, `n_states`: how many there are.

Which row of a lens shows which thing, `LensRows.items` says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.search.columns import Columns
from unflax_viz.search.finder import Finder
from unflax_viz.search.value_columns import ARRAY_BITS

_CALLS = ("path", "label", "class_name", "method", "under", "flags", "module")
_VALUES = ("call", "group", "collection", "name", "path", "kind", "item")
_DRAWS = ("call", "stream", "flags")


def export_columns(finder: Finder) -> dict[str, Any]:
    """Writes what a query can ask of a run as JSON can hold it.

    Every array of the run is read, so that `is:nan` has its answer.
    """
    columns = finder.columns
    table = columns.index.table
    calls = {
        **_lists_of(columns.calls, _CALLS),
        "depth": table.depths.tolist(),
        "n_calls": table.totals("n_calls").tolist(),
        "n_parameters": table.totals("n_parameters").tolist(),
        "transforms": list(map(list, columns.calls.transforms)),
    }
    values = {
        **_lists_of(columns.values, _VALUES),
        "flags": _flags_of(finder, columns).tolist(),
    }
    return {
        "names": columns.names.texts,
        "paths": {
            "parents": columns.paths.parents.tolist(),
            "last_names": columns.paths.last_names.tolist(),
        },
        "kinds": {
            "shapes": list(map(list, columns.kinds.shapes)),
            "dtypes": list(map(list, columns.kinds.dtypes)),
            "sizes": columns.kinds.sizes[:-1, 0].tolist(),
            "bytes": columns.kinds.sizes[:-1, 1].tolist(),
        },
        "calls": calls,
        "values": values,
        "draws": _lists_of(columns.draws, _DRAWS),
        "unread_reason": finder.find_broken_values().unread_reason,
        "n_modules": len(columns.first_calls),
        "n_parameters": len(columns.first_values),
        "n_states": len(columns.first_states),
    }


def _lists_of(table: object, names: tuple[str, ...]) -> dict[str, list[int]]:
    return {name: getattr(table, name).tolist() for name in names}


def _flags_of(finder: Finder, columns: Columns) -> np.ndarray:
    broken = finder.find_broken_values()
    flags = columns.values.flags
    flags = flags | np.where(broken.has_nan, ARRAY_BITS["nan"], 0)
    return flags | np.where(broken.has_inf, ARRAY_BITS["inf"], 0)
