"""What is not Flax Linen's own: NNX inside Linen, another model inside a model."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from jax import Array

from tests.models.table import model, values


@model("An NNX layer outermost, as a Linen module.", values(2, 3))
def nnx_outermost() -> nn.Module:
    return bridge.ToLinen(nnx.Linear, args=(3, 2))


@model("An NNX layer beside a Linen one.", values(2, 3))
class NnxInside(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return bridge.to_linen(nnx.Linear, 4, 2, name="nnx")(nn.Dense(4)(x))


class NnxBlock(nnx.Module):
    """A layer, batch statistics and a dropout of NNX."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layer = nnx.Linear(3, 3, rngs=rngs)
        self.norm = nnx.BatchNorm(3, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        return self.dropout(self.norm(self.layer(x)))


@model(
    "An NNX module with state and draws, inside Linen.",
    values(4, 3),
    mutable=["batch_stats"],
    streams=("dropout",),
    init_streams=("params", "dropout"),
)
def nnx_with_state_and_draws() -> nn.Module:
    return bridge.ToLinen(NnxBlock)


class Teacher(nn.Module):
    """A model that is applied inside another one."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.Dense(2)(nn.Dense(3)(x))


@model(
    "Another model is applied inside a module, with variables that the module keeps.",
    values(2, 3),
)
class AppliesAnother(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        teacher = Teacher(parent=None)
        key = jax.random.key(3)
        kept = self.variable("teacher", "all", lambda: teacher.init(key, x))
        taught: Any = teacher.apply(kept.value, x)
        return nn.Dense(2)(x) - taught


@model("A model is bound outside and called inside a module.", values(2, 3))
class CallsBound(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        kernel = self.param("kernel", nn.initializers.ones, (3, 2))
        bound = nn.Dense(2, use_bias=False, parent=None).bind(
            {"params": {"kernel": kernel}}
        )
        return bound(x)


@model("Plain transforms of JAX around plain arithmetic, beside a layer.", values(2, 3))
class PlainJax(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        y = nn.Dense(3)(x)
        total, _ = jax.lax.scan(lambda c, row: (c + row, None), jnp.zeros(3), y)
        return jax.jit(jnp.sin)(total), jax.grad(lambda v: jnp.sum(v**2))(y)
