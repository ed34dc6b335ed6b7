"""Runs whose outermost call is not at "/"."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz


class _Encoder(nn.Module):
    """Applies a model of its own, whose address is "/" where the encoder's is not."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        inner: Any = {"params": {"kernel": jnp.ones((2, 2))}}
        y: Any = nn.Dense(2, use_bias=False).apply(inner, x)
        return nn.Dense(3)(y)


class _Outer(nn.Module):
    """Has a submodule that can be bound, and a method besides `__call__`."""

    def setup(self) -> None:
        self.encoder = _Encoder()
        self.head = nn.Dense(4)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.head(self.encoder(x))

    def loss(self, x: jax.Array) -> jax.Array:
        return self(x).sum()

    def half(self, x: jax.Array) -> jax.Array:
        return self.head(jnp.ones((1, 3)) * x.sum())


def runs_without_root_at_slash() -> list[unflax_viz.FlaxRun]:
    """Records a bound submodule, and two other methods than `__call__`."""
    x = jnp.ones((1, 2))
    variables = _Outer().init(jax.random.key(0), x)
    with unflax_viz.recording() as runs:
        _Outer().bind(variables).encoder(x)
        _Outer().apply(variables, x, method="loss")
        _Outer().apply(variables, x, method="half")
    assert [run.root.address for run in runs] == ["encoder", "/.loss", "/.half"]
    return list(runs)
