"""Modules that Flax runs more than once for one call: scan, while_loop, branches."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import model, values

LAYERS = {"variable_axes": {"params": 0}, "split_rngs": {"params": True}}
STOCHASTIC = {
    "variable_axes": {"params": 0},
    "split_rngs": {"params": True, "dropout": True},
}
# Flax takes a tuple here, and says an int.
LANES: Any = (0, None)
DRAWS: dict[str, Any] = {
    "streams": ("dropout",),
    "init_streams": ("params", "dropout"),
}


class Layer(nn.Module):
    """A residual layer in the form that `nn.scan` takes: carry in, carry out."""

    rate: float = 0.0

    @nn.compact
    def __call__(self, x: Array, _: Any) -> tuple[Array, Array]:
        y = nn.tanh(nn.Dense(x.shape[-1])(x))
        y = nn.Dropout(self.rate, deterministic=not self.rate)(y)
        return x + y, jnp.sum(y)


class Scanned(nn.Module):
    """Scans a class of layers over their parameters."""

    options: Any
    rate: float = 0.0
    length: int = 3
    layer: Any = Layer

    @nn.compact
    def __call__(self, x: Array) -> Any:
        layers = nn.scan(self.layer, length=self.length, **self.options)
        return layers(self.rate, name="layers")(x, None)


@model(
    "Layers scanned over stacked parameters: the body is traced twice.", values(2, 3)
)
def scan_over_layers() -> nn.Module:
    return Scanned(LAYERS)


@model(
    "A scan outermost: the transformed class itself is the model.", values(2, 3), None
)
def scan_outermost() -> nn.Module:
    return nn.scan(Layer, length=3, **LAYERS)()


@model("A scan without the probe of its constants is traced once.", values(2, 3))
def scan_without_probe() -> nn.Module:
    return Scanned(LAYERS | {"check_constancy_invariants": False})


@model("An unrolled scan in reverse draws and reads as one that is not.", values(2, 3))
def scan_unrolled_in_reverse() -> nn.Module:
    return Scanned(LAYERS | {"unroll": 3, "reverse": True})


@model("Parameters stacked on their last axis.", values(2, 3))
def scan_on_last_axis() -> nn.Module:
    return Scanned({"variable_axes": {"params": -1}, "split_rngs": {"params": True}})


@model("A scan of a single step is still a scan.", values(2, 3))
def scan_of_one() -> nn.Module:
    return Scanned(LAYERS, length=1)


@model(
    "Each step of a scan with split streams draws a key of its own.",
    values(2, 3),
    **DRAWS,
)
def scan_with_split_rngs() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5)


@model(
    "Keys in the old style are split along a scan into keys in the old style.",
    values(2, 3),
    key_style="raw",
    **DRAWS,
)
def scan_with_raw_keys() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5)


@model(
    "In a scan too, a stream that is not given is served by `params`.",
    values(2, 3),
    streams=("params",),
    init_streams=("params", "dropout"),
)
def scan_falls_back_to_params() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5)


@model(
    "A scan of a jit draws below keys that are forked in each step.",
    values(2, 3),
    **DRAWS,
)
def scan_of_jit() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5, layer=nn.jit(Layer))


@model("All steps of a scan with unsplit streams draw one key.", values(2, 3), **DRAWS)
def scan_with_unsplit_rngs() -> nn.Module:
    split = {"params": True, "dropout": False}
    return Scanned({"variable_axes": {"params": 0}, "split_rngs": split}, rate=0.5)


class Boxed(nn.Module):
    """Its kernel knows the names of its axes."""

    rate: float = 0.0

    @nn.compact
    def __call__(self, x: Array, _: Any) -> tuple[Array, None]:
        init = nn.with_partitioning(nn.initializers.ones, ("in", "out"))
        return nn.Dense(x.shape[-1], kernel_init=init)(x), None


@model("A scan names the axis that it adds to boxed parameters.", values(2, 3))
def scan_with_axis_metadata() -> nn.Module:
    metadata = {nn.PARTITION_NAME: "layers"}
    return Scanned(LAYERS | {"metadata_params": metadata}, layer=Boxed)


class Counting(nn.Module):
    """Counts its calls, and keeps the greatest input."""

    rate: float = 0.0

    @nn.compact
    def __call__(self, x: Array, _: Any) -> tuple[Array, Array]:
        count = self.variable("counts", "calls", jnp.zeros, (), jnp.int32)
        greatest = self.variable("extremes", "greatest", jnp.zeros, ())
        count.value = count.value + 1
        greatest.value = jnp.maximum(greatest.value, x.max())
        return nn.Dense(3)(x), x.max()


def _carried_state(_: Any) -> dict[str, Any]:
    # Flax cannot create a carried variable inside the scan that carries it.
    dense = {"kernel": jnp.ones((3, 3, 3)) / 4, "bias": jnp.zeros((3, 3))}
    return {
        "params": {"layers": {"Dense_0": dense}},
        "counts": {"layers": {"calls": jnp.asarray(0)}},
        "extremes": {"layers": {"greatest": jnp.asarray(-9.0)}},
    }


@model(
    "State carried from step to step of a scan is written once in the end.",
    values(2, 3),
    mutable=["counts", "extremes"],
    starts_empty=True,
    edit=_carried_state,
)
def scan_with_carried_state() -> nn.Module:
    return Scanned(LAYERS | {"variable_carry": ("counts", "extremes")}, layer=Counting)


@model(
    "State stacked along a scan has one value per step.",
    values(2, 3),
    mutable=["counts", "extremes"],
)
def scan_with_stacked_state() -> nn.Module:
    axes = {"params": 0, "counts": 0, "extremes": 0}
    return Scanned(LAYERS | {"variable_axes": axes}, layer=Counting)


class SumOverTime(nn.Module):
    """One layer for all steps, the input taken along its time axis."""

    @nn.compact
    def __call__(self, xs: Array) -> Any:
        step = nn.scan(
            Layer,
            variable_broadcast="params",
            split_rngs={"params": False},
            in_axes=1,
            out_axes=0,
        )
        return step()(jnp.zeros((xs.shape[0], xs.shape[2])), xs)


@model("Over time the steps share parameters that are not stacked.", values(2, 4, 3))
def scan_over_time() -> nn.Module:
    return SumOverTime()


@model("A function scanned over time, with a module from outside it.", values(2, 4, 3))
class ScanOfFunction(nn.Module):
    @nn.compact
    def __call__(self, xs: Array) -> Any:
        def step(module: nn.Module, carry: Array, x: Array) -> tuple[Array, Array]:
            carry = nn.tanh(nn.Dense(3, name="cell")(carry + x))
            return carry, carry

        over_time = nn.scan(
            step,
            variable_broadcast="params",
            split_rngs={"params": False},
            in_axes=1,
            out_axes=1,
        )
        return over_time(self, jnp.zeros((xs.shape[0], xs.shape[2])), xs)


@model("A scan whose body is rematerialised, with draws.", values(2, 3), **DRAWS)
def scan_of_remat() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5, layer=nn.remat(Layer))


@model("A scan of a vmap splits a stream twice.", values(2, 3), **DRAWS)
def scan_of_vmap() -> nn.Module:
    lanes = nn.vmap(Layer, in_axes=LANES, axis_size=2, **STOCHASTIC)
    return Scanned(STOCHASTIC, rate=0.5, layer=lanes)


@model("A vmap of a scan splits a stream the other way round.", values(2, 3), **DRAWS)
class VmapOfScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        layers = nn.scan(Layer, length=3, **STOCHASTIC)
        lanes = nn.vmap(layers, in_axes=LANES, axis_size=2, **STOCHASTIC)
        return lanes(0.5)(x, None)


class ScannedTwice(nn.Module):
    """A layer of the outer scan that scans in its turn."""

    rate: float

    @nn.compact
    def __call__(self, x: Array, _: Any) -> Any:
        return nn.scan(Layer, length=2, **STOCHASTIC)(self.rate)(x, None)


@model("A scan in a scan: its body is traced four times.", values(2, 3), **DRAWS)
def scan_of_scan() -> nn.Module:
    return Scanned(STOCHASTIC, rate=0.5, layer=ScannedTwice)


class StochasticBlock(nn.Module):
    """A block of `nn.remat_scan`: input and output have one shape."""

    rate: float = 0.0

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.tanh(nn.Dense(x.shape[-1])(x))
        return nn.Dropout(self.rate, deterministic=not self.rate)(x)


@model("Scans nested by `nn.remat_scan`, two of two.", values(2, 3), **DRAWS)
class RematScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        block = nn.remat_scan(StochasticBlock, lengths=(2, 2), **STOCHASTIC)
        return block(0.5)(x)


@model(
    "A method of the class scanned over time, with layers of `setup`.", values(2, 4, 3)
)
class ScanOfMethod(nn.Module):
    def setup(self) -> None:
        self.cell = nn.Dense(3)

    def step(self, carry: Array, x: Array) -> tuple[Array, Array]:
        carry = nn.tanh(self.cell(carry) + x)
        return carry, carry.sum()

    def __call__(self, xs: Array) -> Any:
        step = nn.scan(
            type(self).step,
            variable_broadcast="params",
            split_rngs={"params": False},
            in_axes=1,
        )
        return step(self, jnp.zeros((xs.shape[0], 3)), xs)


class Branching(nn.Module):
    """Two branches, each with layers and draws of its own."""

    @nn.compact
    def __call__(self, x: Array, is_left: Any) -> Array:
        def left(module: nn.Module, x: Array) -> Array:
            return nn.Dropout(0.5, deterministic=False)(nn.Dense(3, name="left")(x))

        def right(module: nn.Module, x: Array) -> Array:
            y = nn.Dense(3, name="right")(x)
            return y + 0.1 * nn.Dropout(0.5, deterministic=False, name="late")(y)

        if self.is_initializing():
            left(self, x)
            return right(self, x)
        return nn.cond(is_left, left, right, self, x)


@model(
    "Both branches of a condition are traced, one runs.", values(2, 3), True, **DRAWS
)
def cond_left() -> nn.Module:
    return Branching()


@model("The other branch draws at a counter further on.", values(2, 3), False, **DRAWS)
def cond_right() -> nn.Module:
    return Branching()


class SharedDraws(nn.Module):
    """Both branches draw from the scope that they stand in."""

    @nn.compact
    def __call__(self, x: Array, is_left: Any) -> Array:
        def add(module: nn.Module, x: Array) -> Array:
            return x + nn.initializers.normal()(module.make_rng("noise"), x.shape)

        def scale(module: nn.Module, x: Array) -> Array:
            return x * nn.initializers.normal()(module.make_rng("noise"), x.shape)

        before = add(self, x)
        return add(self, nn.cond(is_left, add, scale, self, before))


@model(
    "Both branches draw in one scope: its counter passes them both.",
    values(2, 3),
    False,
    streams=("noise",),
    init_streams=("noise",),
)
def cond_with_shared_draws() -> nn.Module:
    return SharedDraws()


@model("One of three branches, each with a layer of its own.", values(2, 3), 1)
class Switch(nn.Module):
    @nn.compact
    def __call__(self, x: Array, index: Any) -> Array:
        def branch(name: str) -> Any:
            return lambda module, x: nn.Dense(2, name=name)(x)

        branches = [branch("first"), branch("second"), branch("third")]
        if self.is_initializing():
            return jnp.stack([apply(self, x) for apply in branches])
        return nn.switch(jnp.asarray(index), branches, self, x)


@model("A condition inside a scan branches anew in each step.", values(2, 3), **DRAWS)
class CondInScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        def step(module: nn.Module, carry: Array, index: Array) -> tuple[Array, None]:
            branching = Branching(name="branching")
            return branching(carry, jnp.equal(index % 2, 0)), None

        over_time = nn.scan(
            step,
            variable_broadcast="params",
            split_rngs={"params": False, "dropout": True},
        )
        if self.is_initializing():
            return Branching(name="branching")(x, True)
        return over_time(self, x, jnp.arange(3))


@model(
    "A loop that runs as long as a value says, with a layer and carried state.",
    values(2, 3),
    mutable=["counts"],
)
class WhileLoop(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        self.variable("counts", "steps", jnp.zeros, (), jnp.int32)
        layer = nn.Dense(3, name="layer")

        def goes_on(module: nn.Module, x: Array) -> Any:
            return module.get_variable("counts", "steps") < 3

        def step(module: nn.Module, x: Array) -> Array:
            steps = module.get_variable("counts", "steps")
            module.put_variable("counts", "steps", steps + 1)
            return nn.tanh(layer(x))

        if self.is_initializing():
            return layer(x)
        return nn.while_loop(
            goes_on,
            step,
            self,
            x,
            carry_variables="counts",
            broadcast_variables="params",
        )


@model(
    "Each turn of a loop with a split stream draws a key of its own.",
    values(2, 3),
    streams=("noise",),
    init_streams=("params", "noise"),
    mutable=["counts"],
)
class WhileWithSplitRngs(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        self.variable("counts", "steps", jnp.zeros, (), jnp.int32)

        def goes_on(module: nn.Module, x: Array) -> Any:
            return module.get_variable("counts", "steps") < 3

        def step(module: nn.Module, x: Array) -> Array:
            steps = module.get_variable("counts", "steps")
            module.put_variable("counts", "steps", steps + 1)
            return x + nn.initializers.normal()(module.make_rng("noise"), x.shape)

        if self.is_initializing():
            return x
        return nn.while_loop(
            goes_on, step, self, x, carry_variables="counts", split_rngs={"noise": True}
        )
