"""Where the parameters, bytes and calls of a call are: by child and by class."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import cast

import numpy as np

from unflax_viz.describe.values import one_line
from unflax_viz.measure.numbers import format_bytes, format_count
from unflax_viz.protocol import Bar, BarChart, Fact, Search
from unflax_viz.query.parsing import below_query, quote
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.table import NO_CLASS

MAX_BARS = 12
"""How many bars a chart has; the others are counted."""

_FORMATS: dict[str, Callable[[int], str]] = {
    "parameters": format_count,
    "bytes": format_bytes,
    "calls": format_count,
}


@dataclasses.dataclass(frozen=True)
class _Label:
    """What a bar stands for; the fields are those of `Bar`."""

    name: str
    class_name: str
    color: str
    address: str
    search: Search | None


def bar_charts(node: Node, index: RunIndex) -> list[BarChart]:
    """Returns a chart by class and one by child; none for a call that made no calls.

    Args:
      node: The call.
      index: The run.
    """
    row = index.row_of(node)
    children = index.table.rows_below(row)
    if not len(children):
        return []
    by_child = index.table.totals_of(children)[:, [1, 2, 0]]
    firsts, by_class = _amounts_by_class(row, index)
    return [
        _chart("By class", by_class, lambda i: _class(firsts[i], node, index)),
        _chart("By child", by_child, lambda i: _child(int(children[i]), node, index)),
    ]


def _amounts_by_class(
    row: int, index: RunIndex
) -> tuple[list[InterceptedFlaxModuleMethod], np.ndarray]:
    """Finds the classes in a run, or below a call, and what their calls hold.

    Returns:
      The first calls, and parameters, bytes and calls, int64, shape (n_classes, 3).
    """
    table = index.table
    # Of a call its own panels tell; a query finds it only in the whole run.
    start, end = row + 1 if row else 0, int(table.ends[row])
    rows = start + np.flatnonzero(table.classes[start:end] != NO_CLASS)
    classes, firsts, n_calls = np.unique(
        table.classes[rows], return_index=True, return_counts=True
    )
    sizes = table.sizes_by_group(start, end, table.classes)[classes]
    amounts = np.concatenate([sizes, n_calls[:, None]], axis=1)
    calls = [table.nodes[each] for each in rows[firsts].tolist()]
    return cast("list[InterceptedFlaxModuleMethod]", calls), amounts


def _chart(
    title: str, amounts: np.ndarray, label_of: Callable[[int], _Label]
) -> BarChart:
    """Draws the largest; what has no parameters anywhere gets no such column."""
    columns = np.flatnonzero(amounts.any(axis=0)).tolist()
    order = np.lexsort((-amounts[:, 2], -amounts[:, 0], -amounts[:, 1]))
    return BarChart(
        title=title,
        columns=[list(_FORMATS)[i] for i in columns],
        bars=[
            _bar(label_of(i), amounts[i], amounts.max(axis=0), columns)
            for i in order[:MAX_BARS].tolist()
        ],
        n_rest=max(0, len(order) - MAX_BARS),
    )


def _bar(
    label: _Label, amounts: np.ndarray, most: np.ndarray, columns: list[int]
) -> Bar:
    return Bar(
        name=one_line(label.name),
        class_name=one_line(label.class_name),
        color=label.color,
        address=label.address,
        search=label.search,
        amounts=[_amount(i, int(amounts[i])) for i in columns],
        shares=[round(float(amounts[i] / most[i]), 4) for i in columns],
    )


def _amount(column: int, amount: int) -> Fact:
    label, format_amount = list(_FORMATS.items())[column]
    return Fact(label=label, text=format_amount(amount), exact=f"{amount:,} {label}")


def _child(row: int, parent: Node, index: RunIndex) -> _Label:
    node = index.table.nodes[row]
    name = node.address.removeprefix(f"{parent.address.rstrip('/')}/")
    is_call = isinstance(node, InterceptedFlaxModuleMethod)
    return _Label(
        name=name,
        class_name=node.class_name if is_call else "not captured",
        color=node.treescope_color(),
        address=node.address,
        search=None,
    )


def _class(first: InterceptedFlaxModuleMethod, node: Node, index: RunIndex) -> _Label:
    terms = [f"class:{quote(first.class_name)}"]
    if node is not index.run.root:
        terms.append(below_query(node.address))
    return _Label(
        name=first.class_name,
        class_name=first.class_name,
        color=first.treescope_color(),
        address="",
        search=Search(lens="calls", query=" ".join(terms)),
    )
