"""Measures how long a run of a hundred thousand calls keeps its reader waiting.

Each query is asked of all calls, with everything that is kept from one query to the
next already there, and nothing of this query. No peer searches a run; the table has
Treescope's page of the same kind of run beside it, in `first_answer`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import models
from benchmarks.figures import Figure
from benchmarks.timing import seconds_of
from unflax_viz.answers.columns import columns_of
from unflax_viz.answers.lines import lines_of
from unflax_viz.lenses.finder import Finder
from unflax_viz.record.index import RunIndex
from unflax_viz.tables.packed import pack

QUERIES = (
    "scale_7",
    "ScaleBlock_*/Scale_42",
    "**/*Block_9*/Scale_1",
    "class:scaleblock",
    "param:scale shape:(*) dtype:f32",
    "size>1k",
    "Scale_1* -ScaleBlock_5",
    "is:shared",
)


def measure(is_quick: bool) -> list[Figure]:
    """Searches one large run, and packs what the browser needs of its tree."""
    subject = models.tower(10 if is_quick else 1_000, has_values=False)
    finder = Finder(RunIndex(subject.run))
    figures = [_alone("columns for search", subject, finder.prepare)]
    slowest_s, slowest = max((_query_seconds(finder, it), it) for it in QUERIES)
    figures.append(
        Figure(f"slowest of {len(QUERIES)} queries", subject.name, "s", slowest_s)
    )
    print(f"(slowest: {slowest})", end=" ")
    packed = pack(columns_of(finder))
    window = list(range(100))
    return [
        *figures,
        _alone("packing the columns", subject, lambda: pack(columns_of(finder))),
        Figure("packed columns", subject.name, "B", len(packed)),
        _alone("lines of a window", subject, lambda: lines_of(finder, "calls", window)),
    ]


def _query_seconds(finder: Finder, query: str) -> float:
    return seconds_of(lambda: finder.find(query, "calls"))


def _alone(task: str, subject: models.Subject, way: Callable[[], Any]) -> Figure:
    return Figure(task, subject.name, "s", seconds_of(way))
