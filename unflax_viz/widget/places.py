"""Which call, and which of its values, does a path mean?"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence

from unflax_viz.describe.held_values import (
    held_constants,
    held_parameters,
    held_states,
    unused_values,
)
from unflax_viz.errors import PathNotInRunError, WrongArgumentError
from unflax_viz.protocol import Tab
from unflax_viz.record.index import RunIndex
from unflax_viz.record.nearest import nearest_path

ValuePlace = tuple[str, str]
"""The address of a call, and the key of one of its entries; "" for none."""

_VALUES: dict[str, str] = {"parameters": "parameter", "state": "state"}
_HELD = {"parameters": (held_parameters,), "state": (held_states, held_constants)}


def find_place(index: RunIndex, path: str | Sequence[str], panel: Tab) -> ValuePlace:
    """Finds what a panel is to show.

    Args:
      index: The index of the run.
      path: An address, as `run.at` takes it; for the panels of parameters and states
        also the path of one value, with or without its collection in front. As one
        text, or name by name.
      panel: The panel.

    Returns:
      The first call with that address or value, and the value's key.

    Raises:
      PathNotInRunError: If nothing has that path, or states of several collections.
      WrongArgumentError: If `path` is neither a text nor names.
    """
    wanted = _in_one(path)
    row = index.table.row_at(wanted)
    if row is not None:
        return index.table.addresses[row], ""
    places = _places_by_path(index, panel)
    found = places.get(wanted, {})
    if len(found) == 1:
        return next(iter(found.values()))
    raise PathNotInRunError(
        _describe(wanted, list(found), index, places, panel), wanted
    )


def _in_one(path: object) -> str:
    if isinstance(path, str):
        return path
    names = path if isinstance(path, Sequence) else [None]
    if not all(isinstance(name, str) for name in names):
        raise WrongArgumentError(
            "A path is a string such as 'encoder/Dense_0', or its names in order, "
            f"not {path!r}.",
            path,
        )
    return "/".join(names)


def _places_by_path(index: RunIndex, panel: Tab) -> dict[str, dict[str, ValuePlace]]:
    """Returns by each path that may be meant the first place in each collection."""
    places: dict[str, dict[str, ValuePlace]] = collections.defaultdict(dict)
    for collection, path, place in _values_of(index, panel):
        for spelled in ("/".join(path), "/".join([collection, *path])):
            places[spelled].setdefault(collection, place)
    return places


def _values_of(
    index: RunIndex, panel: Tab
) -> Iterator[tuple[str, tuple[str, ...], ValuePlace]]:
    """Yields collection, path and place of the values of a run, call by call."""
    for node in index.table.nodes:
        for held_values in _HELD.get(panel, ()):
            for held in held_values(node):
                yield held.collection, held.path, (node.address, held.key)
    if panel == "parameters":
        for held in unused_values(index):
            yield held.collection, held.path, (index.run.root.address, held.key)


def _describe(
    wanted: str,
    found: list[str],
    index: RunIndex,
    places: dict[str, dict[str, ValuePlace]],
    panel: Tab,
) -> str:
    if found:
        collections_ = ", ".join(f"'{collection}'" for collection in found)
        return (
            f"'{wanted}' is in several collections, {collections_}; "
            f"'{found[0]}/{wanted}' names one of them."
        )
    value = _VALUES.get(panel)
    nothing = f"No call or {value}" if value else "No call"
    nearest = nearest_path(wanted, [*index.table.addresses, *places])
    return (
        f"{nothing} at '{wanted}' in this run; the nearest is '{nearest}'. "
        "run.paths() lists all calls."
    )
