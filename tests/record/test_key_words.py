"""The words of many keys are those of each key alone."""

from __future__ import annotations

import jax
import numpy as np

from unflax_viz.record.key_words import words_of


def test_words_of_a_thousand_typed_keys_are_those_of_each() -> None:
    keys = list(jax.random.split(jax.random.key(3), 1_030))
    raw = jax.random.split(jax.random.PRNGKey(3), 1_030)
    assert words_of(keys) == [{tuple(np.asarray(row).tolist())} for row in raw]


def test_unknown_and_stacked_keys_stand_among_scalar_ones() -> None:
    stacked = jax.random.split(jax.random.key(0), 3)
    mixed = [None, stacked, jax.random.key(7), jax.random.PRNGKey(7)]
    nothing, three, typed, raw = words_of(mixed)
    assert nothing == set()
    assert len(three) == 3
    assert typed == raw == {(0, 7)}
