"""Answers the questions of the browser about one run.

The clerk only reads the run; it answers every request exactly once, with a sentence
where it cannot be met, and never raises.
"""

from __future__ import annotations

from typing import Any

from unflax_viz.answers.asked import Asked, Buffers, node_at
from unflax_viz.answers.call import describe_call
from unflax_viz.answers.envelope import body_of, failure_of, number_of
from unflax_viz.answers.opening import opening_of
from unflax_viz.answers.questions import question_of
from unflax_viz.describe.values import safely, shorten
from unflax_viz.errors import UnflaxVizError
from unflax_viz.lenses.finder import finder_of
from unflax_viz.measure.progress import Report, tell
from unflax_viz.protocol import CallAnswer, Envelope, Opening
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun

_MAX_SENTENCE = 2_000


class Clerk:
    """Answers the questions of the browser about one run; safe to call from threads.

    Attributes:
      finder: The run, read as tables when somebody asks.
    """

    def __init__(self, run: FlaxRun):
        self.finder = finder_of(run)

    @property
    def index(self) -> RunIndex:
        """Parents and totals of the calls of the run."""
        return self.finder.index

    def answer(
        self, request: Any, report: Report | None = None
    ) -> tuple[Envelope, Buffers]:
        """Answers one request.

        Args:
          request: What the browser sent; anything at all.
          report: Called now and then with how far a slow answer has come, from 0 to 1;
            what it raises ends the work.

        Returns:
          The answer, with its binary buffers; a failure with a sentence if the
          request is malformed, names something that is not in the run, or if the
          answer could not be computed.
        """
        number = number_of(request)
        try:
            question = question_of(request)
            asked = Asked(self.finder, body_of(request), report)
            tell(report, 0.0)
            body = question.answer(asked)
        except UnflaxVizError as error:
            return _failure(number, safely(str, error)), []
        except Exception as error:
            reason = f"{type(error).__name__}: {safely(str, error)}"
            return _failure(number, f"This could not be computed: {reason}"), []
        return Envelope(id=number, kind=question.kind, body=body), asked.buffers

    def opening(self, address: str = "", has_tree: bool = True) -> Opening:
        """Returns the first picture, as `opening_of` describes it."""
        return opening_of(self.finder, address, has_tree)

    def call(self, address: str) -> CallAnswer:
        """Returns what the panels list for a call of the run."""
        return describe_call(node_at(self.index, address), self.index)

    def prepare(self, report: Report | None = None) -> None:
        """Reads the run for the tree."""
        tell(report, 0.0)
        self.finder.prepare()


def _failure(number: int, sentence: str) -> Envelope:
    """Returns a sentence that can be sent, whatever text of the request is in it."""
    sendable = sentence.encode("utf-8", "backslashreplace").decode()
    return failure_of(number, shorten(sendable, _MAX_SENTENCE))
