"""Parameters in boxes that carry the names of their axes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import model, values

INIT = nn.initializers.ones


@model("Parameters partitioned over the axes of a mesh.", values(2, 3))
def partitioned() -> nn.Module:
    return nn.Dense(
        4,
        kernel_init=nn.with_partitioning(INIT, (None, "model")),
        bias_init=nn.with_partitioning(INIT, ("model",)),
    )


@model("Parameters partitioned over logical axes.", values(2, 3))
class LogicallyPartitioned(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        init = nn.with_logical_partitioning(INIT, ("embed", "mlp"))
        x = nn.Dense(4, kernel_init=init)(x)
        return nn.spmd.with_logical_constraint(x, ("batch", "mlp"))


@model("Boxed parameters given without their boxes.", values(2, 3), edit=nn.unbox)
def unboxed() -> nn.Module:
    return partitioned()


@model(
    "Boxed state stays boxed when it is written.",
    values(2, 3),
    mutable=["memory"],
)
class BoxedState(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        init = nn.with_partitioning(jnp.zeros, ("embed",))
        memory: Any = self.variable("memory", "sum", init, 3)
        memory.value = memory.value + x.sum(0)
        return x


@model("A box that is asked for as it is, not its content.", values(2, 3))
class KeepsBox(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        init = nn.with_partitioning(INIT, ("embed",))
        box: Any = self.param("scale", init, (3,), unbox=False)
        return x * jnp.broadcast_to(box.unbox(), x.shape)


@model("Stacked lanes add a named axis to each box.", values(2, 3))
class BoxesInVmap(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        options: Any = {
            "variable_axes": {"params": 0},
            "split_rngs": {"params": True},
            "metadata_params": {nn.PARTITION_NAME: "lanes"},
        }
        lanes: Any = nn.vmap(nn.Dense, **options)
        return lanes(4, kernel_init=nn.with_partitioning(INIT, ("in", "out")))(x)
