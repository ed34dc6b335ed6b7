"""The panels' lists: keys and draws in words."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from unflax_viz.record.index import rngs_of
from unflax_viz.render.entries import describe_key, rng_entry


def words_of(key: jax.Array) -> str:
    return " ".join(f"0x{int(word):08x}" for word in jax.random.key_data(key))


@pytest.mark.parametrize("n_keys", [2, 3])
def test_few_keys_are_all_written(n_keys: int) -> None:
    keys = jax.random.split(jax.random.key(0), n_keys)
    expected = ", ".join(map(words_of, keys))
    assert describe_key(keys) == f"key<fry>[{n_keys}] {expected}"


def test_of_many_keys_the_first_are_written_and_the_rest_counted() -> None:
    keys = jax.random.split(jax.random.key(0), (24, 2))
    first, second = words_of(keys[0, 0]), words_of(keys[0, 1])
    assert describe_key(keys) == f"key<fry>[24,2] {first}, {second}, … 46 more"
    raw = jax.random.key_data(keys)
    assert describe_key(raw) == f"u32[24,2,2] {first}, {second}, … 46 more"


def test_no_key_at_all_is_an_empty_list() -> None:
    keys = jax.random.split(jax.random.key(0), 0)
    assert describe_key(keys).strip() == "key<fry>[0]"


class Model(nn.Module):
    """Draws for an initial value, for a transform, and by itself."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        self.make_rng("noise")
        return nn.jit(nn.Dense)(2, name="inner")(nn.Dense(3, name="outer")(x))


def test_draw_says_what_flax_drew_it_for() -> None:
    keys = {"params": jax.random.key(0), "noise": jax.random.key(1)}
    run = unflax_viz.capture(Model(), {}, jnp.ones((1, 3)), rngs=keys, mutable=True)
    notes = {
        (call.address, rng.stream): [draw["note"] for draw in rng_entry(rng)["draws"]]
        for call in run.calls()
        for rng in rngs_of(call)
    }
    assert notes["outer", "params"] == [
        "initial value of kernel",
        "initial value of bias",
    ]
    assert notes["/", "params"] == ["forked for nn.jit"]
    assert notes["/", "noise"][0] == ""
