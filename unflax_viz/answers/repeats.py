"""Answers which other calls the module of a call had."""

from __future__ import annotations

import numpy as np

from unflax_viz.answers.asked import Asked
from unflax_viz.protocol import RepeatsAnswer

_MAX_CALLS = 30


def answer_repeats(asked: Asked) -> RepeatsAnswer:
    """Answers a `RepeatsRequest`."""
    table, modules = asked.index.table, asked.finder.contents.calls.module
    rows = np.flatnonzero(modules == modules[asked.index.row_of(asked.node)])
    return RepeatsAnswer(
        addresses=[table.addresses[row] for row in rows[:_MAX_CALLS]],
        n_more=max(0, len(rows) - _MAX_CALLS),
    )
