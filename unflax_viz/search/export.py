"""What does the browser need to search a run? The columns, as it gets them.

`js/src/tree/columns.ts` reads them; `js/src/tree/match.ts` does with them what
`match.py` does here. All have equal length within their table, one item for
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

from unflax_viz.search.broken_values import BrokenValues
from unflax_viz.search.columns import Columns
from unflax_viz.search.finder import Finder
from unflax_viz.search.value_columns import ARRAY_BITS

_CALLS = ("path", "label", "class_name", "method", "under", "flags", "module")
_VALUES = ("call", "group", "collection", "name", "path", "kind", "item")
_DRAWS = ("call", "stream", "flags")


def export_columns(finder: Finder) -> dict[str, Any]:
    """Returns what a query can ask of a run, as `search.packed` packs it.

    What holds NaN is in it once all arrays were read: `Finder.find_broken_values`.
    """
    columns = finder.columns
    table = columns.index.table
    broken = finder.broken_values
    calls = {
        **_arrays_of(columns.calls, _CALLS),
        "depth": table.depths,
        "n_calls": table.totals("n_calls"),
        "n_parameters": table.totals("n_parameters"),
        "transforms": list(map(list, columns.calls.transforms)),
    }
    values = {
        **_arrays_of(columns.values, _VALUES),
        "flags": _flags_of(columns, broken),
    }
    return {
        "names": columns.names.texts,
        "paths": {
            "parents": np.asarray(columns.paths.parents),
            "last_names": np.asarray(columns.paths.last_names),
        },
        "kinds": {
            "shapes": list(map(list, columns.kinds.shapes)),
            "dtypes": list(map(list, columns.kinds.dtypes)),
            "sizes": columns.kinds.sizes[:-1, 0],
            "bytes": columns.kinds.sizes[:-1, 1],
        },
        "calls": calls,
        "values": values,
        "draws": _arrays_of(columns.draws, _DRAWS),
        "unread_reason": broken.unread_reason if broken else "",
        "n_modules": len(columns.first_calls),
        "n_parameters": len(columns.first_values),
        "n_states": len(columns.first_states),
    }


def _arrays_of(table: object, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {name: np.asarray(getattr(table, name)) for name in names}


def _flags_of(columns: Columns, broken: BrokenValues | None) -> np.ndarray:
    flags = columns.values.flags
    if broken is None:
        return flags
    flags = flags | np.where(broken.has_nan, ARRAY_BITS["nan"], 0)
    return flags | np.where(broken.has_inf, ARRAY_BITS["inf"], 0)
