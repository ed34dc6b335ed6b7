"""What is written after private parts of Flax does what those do."""

from __future__ import annotations

import flax
import flax.core
import jax
import numpy as np
import pytest

from unflax_viz.capture.linen.internals import fold_number


@pytest.mark.parametrize("has_separators", [False, True])
@pytest.mark.parametrize(
    "suffix", [("Dropout_0", 1), ("ab", "c", 300), ("a", "bc", 300), (7,), ("é", 0)]
)
def test_fold_number_is_what_flax_folds_in(
    suffix: tuple[str | int, ...], has_separators: bool
) -> None:
    before = bool(flax.config.flax_fix_rng_separator)
    key = jax.random.key(3)
    flax.config.update("flax_fix_rng_separator", has_separators)
    try:
        expected = flax.core.scope._fold_in_static(key, suffix)
    finally:
        flax.config.update("flax_fix_rng_separator", before)
    folded = jax.random.fold_in(key, fold_number(suffix, has_separators))
    np.testing.assert_array_equal(
        jax.random.key_data(folded), jax.random.key_data(expected)
    )
