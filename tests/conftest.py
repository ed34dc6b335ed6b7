"""What every test gets: strict arithmetic, and nothing left open behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import jax
import pytest

from unflax_viz.capture import flax_watch
from unflax_viz.capture.listeners import LISTENERS

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True)
def nothing_left_patched() -> Iterator[None]:
    """Flax is its own before and after each test."""
    limit = sys.getrecursionlimit()
    assert not flax_watch.is_patched()
    assert not LISTENERS.observers
    yield
    assert not flax_watch.is_patched()
    assert not LISTENERS.observers
    assert sys.getrecursionlimit() == limit
