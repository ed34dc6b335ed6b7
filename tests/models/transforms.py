"""Lifted transforms that run a module once: vmap, remat, jit, derivatives, maps."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import model, values

SPLIT = {
    "variable_axes": {"params": 0},
    "split_rngs": {"params": True, "dropout": True},
}
SHARED = {
    "variable_axes": {"params": None},
    "split_rngs": {"params": False, "dropout": True},
}
DRAWS: dict[str, Any] = {
    "streams": ("dropout",),
    "init_streams": ("params", "dropout"),
}


class Block(nn.Module):
    """A layer and a dropout, for a transform to be put around."""

    rate: float = 0.5

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.tanh(nn.Dense(x.shape[-1])(x))
        return nn.Dropout(self.rate, deterministic=not self.rate)(x)

    def again(self, x: Array) -> Array:
        return self(self(x))


def _call(module: Any, *args: Any) -> Any:
    return module(*args)


class Holds(nn.Module):
    """Holds one block of the class that it is given, called as often as it says."""

    block: Any
    n_calls: int = 1

    @nn.compact
    def __call__(self, x: Array) -> Array:
        block = self.block(name="block")
        for _ in range(self.n_calls):
            x = block(x)
        return x


@model("A vmap with parameters of its own in each lane.", values(2, 3), **DRAWS)
def vmap_with_split_params() -> nn.Module:
    return Holds(nn.vmap(Block, **SPLIT))


@model("A vmap whose lanes share their parameters.", values(2, 3), **DRAWS)
def vmap_with_shared_params() -> nn.Module:
    return Holds(nn.vmap(Block, **SHARED))


@model("A vmap whose lanes share the key of a draw.", values(2, 3), **DRAWS)
def vmap_with_unsplit_rngs() -> nn.Module:
    split: Any = {"params": True, "dropout": False}
    return Holds(nn.vmap(Block, variable_axes={"params": 0}, split_rngs=split))


@model("An ensemble: the lanes differ in nothing but their parameters.", values(2, 3))
class VmapEnsemble(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        params: Any = {"variable_axes": {"params": 0}, "split_rngs": {"params": True}}
        all_lanes: Any = None
        ensemble: Any = nn.vmap(nn.Dense, in_axes=all_lanes, axis_size=4, **params)
        return ensemble(2, name="members")(x)


@model(
    "A vmap of a method other than `__call__`, which calls `__call__` twice.",
    values(2, 3),
    method="again",
    **DRAWS,
)
def vmap_of_methods() -> nn.Module:
    return nn.vmap(Block, methods=["again"], **SPLIT)()


@model("A vmap of a vmap splits each stream twice.", values(2, 2, 3), **DRAWS)
def vmap_of_vmap() -> nn.Module:
    return Holds(nn.vmap(nn.vmap(Block, **SPLIT), **SPLIT))


@model(
    "Statistics of a batch are taken over the named axis of a vmap.",
    values(4, 2, 3),
    mutable=["batch_stats"],
)
class BatchNormInVmap(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        norm: Any = nn.vmap(
            nn.BatchNorm,
            variable_axes={"params": None, "batch_stats": None},
            split_rngs={"params": False},
            axis_name="batch",
        )
        return norm(use_running_average=False, axis_name="batch", name="norm")(x)


@model("A remat shows its body once where no gradient is taken.", values(2, 3), **DRAWS)
def remat() -> nn.Module:
    return Holds(nn.remat(Block))


class StaticBlock(nn.Module):
    """Takes a flag that has to stay a Python bool."""

    @nn.compact
    def __call__(self, x: Array, is_training: bool) -> Array:
        x = nn.Dense(3)(x)
        return nn.Dropout(0.5)(x, deterministic=not is_training)


@model("A checkpoint with a static argument and a policy.", values(2, 3), **DRAWS)
class CheckpointWithStatic(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        block: Any = nn.checkpoint(
            StaticBlock,
            static_argnums=(2,),
            policy=jax.checkpoint_policies.dots_saveable,
        )
        return block()(x, True)


@model("A method that is decorated by remat.", values(2, 3), **DRAWS)
class RematDecorator(nn.Module):
    @nn.remat
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return Block()(x)


@model("A jit draws below a key that it forks off for itself.", values(2, 3), **DRAWS)
def jit() -> nn.Module:
    return Holds(nn.jit(Block))


@model(
    "A module under jit called twice, at another count of its draws.",
    values(2, 3),
    **DRAWS,
)
def jit_called_twice() -> nn.Module:
    return Holds(nn.jit(Block), n_calls=2)


@model(
    "Two equal modules under jit: Flax compiles one and never looks at the other.",
    values(2, 3),
    **DRAWS,
)
class JitCached(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        block = nn.jit(Block)
        return block(name="second")(block(name="first")(x))


@model(
    "A decorated method keeps its compilation from run to run.", values(2, 3), **DRAWS
)
class JitDecorator(nn.Module):
    @nn.jit
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return Block()(x)


@model(
    "State is written from inside a jit.",
    values(4, 3),
    mutable=["batch_stats"],
)
class JitWithState(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        norm: Any = nn.jit(nn.BatchNorm)
        return norm(use_running_average=False)(nn.Dense(3)(x))


@model("A jit of a remat of a vmap of a layer.", values(2, 3), **DRAWS)
def jit_of_remat_of_vmap() -> nn.Module:
    return Holds(nn.jit(nn.remat(nn.vmap(Block, **SPLIT))))


@model(
    "A rule of one's own for the backward pass; only the forward one runs.",
    values(2, 3),
)
class CustomVjp(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        def forward(module: nn.Module, x: Array) -> Any:
            return nn.vjp(lambda module, x: module(x), module, x)

        def backward(pull_back: Any, cotangent: Array) -> Any:
            params, *inputs = pull_back(cotangent)
            return jax.tree.map(jnp.sign, params), *inputs

        signed = nn.custom_vjp(_call, forward, backward)
        return signed(nn.Dense(2), x)


class CustomLoss(nn.Module):
    """A loss over a layer that has a backward pass of its own."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return jnp.mean(CustomVjp(name="custom")(x) ** 2)


@model("A gradient through a custom rule runs its forward function.", values(2, 3))
class GradOfCustomVjp(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        return nn.grad(_call, CustomLoss(name="loss"), x)


@model(
    "A vjp runs its module and pulls a cotangent back to its parameters.", values(2, 3)
)
class Vjp(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        y, pull_back = nn.vjp(_call, nn.Dense(2), x)
        return y, pull_back(jnp.ones_like(y))


@model("A jvp pushes tangents of parameters and input.", values(2, 3))
class Jvp(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        layer = nn.Dense(2)
        if self.is_initializing():
            layer(x)
        tangents = {"params": jax.tree.map(jnp.ones_like, layer.variables["params"])}
        return nn.jvp(_call, layer, (x,), (jnp.ones_like(x),), tangents)


class Loss(nn.Module):
    """A scalar of its input, with a layer and a draw."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return jnp.mean(Block(name="block")(x) ** 2)


@model(
    "A gradient taken inside a module runs its submodule once.", values(2, 3), **DRAWS
)
class Grad(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        return nn.grad(_call, Loss(name="loss"), x)


@model("A loss with its gradient, taken inside a module.", values(2, 3), **DRAWS)
class ValueAndGrad(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        return nn.value_and_grad(_call, Loss(name="loss"), x)


class RematLoss(nn.Module):
    """A loss whose block is run again in the backward pass."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return jnp.mean(nn.remat(Block)(name="block")(x) ** 2)


@model(
    "A gradient of a remat runs the block twice, with one key.",
    values(2, 3),
    can_emit_keys=False,
    **DRAWS,
)
class GradOfRemat(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        return nn.grad(_call, RematLoss(name="loss"), x)


def _transposed(variables: Any) -> Any:
    return jax.tree.map(jnp.transpose, variables)


@model("A kernel that is used transposed: the layer sees a mapped value.", values(2, 3))
class MapVariables(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        tied: Any = nn.map_variables(
            nn.Dense, "params", _transposed, _transposed, mutable=True, init=True
        )
        return tied(4, use_bias=False)(x)


@model("A mapped value that is not written back: only signs are seen.", values(2, 3))
class MapVariablesReadOnly(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        signed: Any = nn.map_variables(
            nn.Dense, "params", lambda variables: jax.tree.map(jnp.sign, variables)
        )
        if self.is_initializing():
            return nn.Dense(4, name="binary")(x)
        return signed(4, name="binary")(x)


@model("A name is added to the axes of every boxed parameter.", values(2, 3))
class AddMetadataAxis(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        init = nn.with_partitioning(nn.initializers.ones, ("in", "out"))
        named: Any = nn.transforms.add_metadata_axis(
            nn.Dense,
            variable_axes={"params": 0},
            metadata_params={nn.PARTITION_NAME: "l"},
        )
        return named(4, kernel_init=init)(x)


@model("A method that is named for the profiler by hand.", values(2, 3))
class NamedCall(nn.Module):
    @nn.named_call
    def project(self, x: Array) -> Array:
        return nn.Dense(2)(x)

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return self.project(x)


@model("Streams folded into new ones for a body.", values(2, 3), **DRAWS)
class FoldRngs(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        folded: Any = nn.fold_rngs(Block)
        return folded()(x)


@model("A batch folded into one axis for a layer that knows no other.", values(2, 2, 3))
class BatchApply(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.BatchApply(nn.Dense(2))(x)


@model("A function under vmap makes its layers where it is called.", values(2, 3))
class VmapOfFunction(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        def project(module: nn.Module, x: Array) -> Array:
            return nn.Dense(2)(x)

        params: Any = {"variable_axes": {"params": 0}, "split_rngs": {"params": True}}
        lanes: Any = nn.vmap(project, **params)
        return lanes(self, x)


class UsesGiven(nn.Module):
    """Calls a module that is given as an argument of the call."""

    @nn.compact
    def __call__(self, layer: nn.Dense, x: Array) -> Array:
        return nn.Dense(3)(layer(x))


@model(
    "A module given as an argument crosses a remat together with its path.", values(3)
)
class RematOfSharedModule(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        shared = nn.Dense(3, name="shared")
        first: Any = nn.remat(UsesGiven)(name="first")
        return first(shared, shared(x)) + UsesGiven(name="second")(shared, x)


@model(
    "A condition under a vmap runs both its branches in every lane.",
    values(2, 3),
    **DRAWS,
)
class CondInVmap(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        def drop(module: nn.Module, x: Array) -> Array:
            return Block(name="drop")(x)

        def keep(module: nn.Module, x: Array) -> Array:
            return Block(0.0, name="keep")(x)

        def branching(module: nn.Module, x: Array) -> Array:
            if module.is_initializing():
                return drop(module, keep(module, x))
            is_positive: Any = x.sum() > 0
            return nn.cond(is_positive, drop, keep, module, x)

        lanes: Any = nn.vmap(branching, **SHARED)
        return lanes(self, x)


class ScannedLoss(nn.Module):
    """A loss of three scanned blocks with draws."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        def step(module: nn.Module, x: Array, _: Any) -> tuple[Array, None]:
            return Block(name="block")(x), None

        x, _ = nn.scan(step, length=3, **SPLIT)(self, x, None)
        return jnp.mean(x**2)


@model(
    "A gradient of a scan: each step draws once, in the forward pass.",
    values(2, 3),
    # Older JAX drops what a loop emits when it is differentiated.
    can_emit_keys=jax.__version_info__ >= (0, 10),
    **DRAWS,
)
class GradOfScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        return nn.grad(_call, ScannedLoss(name="loss"), x)
