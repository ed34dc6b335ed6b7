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
from unflax_viz.clerk.outlines import OutlineAnswers
from unflax_viz.query.finder import Finder
from unflax_viz.record.index import RunIndex

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
    """Asks every query, and the windows of the tree, of one large run."""
    subject = models.tower(10 if is_quick else 1_000, has_values=False)
    index = RunIndex(subject.run)
    finder = Finder(index)
    figures = [_alone("columns for search", subject, finder.prepare)]
    answers = OutlineAnswers(finder, index)
    slowest_s, slowest = max((_query_seconds(answers, it), it) for it in QUERIES)
    figures.append(
        Figure(f"slowest of {len(QUERIES)} queries", subject.name, "s", slowest_s)
    )
    print(f"(slowest: {slowest})", end=" ")
    middle = {"lens": "calls", "query": "", "row": "ScaleBlock_7", "start": 0}
    return [
        *figures,
        _alone("rows of a call", subject, lambda: answers.children(middle)),
    ]


def _query_seconds(answers: OutlineAnswers, query: str) -> float:
    request = {"lens": "calls", "query": query}
    return seconds_of(lambda: answers.outline(request))


def _alone(task: str, subject: models.Subject, way: Callable[[], Any]) -> Figure:
    return Figure(task, subject.name, "s", seconds_of(way))
