"""Answers whether a request that is no longer wanted was still waiting."""

from __future__ import annotations

from unflax_viz.answers.asked import Asked, UnansweredError
from unflax_viz.protocol import CancelAnswer


def answer_cancel(asked: Asked) -> CancelAnswer:
    """Answers a `CancelRequest` where nothing waits; the desk knows what does."""
    cancelled = asked.request.get("cancelled")
    if type(cancelled) is not int:
        raise UnansweredError(f"cancelled is the id of a request, not {cancelled!r}.")
    return CancelAnswer(was_waiting=False)
