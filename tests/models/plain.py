"""Flax's own layers, one at a time."""

from __future__ import annotations

import numpy as np
from flax import linen as nn
from jax import Array

from tests.models.table import model, values


@model("A kernel and a bias: the smallest thing that has parameters.", values(2, 3))
def dense() -> nn.Module:
    return nn.Dense(4)


@model("A bias that is switched off must not be shown.", values(2, 3))
def dense_without_bias() -> nn.Module:
    return nn.Dense(4, use_bias=False)


@model("A kernel of rank 4 over two contracted axes.", values(2, 3, 2))
def dense_general() -> nn.Module:
    return nn.DenseGeneral((2, 4), axis=(-2, -1))


@model("A contraction given as a string names its shapes late.", values(2, 3))
def einsum() -> nn.Module:
    return nn.Einsum((3, 4), "ab,bc->ac")


@model("A kernel with spatial axes, as images have.", values(1, 4, 4, 2))
def conv() -> nn.Module:
    return nn.Conv(3, (2, 2))


@model("A convolution that does not share its kernel.", values(1, 4, 2))
def conv_local() -> nn.Module:
    return nn.ConvLocal(3, (2,))


@model("A transposed convolution has its kernel's axes the other way.", values(1, 4, 2))
def conv_transpose() -> nn.Module:
    return nn.ConvTranspose(3, (2,), transpose_kernel=True)


@model("A table that is read by integers.", np.array([0, 2, 1]))
def embed() -> nn.Module:
    return nn.Embed(5, 4)


@model(
    "The outermost call is a method other than `__call__`, of a layer of Flax.",
    values(2, 4),
    method="attend",
)
def embed_attend() -> nn.Module:
    return nn.Embed(5, 4)


@model("Every normalisation without state, and PReLU's single scalar.", values(2, 4))
class Normalisations(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.LayerNorm()(x)
        x = nn.RMSNorm()(x)
        x = nn.GroupNorm(2)(x)
        x = nn.InstanceNorm()(x[:, None])[:, 0]
        return nn.PReLU()(x)


@model(
    "Attention over itself: four projections under names that Flax gives.",
    values(1, 3, 4),
)
def attention() -> nn.Module:
    return nn.MultiHeadDotProductAttention(2)


@model(
    "Attention that drops weights draws beside its projections.",
    values(1, 3, 4),
    kwargs={"deterministic": False},
    streams=("dropout",),
    init_streams=("params", "dropout"),
)
def attention_with_dropout() -> nn.Module:
    return nn.MultiHeadDotProductAttention(2, dropout_rate=0.5)


@model(
    "A decode cache holds keys, values and an integer index that all change.",
    values(1, 1, 4),
    init_args=(values(1, 3, 4),),
    mutable=["cache"],
)
def attention_decoding() -> nn.Module:
    return nn.MultiHeadDotProductAttention(2, decode=True)


@model("A pipeline that holds its layers and plain functions in a tuple.", values(2, 3))
def sequential() -> nn.Module:
    return nn.Sequential([nn.Dense(4), nn.relu, nn.Dense(2)])


@model(
    "A weight norm reads another module's kernel through a mapped collection.",
    values(2, 3),
)
class WeightNorm(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.WeightNorm(nn.Dense(4))(x)


@model(
    "A spectral norm writes its state while it maps another module's kernel.",
    values(2, 3),
    kwargs={"update_stats": True},
    mutable=["batch_stats"],
)
class SpectralNorm(nn.Module):
    @nn.compact
    def __call__(self, x: Array, update_stats: bool) -> Array:
        return nn.SpectralNorm(nn.Dense(4))(x, update_stats=update_stats)


@model(
    "A fixed spectral norm only reads its state, which is not mutable.", values(2, 3)
)
class SpectralNormFixed(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.SpectralNorm(nn.Dense(4))(x, update_stats=False)
