"""rng_report: the same words for the same mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest
from flax import config as flax_config

import unflax_viz
from tests import example
from unflax_viz.record.scopes import rngs_of


class Drawer(nn.Module):
    """Draws once from a stream."""

    stream: str

    @nn.compact
    def __call__(self) -> jax.Array:
        return self.make_rng(self.stream)


class Nested(nn.Module):
    """Draws at the end of a path."""

    names: tuple[str, ...]

    @nn.compact
    def __call__(self) -> None:
        if self.names:
            Nested(self.names[1:], name=self.names[0])()
        else:
            self.make_rng("a")


class TwoDrawers(nn.Module):
    """Draws at two paths whose names are the same one after the other."""

    @nn.compact
    def __call__(self) -> None:
        Nested(("c",), name="ab")()
        Nested(("bc",), name="a")()


def test_clean_run_has_nothing_to_report() -> None:
    report = example.run().rng_report()
    assert report.is_clean
    assert str(report) == "Nothing to report."


def test_stream_that_nothing_drew_from_is_reported() -> None:
    rngs = {"a": jax.random.key(0), "b": jax.random.key(1)}
    run = unflax_viz.capture(Drawer("a"), {}, rngs=rngs)
    assert str(run.rng_report()) == "given but not used: b"


def test_fallback_to_params_is_reported() -> None:
    run = unflax_viz.capture(Drawer("a"), {}, rngs=jax.random.key(0))
    assert str(run.rng_report()) == "served by params: / a#1"


def test_two_streams_with_one_key_are_reported() -> None:
    class Both(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.make_rng("a")
            self.make_rng("b")

    key = jax.random.key(0)
    run = unflax_viz.capture(Both(), {}, rngs={"a": key, "b": key})
    assert str(run.rng_report()) == "the same key: / a#1, / b#1"


@pytest.fixture
def rng_separator() -> Iterator[None]:
    before = flax_config.flax_fix_rng_separator
    yield
    flax_config.update("flax_fix_rng_separator", before)


@pytest.mark.usefixtures("rng_separator")
@pytest.mark.parametrize("is_fixed", [False, True])
def test_colliding_paths_are_reported(is_fixed: bool) -> None:
    flax_config.update("flax_fix_rng_separator", is_fixed)
    run = unflax_viz.capture(TwoDrawers(), {}, rngs={"a": jax.random.key(0)})
    assert run.rng_report().is_clean == is_fixed
    if not is_fixed:
        assert str(run.rng_report()) == (
            "paths that Flax cannot tell apart: ab/c a#1, a/bc a#1"
        )


def test_key_that_every_step_of_a_scan_shares_is_reported() -> None:
    class Step(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return nn.Dropout(0.5, deterministic=False)(x), None

    steps = nn.scan(Step, split_rngs={"dropout": False}, length=3)()
    run = unflax_viz.capture(
        steps, {}, jnp.ones(4), None, rngs={"dropout": jax.random.key(0)}
    )
    assert str(run.rng_report()) == ("the same key at every step: Dropout_0 dropout#2")
    (draw,) = rngs_of(run.at("Dropout_0"))[0].draws
    assert draw.key is not None
    assert draw.key.shape == (3,)
