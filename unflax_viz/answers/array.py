"""Answers what a value looks like in numbers: facts, histogram and heatmap."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from unflax_viz.answers.asked import Asked, Buffers
from unflax_viz.answers.value import (
    AskedValue,
    NoSuchValueError,
    find_asked_value,
    part_of_value,
)
from unflax_viz.describe.array_facts import (
    about_facts,
    figure_fact,
    region_facts,
    statistics_facts,
)
from unflax_viz.describe.sharding import sharding_of
from unflax_viz.describe.users import users_of
from unflax_viz.describe.values import array_of, describe_structure, one_line
from unflax_viz.measure import (
    ArrayStatistics,
    ChangedRegion,
    NoValues,
    format_exact,
    format_number,
    format_shape,
    histogram_of,
    pictures_of,
    statistics_of,
)
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.protocol import (
    ArrayAnswer,
    Heatmap,
    Histogram,
)

_MAX_USERS = 50
_UNCHANGED = "Nothing changed: every value is the same before and after."


@dataclasses.dataclass(frozen=True)
class _Picture:
    """What is drawn of an array.

    Attributes:
      index: One item for each axis of the array, or nothing for the whole.
      axes: What `PictureAxes` says of it; {} where it is left to Python.
    """

    index: list[int | None]
    axes: dict[str, int | None]


def answer_array(asked: Asked) -> ArrayAnswer:
    """Summarises one array of a call, or a slice of it, where it lies.

    Args:
      asked: An `ArrayRequest`; its buffers get uint32 counts, then float32 cells,
        row-major.

    Returns:
      The answer. A value without numbers is answered with a note that says why.

    Raises:
      NoSuchValueError: If the call holds no such entry, or none that is an array.
      WrongValueError: If the index or the axes do not fit the array.
    """
    report, value = asked.report, find_asked_value(asked)
    picture = _Picture(value.index, _read_axes(asked.request))
    if array_of(value.value) is None:
        structure = one_line(describe_structure(value.value))
        sentence = f"{structure} is not a single array."
        if array_of(value.held.array_value) is None:
            raise NoSuchValueError(sentence)
        return _answer_without_array(f"{value.name}  {structure}", sentence)
    part, region = part_of_value(value, part_of(report, 0.0, 0.3))
    users = users_of(value.held, asked.node, asked.index)
    answer = ArrayAnswer(
        title=f"{value.name}  {_shape_text(part, value)}",
        about=about_facts(value.held, asked.node, value.value),
        users=users[:_MAX_USERS],
        n_users=len(users),
        sharding=sharding_of(array_of(value.value)),
        facts=[],
        note="",
        histogram=None,
        heatmap=None,
    )
    if isinstance(part, NoValues):
        answer["note"] = part.reason
    else:
        note = _UNCHANGED if _is_unchanged(region) else ""
        rest = part_of(report, 0.3, 1.0)
        _measure(answer, asked.buffers, part, picture, note, rest)
    if region is not None:
        answer["facts"] += region_facts(region, value.index)
    return answer


def _read_axes(request: dict[str, Any]) -> dict[str, int | None]:
    axes = request.get("axes") or {}
    if not isinstance(axes, dict):
        raise NoSuchValueError(
            f"axes must be an object with rows, column and each, not {axes!r}."
        )
    return {key: axes.get(key) for key in ("rows", "column", "each")}


def _answer_without_array(title: str, note: str) -> ArrayAnswer:
    """Answers for a side at which an entry that was an array is something else."""
    return ArrayAnswer(
        title=title,
        about=[],
        users=[],
        n_users=0,
        sharding=None,
        facts=[],
        note=note,
        histogram=None,
        heatmap=None,
    )


def _shape_text(part: Any, value: AskedValue) -> str:
    """Writes shape and dtype, also of what has no numbers."""
    if not isinstance(part, NoValues):
        return format_shape(part)
    array = array_of(value.value)
    sizes = [
        size
        for axis, size in enumerate(array.shape)
        if not value.index or value.index[axis] is None
    ]
    return f"{format_shape(array).partition('[')[0]}[{','.join(map(str, sizes))}]"


def _measure(
    answer: ArrayAnswer,
    buffers: Buffers,
    array: Any,
    picture: _Picture,
    note: str,
    report: Report | None,
) -> None:
    """Fills in facts and pictures of an array that has numbers.

    Where a note says all that they would show, there are no pictures.
    """
    statistics = statistics_of(array, part_of(report, 0.0, 0.4))
    if isinstance(statistics, NoValues):
        answer["note"] = statistics.reason
        return
    answer["facts"] = statistics_facts(array, statistics)
    answer["note"] = note or _note(array, statistics)
    if answer["note"] or statistics.n_elements < 2:
        return
    rest = part_of(report, 0.4, 0.8)
    answer["histogram"] = _histogram(array, statistics, buffers, rest)
    rest = part_of(report, 0.8, 1.0)
    answer["heatmap"] = _heatmap(array, picture, buffers, rest)


def _is_unchanged(region: ChangedRegion | None) -> bool:
    """Tells whether a difference of some values is zero throughout."""
    return region is not None and region.n_changed == 0 and region.n_elements > 0


def _note(array: Any, statistics: ArrayStatistics) -> str:
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
    return f"All {n_elements:,} values {said} {_constant_text(array, statistics)}."


def _constant_text(array: Any, statistics: ArrayStatistics) -> str:
    """Writes the one value of an array, short where that is read as the same."""
    value = statistics.minimum
    if array.dtype == np.bool_:
        return str(bool(value))
    short = format_number(value)
    dtype = np.float64 if statistics.is_magnitude else array.dtype
    with np.errstate(all="ignore"):
        read = np.asarray(float(short.replace(",", ""))).astype(dtype)
    return short if read.item() == value else format_exact(value)


def _histogram(
    array: Any, statistics: ArrayStatistics, buffers: Buffers, report: Report | None
) -> Histogram | None:
    counted = histogram_of(array, statistics=statistics, report=report)
    if isinstance(counted, NoValues) or statistics.n_finite < 2:
        return None
    buffers.append(counted.counts.astype("<u4").tobytes())
    return Histogram(
        n_bins=len(counted.counts),
        low=figure_fact("low", counted.edges[0]),
        high=figure_fact("high", counted.edges[-1]),
        max_count=int(counted.counts.max()),
        buffer=len(buffers) - 1,
    )


def _heatmap(
    array: Any, picture: _Picture, buffers: Buffers, report: Report | None
) -> Heatmap | None:
    index = picture.index or [None] * len(array.shape)
    numbers = [axis for axis, position in enumerate(index) if position is None]
    pictures = pictures_of(array, report, numbers=numbers, **picture.axes)
    if isinstance(pictures, NoValues):
        return None
    n_pictures, height, width = pictures.values.shape
    drawn = iter(array.shape)
    shape = [next(drawn) if item is None else 1 for item in index]
    buffers.append(np.ascontiguousarray(pictures.values, "<f4").tobytes())
    return Heatmap(
        height=height,
        width=width,
        low=pictures.low,
        high=pictures.high,
        caption=pictures.caption,
        shape=shape,
        index=index,
        row_axes=list(pictures.axes.rows),
        column_axis=pictures.axes.column,
        mean_axes=list(pictures.axes.mean),
        each=pictures.each,
        n_pictures=n_pictures,
        block_rows=pictures.block[0],
        block_columns=pictures.block[1],
        buffer=len(buffers) - 1,
    )
