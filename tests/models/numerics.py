"""Parameters and layers of unusual numbers: bfloat16, integers, NumPy, fp8."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array

from tests.models.table import model, values


@model(
    "Parameters given as NumPy arrays.", values(2, 3), edit=lambda v: jax.device_get(v)
)
def numpy_parameters() -> nn.Module:
    return nn.Dense(2)


@model("Parameters in bfloat16, which NumPy knows only by a package.", values(2, 3))
def bfloat16_parameters() -> nn.Module:
    return nn.Dense(2, param_dtype=jnp.bfloat16, dtype=jnp.bfloat16)


@model("Computes in bfloat16 with parameters in float32.", values(2, 3))
def bfloat16_computation() -> nn.Module:
    return nn.Dense(2, dtype=jnp.bfloat16)


@model("Integer, boolean, complex and empty parameters.", values(2, 3))
class OddNumbers(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        steps = self.param("steps", lambda _: jnp.arange(3, dtype=jnp.int8))
        mask = self.param("mask", lambda _: jnp.array([True, False, True]))
        phase = self.param("phase", lambda _: jnp.ones((3,), jnp.complex64))
        empty = self.param("empty", lambda _: jnp.zeros((0, 3)))
        kept = jnp.where(jnp.broadcast_to(mask, x.shape), x, jnp.zeros_like(x))
        return kept, steps.sum(), jnp.abs(phase), empty.sum()


@model("A parameter that is a tree of arrays.", values(2, 3))
class TreeParameter(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        def init(_: Any) -> Any:
            return {"scale": jnp.ones((1, 3)), "shifts": [jnp.zeros((1, 3))]}

        tree = self.param("tree", init)
        scale = jnp.broadcast_to(tree["scale"], x.shape)
        return x * scale + jnp.broadcast_to(tree["shifts"][0], x.shape)


@model("NaN and infinity among parameters.", values(2, 3), edit=lambda v: _spoilt(v))
def broken_numbers() -> nn.Module:
    return nn.Dense(2)


def _spoilt(variables: Any) -> Any:
    kernel = np.array(variables["params"]["kernel"])
    kernel[0, 0], kernel[1, 1] = np.nan, np.inf
    return {"params": variables["params"] | {"kernel": jnp.asarray(kernel)}}


@model(
    "Products in eight bits keep the history of their scales as state.",
    values(16, 16),
    mutable=["_overwrite_with_gradient"],
)
def fp8_dense() -> nn.Module:
    return nn.Dense(16, dot_general_cls=nn.Fp8DirectDotGeneralOp)


@model("An einsum in eight bits.", values(16, 16), mutable=True)
class Fp8Einsum(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.Fp8Einsum()("ab,bc->ac", x, x)
