"""One value in numbers: facts, histogram and heatmap, or Treescope's view of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from unflax_viz.describe.array_facts import (
    about_facts,
    figure_fact,
    region_facts,
    statistics_facts,
)
from unflax_viz.describe.axes import axes_of
from unflax_viz.describe.held_values import HeldValue, find_held_value
from unflax_viz.describe.sharding import sharding_of
from unflax_viz.describe.users import users_of
from unflax_viz.describe.values import array_of, describe_structure, one_line
from unflax_viz.errors import UnflaxVizError
from unflax_viz.measure import (
    ArrayStatistics,
    ChangedRegion,
    NoValues,
    changed_region,
    computed,
    difference_of,
    format_exact,
    format_number,
    format_shape,
    histogram_of,
    slice_of,
    statistics_of,
    thumbnail_of,
)
from unflax_viz.measure.progress import Report, part_of
from unflax_viz.measure.slices import check_index, describe_index
from unflax_viz.measure.values import find_missing_values
from unflax_viz.protocol import (
    ArrayAnswer,
    Heatmap,
    Histogram,
    Moment,
    TreescopeAnswer,
)
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.render.treescope_page import array_page, value_page

Buffers = list[bytes]

_MAX_USERS = 50


class NoSuchValueError(UnflaxVizError):
    """The scope of the call holds no value of that name, or none at that moment."""


@dataclasses.dataclass(frozen=True)
class _Question:
    """Which part of which value is meant.

    Attributes:
      held: The entry.
      moment: One of its moments.
      index: One item for each axis, or nothing for the whole.
    """

    held: HeldValue
    moment: Moment
    index: list[int | None]

    @property
    def value(self) -> Any:
        """The value, in its box; of a difference that before."""
        return self.held.values[_side_of(self.moment)]

    @property
    def name(self) -> str:
        """Name and slice, and what is subtracted."""
        name = one_line(self.held.name) + describe_index(self.index)
        is_difference = self.moment == "difference"
        return f"{name}, after minus before" if is_difference else name


def answer_array(
    index: RunIndex, node: Node, request: dict[str, Any], report: Report | None = None
) -> tuple[ArrayAnswer, Buffers]:
    """Summarises one array of a call, or a slice of it, where it lies.

    Args:
      index: The run.
      node: The call whose scope holds the array.
      request: An `ArrayRequest`; the fields "entry", "moment" and "index" are read.
      report: Told how far it is; what it raises is passed on.

    Returns:
      The answer, its id 0, and its buffers: uint32 counts, then float32 cells,
      row-major. A value without numbers is answered with a note that says why.

    Raises:
      NoSuchValueError: If the call holds no such entry, or none that is an array.
      WrongValueError: If the index does not fit the array.
    """
    question = _read_request(index, node, request)
    if array_of(question.value) is None:
        structure = one_line(describe_structure(question.value))
        sentence = f"{structure} is not a single array."
        if array_of(question.held.array_value) is None:
            raise NoSuchValueError(sentence)
        return _answer_without_array(f"{question.name}  {structure}", sentence), []
    part, region = _part_of(question, part_of(report, 0.0, 0.3))
    users = users_of(question.held, node, index)
    answer = ArrayAnswer(
        kind="array",
        id=0,
        title=f"{question.name}  {_shape_text(part, question)}",
        about=about_facts(question.held, node, question.value),
        users=users[:_MAX_USERS],
        n_users=len(users),
        sharding=sharding_of(array_of(question.value)),
        facts=[],
        note="",
        histogram=None,
        heatmap=None,
    )
    buffers: Buffers = []
    if isinstance(part, NoValues):
        answer["note"] = part.reason
    else:
        note = _UNCHANGED if _is_unchanged(region) else ""
        rest = part_of(report, 0.3, 1.0)
        _measure(answer, buffers, part, question.index, note, rest)
    if region is not None:
        answer["facts"] += region_facts(region, question.index)
    return answer, buffers


def _answer_without_array(title: str, note: str) -> ArrayAnswer:
    """Answers for a moment at which an entry that was an array is something else."""
    return ArrayAnswer(
        kind="array",
        id=0,
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


def answer_treescope(
    index: RunIndex, node: Node, request: dict[str, Any], report: Report | None = None
) -> TreescopeAnswer:
    """Draws one value of a call, or a slice of an array, as Treescope does.

    Args:
      index: The run.
      node: The call whose scope holds the value.
      request: A `TreescopeRequest`; the same fields are read as of an `ArrayRequest`.
      report: Told how far it is; what it raises is passed on.

    Returns:
      A page for a frame with `sandbox="allow-scripts"`, its id 0.

    Raises:
      NoSuchValueError: If the call holds no such value.
      WrongValueError: If the index does not fit the array.
    """
    question = _read_request(index, node, request)
    if array_of(question.value) is None:
        html = value_page(question.value)
    else:
        part, _ = _part_of(question, part_of(report, 0.0, 0.5), has_region=False)
        axes = [
            (number, axis)
            for number, axis in enumerate(axes_of(question.value))
            if not question.index or question.index[number] is None
        ]
        html = array_page(computed(part), question.name, axes)
    return TreescopeAnswer(kind="treescope", id=0, html=html)


_UNCHANGED = "Nothing changed: every value is the same before and after."


def _read_request(index: RunIndex, node: Node, request: dict[str, Any]) -> _Question:
    key, moment = request.get("entry"), request.get("moment")
    held = find_held_value(node, index, key) if isinstance(key, str) else None
    if held is None:
        raise NoSuchValueError(
            f"The call '{node.address}' holds no value {key!r}; the items of its "
            "panels are the ones that it holds."
        )
    if moment not in held.moments:
        raise NoSuchValueError(
            f"'{held.name}' has no value {moment!r}; it is known "
            f"{' and '.join(held.moments)}."
        )
    positions = request.get("index", [])
    if not isinstance(positions, list):
        raise NoSuchValueError(
            f"index must be a list with one item for each axis, not {positions!r}."
        )
    question = _Question(held, moment, positions)
    array = array_of(question.value)
    if array is not None:
        check_index(array, positions)
    return question


def _side_of(moment: Moment) -> Moment:
    return "before" if moment == "difference" else moment


def _part_of(
    question: _Question, report: Report | None, has_region: bool = True
) -> tuple[Any, ChangedRegion | None]:
    """Returns the array or difference that is asked for, and where it changed.

    In the place of an array without numbers stands why it has none.
    """
    if question.moment != "difference":
        return _slice(question.value, question.index), None
    before, after = (
        _slice(value, question.index) for value in question.held.values.values()
    )
    difference = difference_of(before, after, part_of(report, 0.0, 0.5))
    if isinstance(difference, NoValues) or not has_region:
        return difference, None
    region = changed_region(before, after, part_of(report, 0.5, 1.0))
    return difference, None if isinstance(region, NoValues) else region


def _slice(value: Any, index: list[int | None]) -> Any:
    array = array_of(value)
    missing = find_missing_values(array)
    return slice_of(array, index) if missing is None else missing


def _shape_text(part: Any, question: _Question) -> str:
    """Writes shape and dtype, also of what has no numbers."""
    if not isinstance(part, NoValues):
        return format_shape(part)
    array = array_of(question.value)
    sizes = [
        size
        for axis, size in enumerate(array.shape)
        if not question.index or question.index[axis] is None
    ]
    return f"{format_shape(array).partition('[')[0]}[{','.join(map(str, sizes))}]"


def _measure(
    answer: ArrayAnswer,
    buffers: Buffers,
    array: Any,
    index: list[int | None],
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
    answer["heatmap"] = _heatmap(array, index, buffers, rest)


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
    array: Any, index: list[int | None], buffers: Buffers, report: Report | None
) -> Heatmap | None:
    axes = [axis for axis, position in enumerate(index) if position is None]
    thumbnail = thumbnail_of(array, report, axes or None)
    if isinstance(thumbnail, NoValues):
        return None
    height, width = thumbnail.values.shape
    index = index or [None] * len(array.shape)
    drawn = iter(array.shape)
    shape = [next(drawn) if item is None else 1 for item in index]
    buffers.append(np.ascontiguousarray(thumbnail.values, "<f4").tobytes())
    return Heatmap(
        height=height,
        width=width,
        low=float(thumbnail.low),
        high=float(thumbnail.high),
        caption=thumbnail.caption,
        shape=shape,
        index=index,
        block_rows=thumbnail.block[0],
        block_columns=thumbnail.block[1],
        buffer=len(buffers) - 1,
    )
