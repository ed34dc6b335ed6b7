"""Draws in words, and as a line of Python that makes the very key again."""

from __future__ import annotations

from typing import Any

import flax
import flax.core.scope
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests.describe.model_runs import NAMES, traced_run
from tests.models import MODELS
from unflax_viz.capture.linen.internals import fold_number
from unflax_viz.describe.draws import rng_item
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import rngs_of
from unflax_viz.record.structures import is_key


class Model(nn.Module):
    """Draws for an initial value, for a transform, and by itself."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        self.make_rng("noise")
        return nn.jit(nn.Dense)(2, name="inner")(nn.Dense(3, name="outer")(x))


def items_of(run: FlaxRun) -> dict[tuple[str, str], Any]:
    index = RunIndex(run)
    return {
        (call.address, rng.stream): rng_item(rng, call, index)
        for call in run.calls()
        for rng in rngs_of(call)
    }


def bits_of(key: Any) -> np.ndarray:
    return np.asarray(jax.random.key_data(key) if is_key(key) else key)


def test_draw_says_what_flax_drew_it_for() -> None:
    keys = {"params": jax.random.key(0), "noise": jax.random.key(1)}
    run = unflax_viz.capture(Model(), {}, jnp.ones((1, 3)), rngs=keys, mutable=True)
    entries = items_of(run)
    notes = {
        place: [draw["note"] for draw in entry["draws"]]
        for place, entry in entries.items()
    }
    assert notes["outer", "params"] == [
        "initial value of kernel",
        "initial value of bias",
    ]
    assert notes["/", "params"] == ["forked for nn.jit"]
    assert notes["/", "noise"][0] == ""
    inner = entries["inner", "params"]["draws"][0]
    assert [step["text"] for step in inner["lineage"]] == ["fold in", "fold in"]


@pytest.mark.parametrize("name", [name for name in NAMES if MODELS[name].streams])
def test_code_makes_the_very_key_again(name: str) -> None:
    run = traced_run(name)
    index = RunIndex(run)
    for call in run.calls():
        for rng in rngs_of(call):
            drawn = rng_item(rng, call, index)["draws"]
            for draw, recorded in zip(drawn, rng.draws, strict=True):
                if recorded.key is None:
                    assert draw["code"] == ""
                    continue
                assert "\n" not in draw["code"]
                key = eval(draw["code"], {"jax": jax, "run": run})
                assert key.dtype == recorded.key.dtype
                np.testing.assert_array_equal(bits_of(key), bits_of(recorded.key))


def capture(name: str) -> FlaxRun:
    ready = MODELS[name].ready()
    return unflax_viz.capture(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


def test_plain_draw_is_one_fold_of_the_base_key() -> None:
    run = capture("dropout")
    (draw,) = items_of(run)["Dropout_0", "dropout"]["draws"]
    number = fold_number(("Dropout_0", 1), bool(flax.config.flax_fix_rng_separator))
    assert draw["code"] == (
        f'jax.random.fold_in(run.rngs["dropout"], {number:#010x})  # Dropout_0 / 1'
    )
    assert draw["path"] == "Dropout_0"
    assert draw["base"].startswith('run.rngs["dropout"], key<fry>[] 0x')
    assert draw["lineage"] == [{"text": "fold in", "detail": "Dropout_0 / 1"}]
    assert (draw["places"], draw["keys"], draw["n_more_keys"]) == ([], [], 0)


class Draws(nn.Module):
    """Draws in each step of a scan, and in each lane of a vmap within."""

    n_lanes: int
    n_steps: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        lanes: Any = nn.vmap(
            nn.Dropout, split_rngs={"dropout": True}, axis_size=self.n_lanes
        )
        steps: Any = nn.scan(
            lambda module, x, _: (module(x), None),
            split_rngs={"dropout": True},
            length=self.n_steps,
        )
        return steps(lanes(0.5, deterministic=False), x, None)[0]


def test_keys_of_steps_and_lanes_are_a_table_of_the_first_ones() -> None:
    x = jnp.ones((40, 2))
    keys = {"dropout": jax.random.key(0)}
    run = unflax_viz.capture(Draws(40, 3), {}, x, rngs=keys)
    (recorded,) = (
        draw.key for c in run.calls() for rng in rngs_of(c) for draw in rng.draws
    )
    (entry,) = items_of(run).values()
    (draw,) = entry["draws"]
    assert recorded is not None
    assert recorded.shape == (3, 40)
    assert draw["places"] == ["scan", "vmap"]
    assert (len(draw["keys"]), draw["n_more_keys"]) == (64, 56)
    words = jax.random.key_data(recorded[1, 23])
    assert draw["keys"][63] == {
        "place": [1, 23],
        "key": " ".join(f"0x{int(word):08x}" for word in words),
    }


def test_same_key_names_the_other_places() -> None:
    class Same(nn.Module):
        """Two models inside one, each given the same key."""

        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for _ in range(2):
                drop = nn.Dropout(0.5, deterministic=False)
                out: Any = drop.apply({}, x, rngs={"dropout": jax.random.key(1)})
                x = out
            return x

    run = unflax_viz.capture(Same(), {}, jnp.ones(3))
    draws = [entry["draws"][0] for entry in items_of(run).values()]
    places = [address for address, _ in items_of(run)]
    assert len(places) == 2
    assert draws[0]["warnings"] == [f"the same key as {places[1]} dropout#1"]
    assert draws[1]["warnings"] == [f"the same key as {places[0]} dropout#1"]
    assert draws[0]["code"].startswith(
        f'jax.random.fold_in(run.at("{places[0]}").scope_data.rngs["dropout"].base, '
    )


def test_stream_that_was_not_given_is_warned_of() -> None:
    (entry, *_) = items_of(capture("falls_back_to_params")).values()
    assert entry["text"].endswith("served by 'params' since 'dropout' was not given")
    assert entry["draws"][0]["warnings"] == [
        "served by 'params', since 'dropout' was not given"
    ]


def test_abstract_run_says_why_there_is_no_key() -> None:
    keys = {"dropout": jax.ShapeDtypeStruct((), jax.random.key(0).dtype)}
    module = nn.Dropout(0.5, deterministic=False)
    run = unflax_viz.capture_abstract(module, {}, jnp.ones(3), rngs=keys)
    (entry,) = items_of(run).values()
    draw = entry["draws"][0]
    assert (draw["key"], draw["code"], draw["keys"]) == ("", "", [])
    assert draw["note"] == "the run was traced with a key that has no value"
    assert draw["base"] == 'run.rngs["dropout"], key<fry>[]'
