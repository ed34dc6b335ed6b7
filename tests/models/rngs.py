"""Draws: which stream, how often, with which style of key, from which scope."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import KeyStyle, model, values

DROPOUT: dict[str, Any] = {
    "streams": ("dropout",),
    "init_streams": ("params", "dropout"),
}
NOISE: dict[str, Any] = {"streams": ("noise",), "init_streams": ("params", "noise")}


def noisy(key: Any, x: Array) -> Array:
    """Adds a number per entry that depends on the key alone."""
    return x + jax.random.uniform(key, x.shape, x.dtype)


class Drops(nn.Module):
    """Two dropouts, which draw at paths of their own."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.Dropout(0.5, deterministic=False)(nn.Dense(3)(x))
        return nn.Dropout(0.5, deterministic=False)(x)


def _drops(name: str, why: str, style: KeyStyle, **fields: Any) -> None:
    model(why, values(2, 3), name=name, key_style=style, **DROPOUT, **fields)(Drops)


_drops("dropout", "Two layers draw from one stream at two paths.", "typed")
_drops("dropout_with_raw_keys", "Keys in the old style stay in the old style.", "raw")
_drops("dropout_with_single_key", "One key as `rngs` serves every stream.", "single")


@model("A dropout without parameters, outermost.", values(2, 3), **DROPOUT)
def dropout_alone() -> nn.Module:
    return nn.Dropout(0.5, deterministic=False)


@model("A dropout that is switched off draws nothing.", values(2, 3), **DROPOUT)
def dropout_switched_off() -> nn.Module:
    return nn.Dropout(0.5, deterministic=True)


@model("A dropout that broadcasts its mask.", values(2, 3), **DROPOUT)
def dropout_broadcast() -> nn.Module:
    return nn.Dropout(0.5, broadcast_dims=(0,), deterministic=False)


@model("A stream of its own name for a dropout.", values(2, 3), **NOISE)
def dropout_of_other_stream() -> nn.Module:
    return nn.Dropout(0.5, rng_collection="noise", deterministic=False)


@model(
    "A stream that is not given is served by `params`.",
    values(2, 3),
    streams=("params",),
)
def falls_back_to_params() -> nn.Module:
    return Drops()


@model(
    "A stream that is given and never used.",
    values(2, 3),
    streams=("dropout", "ghost"),
    init_streams=("params", "dropout"),
)
def unused_stream() -> nn.Module:
    return Drops()


@model("Two draws of one stream in one call have two counters.", values(2, 3), **NOISE)
class DrawsTwice(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return noisy(self.make_rng("noise"), noisy(self.make_rng("noise"), x))


@model(
    "Draws of two streams in turn, each with a counter of its own.",
    values(2, 3),
    streams=("noise", "dropout"),
    init_streams=("params", "noise", "dropout"),
)
class DrawsOfTwoStreams(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = noisy(self.make_rng("noise"), x)
        x = nn.Dropout(0.5)(x, deterministic=False)
        return noisy(self.make_rng("dropout"), noisy(self.make_rng("noise"), x))


@model(
    "One module called twice draws at one path with counters 1 and 2.",
    values(2, 3),
    **NOISE,
)
class SharedDraw(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        draw = DrawsTwice()
        return draw(draw(x))


@model("The default stream of `make_rng` is `params`.", values(3), streams=("params",))
class DrawsParams(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return noisy(self.make_rng(), x)


@model("A key is drawn in `setup`, not in a call.", values(2, 3), **NOISE)
class DrawsInSetup(nn.Module):
    def setup(self) -> None:
        self.offset = jax.random.uniform(self.make_rng("noise"), (1, 3))

    def __call__(self, x: Array) -> Array:
        return x + jnp.broadcast_to(self.offset, x.shape)


@model("A child draws before its parent does.", values(2, 3), **NOISE)
class ParentDrawsLate(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = DrawsTwice()(x)
        return noisy(self.make_rng("noise"), x)


@model("A module asks whether a stream is there before it draws.", values(2, 3))
class AsksForStream(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return noisy(self.make_rng("noise"), x) if self.has_rng("noise") else x


@model(
    "Two paths, `ab/c` and `a/bc`, that collide where Flax does not separate names.",
    values(2, 3),
    **NOISE,
)
class CollidingPaths(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        for outer, inner in (("ab", "c"), ("a", "bc")):
            x = Wraps(inner, name=outer)(x)
        return x


class Wraps(nn.Module):
    """Holds a module that draws, under the name that it is given."""

    inner: str

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return DrawsTwice(name=self.inner)(x)


@model(
    "A run that creates parameters and draws as well.",
    values(2, 3),
    mutable=["params"],
    streams=("params", "dropout"),
    starts_empty=True,
)
def creates_parameters_and_draws() -> nn.Module:
    return Drops()


@model(
    "Parameters created in a scan, one key for each of its steps.",
    values(2, 3),
    mutable=True,
    streams=("params", "noise"),
    starts_empty=True,
)
class CreatesInScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        def step(module: nn.Module, x: Array, _: Any) -> tuple[Array, None]:
            return DrawsTwice()(nn.Dense(3)(x)), None

        steps = nn.scan(
            step,
            variable_axes={"params": 0},
            split_rngs={"params": True, "noise": True},
            length=3,
        )
        return steps(self, x, None)
