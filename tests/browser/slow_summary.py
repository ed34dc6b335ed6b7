"""How do tests make an answer slow, or fail, in the kernel of the model's notebook?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.browser.notebook_page import NotebookPage

_SLOW = """
import time
from unflax_viz.answers import array

quick_statistics = array.statistics_of
slow_ends = []

def slow_statistics(value, report=None):
    try:
        for step in range(n_steps):
            report(step / n_steps)
            time.sleep(0.05)
    except BaseException as error:
        slow_ends.append(type(error).__name__)
        raise
    slow_ends.append("done")
    return quick_statistics(value, report)

array.statistics_of = slow_statistics
"""

_BROKEN = """
from unflax_viz.answers import array

quick_statistics = array.statistics_of

def broken_statistics(value, report=None):
    raise RuntimeError("the device <b>is</b> gone")

array.statistics_of = broken_statistics
"""

_RESTORE = "array.statistics_of = quick_statistics"


@contextlib.contextmanager
def slow_summaries(notebook: NotebookPage, n_steps: int) -> Iterator[None]:
    """Lets every summary take that many steps of 50 ms, and note how it ended.

    The ends are in `slow_ends` in the kernel: "done", or the name of what was raised.
    """
    notebook.execute(f"n_steps = {n_steps}" + _SLOW)
    try:
        yield
    finally:
        notebook.execute(_RESTORE)


@contextlib.contextmanager
def broken_summaries(notebook: NotebookPage) -> Iterator[None]:
    """Lets every summary raise RuntimeError("the device <b>is</b> gone")."""
    notebook.execute(_BROKEN)
    try:
        yield
    finally:
        notebook.execute(_RESTORE)
