"""Lists what can be asked about a run: each question, what answers it, and its cost."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any

from unflax_viz.answers.array import answer_array
from unflax_viz.answers.asked import Asked, UnansweredError
from unflax_viz.answers.call import answer_call
from unflax_viz.answers.cancel import answer_cancel
from unflax_viz.answers.columns import answer_columns
from unflax_viz.answers.lines import answer_lines
from unflax_viz.answers.method import answer_method
from unflax_viz.answers.repeats import answer_repeats
from unflax_viz.answers.treescope import answer_treescope


class Cost(enum.Enum):
    """How long the reader waits for an answer.

    Attributes:
      QUICK: No longer than for a click.
      READS_VALUES: As long as it takes to read all calls of the run, or all elements
        of arrays.
    """

    QUICK = enum.auto()
    READS_VALUES = enum.auto()


@dataclasses.dataclass(frozen=True)
class Question:
    """One thing that can be asked.

    Attributes:
      kind: The `kind` of the request and of its answer.
      answer: Returns the body of the answer; raises an `UnflaxVizError` with a
        sentence where it cannot.
      cost: How long that takes.
    """

    kind: str
    answer: Callable[[Asked], Mapping[str, object]]
    cost: Cost


QUESTIONS = (
    Question("columns", answer_columns, Cost.READS_VALUES),
    Question("lines", answer_lines, Cost.QUICK),
    Question("call", answer_call, Cost.QUICK),
    Question("method", answer_method, Cost.QUICK),
    Question("repeats", answer_repeats, Cost.READS_VALUES),
    Question("array", answer_array, Cost.READS_VALUES),
    Question("treescope", answer_treescope, Cost.READS_VALUES),
    Question("cancel", answer_cancel, Cost.QUICK),
)

_BY_KIND = {question.kind: question for question in QUESTIONS}


def question_of(request: Any) -> Question:
    """Returns the question that a request asks.

    Raises:
      UnansweredError: If there is no such question.
    """
    kind = request.get("kind") if isinstance(request, dict) else None
    question = _BY_KIND.get(kind) if isinstance(kind, str) else None
    if question is None:
        raise UnansweredError(
            f"The request {kind!r} is unknown; Python answers {', '.join(_BY_KIND)}."
        )
    return question


def cost_of(request: Any) -> Cost:
    """Returns the cost of what a request asks; what is refused is quick."""
    try:
        return question_of(request).cost
    except UnansweredError:
        return Cost.QUICK
