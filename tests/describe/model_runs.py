"""The models of the collection, each traced once for all tests of this room."""

from __future__ import annotations

import functools

import unflax_viz
from tests.models import MODELS
from unflax_viz.record.run import FlaxRun

NAMES = sorted(name for name, model in MODELS.items() if not model.needs_values)


@functools.cache
def traced_run(name: str) -> FlaxRun:
    """Returns a run of shapes alone, with exact keys."""
    entry = MODELS[name]
    with entry.room():
        ready = entry.ready()
        return unflax_viz.capture_abstract(
            ready.module, ready.variables, *ready.args, **ready.kwargs
        )
