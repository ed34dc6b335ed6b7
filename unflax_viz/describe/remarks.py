"""What stands out in a call and all below it: errors, changes, draws and gaps."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from unflax_viz.describe.changes import (
    ChangedState,
    LargestChange,
    changed_states,
    largest_change,
)
from unflax_viz.describe.header import describe_names
from unflax_viz.describe.held_values import entry_key
from unflax_viz.describe.values import one_line, shorten
from unflax_viz.measure.numbers import format_counted, format_number
from unflax_viz.protocol import Remark, Remarks, Search, Tab
from unflax_viz.query.parsing import below_query, quote
from unflax_viz.record.calls import NotCaptured
from unflax_viz.record.index import RunIndex
from unflax_viz.record.rng_report import DrawPlace
from unflax_viz.record.run import Node

MAX_REMARKS = 8
"""How many remarks are made of a kind; the others are counted."""

_MAX_PLACES = 3
_MAX_TEXT = 300


def remarks_of(node: Node, index: RunIndex) -> list[Remarks]:
    """Returns what stands out, by kind; nothing for a kind of which there is nothing.

    Args:
      node: The call.
      index: The run.
    """
    is_root = node is index.run.root
    changed = "Written" if index.run.is_abstract else "Changed"
    found = {
        "Raised": _raised(node, index),
        changed: _changed(node, index),
        "Odd draws": _odd_draws(node, index),
        "Not used": _not_used(index) if is_root and not index.run.error else [],
        "Not captured": _not_captured(node, index),
    }
    return [
        Remarks(
            title=title,
            remarks=remarks[:MAX_REMARKS],
            n_rest=max(0, len(remarks) - MAX_REMARKS),
        )
        for title, remarks in found.items()
        if remarks
    ]


def _remark(
    text: str,
    address: str = "",
    tab: Tab | None = None,
    entry: str = "",
    search: Search | None = None,
) -> Remark:
    short = one_line(shorten(text, _MAX_TEXT))
    return Remark(text=short, address=address, tab=tab, entry=entry, search=search)


def _leading(
    text: str, node: Node, index: RunIndex, is_own: bool, tab: Tab, query: str
) -> Remark:
    """Leads to a call's own panel where some of it is there, else to a list."""
    lens = "state" if tab == "state" else "draws"
    if node is index.run.root:
        return _remark(text, search=Search(lens=lens, query=query))
    if is_own:
        return _remark(text, node.address, tab)
    below = below_query(node.address)
    return _remark(text, search=Search(lens=lens, query=f"{query} {below}"))


def _raised(node: Node, index: RunIndex) -> list[Remark]:
    call = index.raising_call
    if call is None or call is node or not _is_in(call.address, node, index):
        return []
    return [_remark(f"{call.address}: {call.error}", address=call.address)]


def _changed(node: Node, index: RunIndex) -> list[Remark]:
    """Makes one remark for each collection, and one for what changed most in it."""
    word = "written" if index.run.is_abstract else "changed"
    found = changed_states(node, index)
    if found is None:
        text = format_counted(index.total_of(node).n_changed, f"{word} state")
        return [_leading(text, node, index, False, "state", "is:changed")]
    by_collection: dict[str, list[ChangedState]] = collections.defaultdict(list)
    for changed in found:
        by_collection[changed.state.collection].append(changed)
    remarks = []
    for collection, states in by_collection.items():
        count = format_counted(len(states), f"{word} state")
        is_own = any(changed.node is node for changed in states)
        query = f"collection:{quote(collection)}"
        text = f"{collection}: {count}"
        remarks.append(_leading(text, node, index, is_own, "state", query))
        if (largest := largest_change(states)) is not None:
            remarks.append(_most(largest))
    return remarks


def _most(largest: LargestChange) -> Remark:
    changed, size = largest.changed, format_number(largest.size)
    return _remark(
        f"{'/'.join(changed.state.path)} moved most, by {size}",
        address=changed.node.address,
        tab="state",
        entry=entry_key("state", changed.state.collection, changed.name),
    )


def _odd_draws(node: Node, index: RunIndex) -> list[Remark]:
    """Makes a remark for each group of draws, and one for all of which one is said."""
    report = index.rng_report
    remarks: list[Remark] = []
    alone: dict[str, list[DrawPlace]] = collections.defaultdict(list)
    for kind, places in report.findings():
        if not any(_is_in(place.address, node, index) for place in places):
            continue
        if len(places) == 1:
            alone[kind.line].append(places[0])
        else:
            text = kind.line.format(places=_list_places(places))
            remarks.append(_remark(text, places[0].address, "rngs"))
    for line, places in alone.items():
        text = line.format(places=_list_places(places))
        is_own = any(place.address == node.address for place in places)
        remarks.append(_leading(text, node, index, is_own, "rngs", "is:warning"))
    return remarks


def _list_places(places: Sequence[DrawPlace]) -> str:
    shown = ", ".join(map(str, places[:_MAX_PLACES]))
    n_more = len(places) - _MAX_PLACES
    return f"{shown} and {n_more:,} more" if n_more > 0 else shown


def _not_used(index: RunIndex) -> list[Remark]:
    remarks = [
        _remark(f"the stream {stream}, which was given")
        for stream in index.rng_report.unused_streams
    ]
    unused = list(index.unused_parameters)
    if unused and index.run.entry_point != "bind":
        search = Search(lens="parameters", query="is:unused")
        remarks.append(_remark(describe_names(unused, _MAX_PLACES), search=search))
    return remarks


def _not_captured(node: Node, index: RunIndex) -> list[Remark]:
    table = index.table
    rows = table.rows_within(table.not_captured_rows, index.row_of(node))
    places = [table.nodes[row] for row in rows.tolist()]
    return [
        _remark(f"{place.address}: {place.reason}", address=place.address)
        for place in places
        if isinstance(place, NotCaptured) and place is not node
    ]


def _is_in(address: str, node: Node, index: RunIndex) -> bool:
    """Tells whether an address is that of a call or of one below it."""
    start = index.row_of(node)
    row = index.table.row_of(address)
    return row is not None and start <= row < index.table.ends[start]
