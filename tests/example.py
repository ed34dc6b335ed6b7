"""The one small model that most tests look at, and how it is applied.

It has what the panels show: parameters read once and twice, BatchNorm state that
changes, a sown intermediate, draws from a stream, a second method, and a parameter
that is given but never read.
"""

from __future__ import annotations

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz


class Block(nn.Module):
    """Dense, BatchNorm and Dropout, compact."""

    features: int

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        x = nn.Dense(self.features)(x)
        x = nn.BatchNorm(use_running_average=not train)(x)
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.relu(x)


class Example(nn.Module):
    """Setup style; the second block is called twice."""

    def setup(self) -> None:
        self.scale = self.param("scale", nn.initializers.ones, (1, 3))
        self.first = Block(4)
        self.second = Block(4)

    def __call__(self, x: jax.Array, train: bool = True) -> jax.Array:
        x = self.first(x * self.scale, train)
        x = self.second(self.second(x, train), train)
        self.sow("intermediates", "hidden", x)
        return self.head(x)

    def head(self, x: jax.Array) -> jax.Array:
        return x * self.scale[:, :1]


MODEL = Example()
INPUTS = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


@functools.cache
def variables() -> dict[str, Any]:
    """Returns the variables of `MODEL`, with a parameter that it does not have."""
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    made = MODEL.init(keys, INPUTS)
    return {
        "params": {**made["params"], "forgotten": {"kernel": jnp.ones((2, 2))}},
        "batch_stats": made["batch_stats"],
    }


def options() -> dict[str, Any]:
    """Returns the keyword arguments of a training step."""
    return {
        "rngs": {"dropout": jax.random.key(2)},
        "mutable": ["batch_stats", "intermediates"],
    }


@functools.cache
def run() -> unflax_viz.FlaxRun:
    """Returns the captured training step of `MODEL`."""
    return unflax_viz.capture(MODEL, variables(), INPUTS, **options())


ADDRESSES = (
    "/",
    "first",
    "first/Dense_0",
    "first/BatchNorm_0",
    "first/Dropout_0",
    "second",
    "second/Dense_0",
    "second/BatchNorm_0",
    "second/Dropout_0",
    "second#2",
    "second/Dense_0#2",
    "second/BatchNorm_0#2",
    "second/Dropout_0#2",
    "/.head",
)
"""Every call of the run, in the order made."""
