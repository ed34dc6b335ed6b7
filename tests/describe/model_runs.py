"""The models of the collection, each traced once for all tests of this room."""

from __future__ import annotations

import functools

import pytest

import unflax_viz
from tests.models import MODELS
from unflax_viz.record.run import FlaxRun

NAMES = sorted(name for name, model in MODELS.items() if not model.needs_values)


@functools.cache
def traced_run(name: str) -> FlaxRun:
    """Returns a run of shapes alone, with exact keys; skips what Flax does not have."""
    entry = MODELS[name]
    if not entry.is_supported():
        pytest.skip("This Flax lacks what the model uses.")
    with entry.room():
        ready = entry.ready()
        return unflax_viz.capture_abstract(
            ready.module, ready.variables, *ready.args, **ready.kwargs
        )
