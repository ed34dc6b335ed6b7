"""One value in numbers: statistics, histogram and heatmap as an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from unflax_viz.errors import UnflaxVizError
from unflax_viz.protocol import ArrayAnswer, Fact, Heatmap, Histogram
from unflax_viz.record.index import constants_of, parameters_of, states_of
from unflax_viz.record.run import Node
from unflax_viz.render.entries import array_of
from unflax_viz.render.values import describe_value
from unflax_viz.summary import (
    ArrayStatistics,
    NoValues,
    format_exact,
    format_number,
    histogram_of,
    statistics_of,
    thumbnail_of,
)

Buffers = list[bytes]


class NoSuchValueError(UnflaxVizError):
    """The scope of the call holds no value of that name, or it has no numbers."""


def find_value(node: Node, request: dict[str, Any]) -> Any:
    """Finds the value that an `ArrayRequest` names in the scope of a call.

    Raises:
      NoSuchValueError: If the scope holds no such value.
    """
    group, name = request.get("group"), request.get("name")
    collection, moment = request.get("collection"), request.get("moment")
    values: dict[tuple[Any, ...], Any] = {
        **{
            ("parameters", "params", parameter_name, "before"): parameter.value
            for parameter_name, parameter in parameters_of(node).items()
        },
        **{
            ("constants", *key, "before"): value
            for key, value in constants_of(node).items()
        },
    }
    for (state_collection, state_name), state in states_of(node).items():
        key = ("state", state_collection, state_name)
        values[(*key, "after")] = state.after
        if not state.was_created:
            values[(*key, "before")] = state.before
    wanted = (group, collection, name, moment)
    if not all(isinstance(part, str) for part in wanted) or wanted not in values:
        raise NoSuchValueError(
            f"The scope of '{node.address}' holds no {moment} value {name!r} of the "
            f"collection {collection!r} among its {group}."
        )
    return values[wanted]


def answer_array(name: str, value: Any) -> tuple[ArrayAnswer, Buffers]:
    """Summarises one array where it lies.

    Args:
      name: The name of the value.
      value: An array, or a box around one.

    Returns:
      The answer and its buffers: uint32 counts, then float32 cells, row-major.

    Raises:
      NoSuchValueError: If there are no numbers to read; the message says why.
    """
    array = array_of(value)
    statistics = (
        NoValues(f"{describe_value(value)} is no single array.")
        if array is None
        else statistics_of(array)
    )
    if isinstance(statistics, NoValues):
        raise NoSuchValueError(statistics.reason)
    buffers: Buffers = []
    note = _note(statistics)
    is_drawn = not note and statistics.n_elements > 1
    answer = ArrayAnswer(
        kind="array",
        id=0,
        title=f"{name}  {describe_value(value)}",
        facts=_facts(array, statistics),
        note=note,
        histogram=_histogram(array, statistics, buffers) if is_drawn else None,
        heatmap=_heatmap(array, buffers) if is_drawn else None,
    )
    return answer, buffers


def _note(statistics: ArrayStatistics) -> str:
    """Says in a sentence what a picture of one colour would say."""
    n_elements = statistics.n_elements
    if n_elements == 0:
        return "There are no values: an axis has length 0."
    if n_elements == 1:
        return ""
    if statistics.n_nan == n_elements:
        return f"All {n_elements:,} values are NaN."
    is_constant = statistics.minimum == statistics.maximum
    if not is_constant or statistics.n_finite < n_elements:
        return ""
    said = "have the magnitude" if statistics.is_magnitude else "are"
    return f"All {n_elements:,} values {said} {format_number(statistics.minimum)}."


def _facts(array: Any, statistics: ArrayStatistics) -> list[Fact]:
    if statistics.n_elements == 1:
        return [_fact("value", np.asarray(array).reshape(()).item())]
    if statistics.n_elements == 0:
        return [_fact("elements", 0)]
    return _statistics_facts(statistics)


def _statistics_facts(statistics: ArrayStatistics) -> list[Fact]:
    prefix = "|x| " if statistics.is_magnitude else ""
    if statistics.n_finite < statistics.n_elements:
        prefix += "finite "
    figures = [
        (f"{prefix}mean", statistics.mean),
        (f"{prefix}std", statistics.std),
        (f"{prefix}min", statistics.minimum),
        (f"{prefix}max", statistics.maximum),
        (f"{prefix}L2 norm", statistics.l2_norm),
        ("elements", statistics.n_elements),
        ("zeros", statistics.n_zeros),
        ("NaN", statistics.n_nan),
    ]
    n_infinite = statistics.n_posinf + statistics.n_neginf
    if n_infinite:
        figures.append(("infinite", n_infinite))
    return [_fact(label, figure) for label, figure in figures]


def _fact(label: str, figure: complex) -> Fact:
    fact = Fact(label=label, text=format_number(figure), exact=format_exact(figure))
    is_broken = not np.isfinite(figure)
    if is_broken or (label in ("NaN", "infinite") and figure):
        fact["is_warning"] = True
    return fact


def _histogram(
    array: Any, statistics: ArrayStatistics, buffers: Buffers
) -> Histogram | None:
    counted = histogram_of(array, statistics=statistics)
    if isinstance(counted, NoValues) or statistics.n_finite < 2:
        return None
    buffers.append(counted.counts.astype("<u4").tobytes())
    return Histogram(
        n_bins=len(counted.counts),
        low=format_number(counted.edges[0]),
        high=format_number(counted.edges[-1]),
        max_count=int(counted.counts.max()),
        buffer=len(buffers) - 1,
    )


def _heatmap(array: Any, buffers: Buffers) -> Heatmap | None:
    thumbnail = thumbnail_of(array)
    if isinstance(thumbnail, NoValues):
        return None
    height, width = thumbnail.values.shape
    buffers.append(np.ascontiguousarray(thumbnail.values, "<f4").tobytes())
    return Heatmap(
        height=height,
        width=width,
        low=float(thumbnail.low),
        high=float(thumbnail.high),
        caption=thumbnail.caption,
        buffer=len(buffers) - 1,
    )
