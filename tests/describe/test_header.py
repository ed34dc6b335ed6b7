"""What the header says of a run, and how much of it."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz
from unflax_viz.describe.header import run_facts
from unflax_viz.record.index import RunIndex


class Noisy(nn.Module):
    """Draws again and again from a stream that is not given."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(30):
            x = nn.Dropout(0.5, deterministic=False)(x)
        return x


def test_tooltip_of_many_warnings_names_some_and_where_all_are() -> None:
    rngs = {"params": jax.random.key(0)}
    run = unflax_viz.capture_abstract(Noisy(), {}, jnp.ones((1, 2)), rngs=rngs)
    facts = {fact["label"]: fact for fact in run_facts(RunIndex(run))}
    warnings = facts["RNG warnings"]
    lines = warnings["exact"].splitlines()
    assert warnings["text"] == "30"
    assert lines[0] == "served by params: Dropout_0 dropout#1"
    assert lines[8:] == ["… 22 more: run.rng_report() lists all"]
