"""How much Python runs for an answer? A measure that a busy machine does not change."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Given = TypeVar("Given")


def count_lines(work: Callable[[], Given]) -> tuple[int, Given]:
    """Counts the lines of Python that run in this thread until `work` returns.

    A loop over a hundred thousand rows runs as many lines at least, while an operation
    of NumPy on all of them is one.

    Returns:
      The number of lines, and what `work` returned.
    """
    n_lines = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal n_lines
        del frame, argument
        n_lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        given = work()
    finally:
        sys.settrace(before)
    return n_lines, given
