"""What every test gets: strict arithmetic, and nothing left open behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import jax
import pytest
from ipywidgets import Widget
from ipywidgets.widgets import widget

from unflax_viz.capture.linen import watch
from unflax_viz.capture.listeners import LISTENERS

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Flax is its own before and after each test, and a test closes its widgets."""
    limit = sys.getrecursionlimit()
    assert not watch.is_patched()
    assert not LISTENERS.is_any()
    yield
    assert not watch.is_patched()
    assert not LISTENERS.is_any()
    opened = list(widget._instances.values())
    Widget.close_all()
    assert not opened
    assert sys.getrecursionlimit() == limit
