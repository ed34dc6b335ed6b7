"""What every test gets: strict arithmetic, and nothing left open behind it."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest

from unflax_viz.capture import flax_watch

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True)
def nothing_left_patched() -> Iterator[None]:
    """Flax is its own before and after each test."""
    assert not flax_watch.is_patched()
    yield
    assert not flax_watch.is_patched()
