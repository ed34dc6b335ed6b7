"""Opens the envelope of a request, and writes that of a failure."""

from __future__ import annotations

from typing import Any

from unflax_viz.answers.asked import UnansweredError, shown
from unflax_viz.protocol import Envelope, Failure


def number_of(request: Any) -> int:
    """Returns the number of a request that its answer repeats; -1 where it has none."""
    number = request.get("id") if isinstance(request, dict) else None
    # To Python, True is a number.
    return number if type(number) is int else -1


def body_of(request: dict[str, Any]) -> dict[str, Any]:
    """Returns what is asked for.

    Raises:
      UnansweredError: If that is not an object.
    """
    body = request.get("body")
    if isinstance(body, dict):
        return body
    raise UnansweredError(f"The body of a request is an object, not {shown(body)}.")


def failure_of(number: int, sentence: str) -> Envelope:
    """Returns the envelope with a sentence in the place of an answer."""
    return Envelope(id=number, kind="failure", body=Failure(message=sentence))
