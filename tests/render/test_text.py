"""A run as text: the expected block stands in the test."""

from __future__ import annotations

import textwrap

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz
from tests import example
from unflax_viz.render.text import run_text


def test_run_as_text() -> None:
    expected = """\
    Example.__call__  55 parameters  220 B  14 calls  3 draws, 3 different keys  \
5 states changed, at most 0.01961  1 unused parameter
      Example  f32[2,4]  shared  ~1 changed  55  220 B
        first  Block  f32[2,4]  24  96 B
          Dense_0  Dense  f32[2,4]  16  64 B
          BatchNorm_0  BatchNorm  f32[2,4]  ~2 changed  8  32 B
          Dropout_0  Dropout  f32[2,4]  1 draw
        second  Block  f32[2,4]  28  112 B
          Dense_0  Dense  f32[2,4]  shared  20  80 B
          BatchNorm_0  BatchNorm  f32[2,4]  shared  ~2 changed  8  32 B
          Dropout_0  Dropout  f32[2,4]  1 draw
        second#2  Block  f32[2,4]  28  112 B
          Dense_0#2  Dense  f32[2,4]  shared  20  80 B
          BatchNorm_0#2  BatchNorm  f32[2,4]  shared  ~2 changed  8  32 B
          Dropout_0#2  Dropout  f32[2,4]  1 draw
        Example  .head  f32[2,4]  shared  3  12 B"""
    assert run_text(example.run()) == textwrap.dedent(expected)


def test_long_run_is_cut_and_says_how_much_is_left() -> None:
    class Wide(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for _ in range(100):
                x = nn.Dropout(0.0, deterministic=True)(x)
            return x

    text = run_text(unflax_viz.capture(Wide(), {}, jnp.ones(1)))
    assert text.count("\n") == 41
    assert text.endswith("  ... and 61 more calls")


def test_draws_that_may_be_a_mistake_are_marked() -> None:
    class Drawer(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.make_rng("a")
            self.make_rng("b")

    key = jax.random.key(0)
    run = unflax_viz.capture(Drawer(), {}, rngs={"a": key, "b": key, "c": key})
    assert run_text(run) == textwrap.dedent(
        """\
        Drawer.__call__  0 parameters  0 B  1 call  2 draws, 1 key drawn twice  \
2 RNG warnings
          Drawer  2 draws  repeated key"""
    )
