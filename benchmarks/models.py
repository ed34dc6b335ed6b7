"""The models that are measured, each with what `apply` takes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, cast

import flax.linen as nn
import flaxmodels
import jax
import jax.numpy as jnp

import unflax_viz


class MLP(nn.Module):
    """Dense layers and nothing else."""

    n_layers: int = 4
    width: int = 64

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, width) to the same shape."""
        for _ in range(self.n_layers):
            x = nn.relu(nn.Dense(self.width)(x))
        return x


class Block(nn.Module):
    """Attention and two dense layers, each after a norm and around a shortcut."""

    width: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, length, width) to the same shape."""
        x = x + nn.MultiHeadDotProductAttention(num_heads=2)(nn.LayerNorm()(x))
        y = nn.gelu(nn.Dense(4 * self.width)(nn.LayerNorm()(x)))
        return x + nn.Dense(self.width)(y)


class Transformer(nn.Module):
    """Blocks one after the other: no scan, so that each is a call of its own."""

    n_blocks: int
    width: int = 32
    n_tokens: int = 64

    @nn.compact
    def __call__(self, tokens: jax.Array) -> jax.Array:
        """Maps int32 (batch, length) to logits (batch, length, n_tokens)."""
        x = nn.Embed(self.n_tokens, self.width)(tokens)
        for _ in range(self.n_blocks):
            x = Block(self.width)(x)
        return nn.Dense(self.n_tokens)(nn.LayerNorm()(x))


class Scale(nn.Module):
    """The cheapest module that holds a parameter."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, width) to the same shape."""
        return x * self.param("scale", nn.initializers.ones, (x.shape[-1],))


class ScaleBlock(nn.Module):
    """Layers one after the other."""

    n_layers: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, width) to the same shape."""
        for _ in range(self.n_layers):
            x = Scale()(x)
        return x


class Tower(nn.Module):
    """Blocks of layers: as many calls as wanted, and next to nothing to compute."""

    n_blocks: int
    n_layers: int = 99

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, width) to the same shape."""
        for _ in range(self.n_blocks):
            x = ScaleBlock(self.n_layers)(x)
        return x


@dataclasses.dataclass(frozen=True)
class Subject:
    """A model with all that its run takes.

    Attributes:
      name: How the table calls it.
      module: Unbound.
      variables: In the shapes of `init`, every number 0.01.
      args: Positional arguments of `apply`.
      options: Keyword arguments of `apply`.
    """

    name: str
    module: nn.Module
    variables: dict[str, Any]
    args: tuple[Any, ...]
    options: dict[str, Any]

    def given_to(self, function: Callable[..., Any]) -> Callable[[], Any]:
        """Returns a function that calls `function` with what `capture` takes."""
        return functools.partial(
            function, self.module, self.variables, *self.args, **self.options
        )

    def apply(self, variables: Any) -> Any:
        """Returns what `module.apply` returns."""
        return self.module.apply(variables, *self.args, **self.options)

    def apply_and_wait(self) -> Any:
        """Applies the module as it stands, and waits for the numbers."""
        return wait_for(self.apply(self.variables))

    @functools.cached_property
    def run(self) -> unflax_viz.FlaxRun:
        """The captured run, with values."""
        return self.given_to(unflax_viz.capture)()


@functools.cache
def mlp() -> Subject:
    """Returns four dense layers."""
    return _subject("MLP", MLP(), jnp.ones((8, 64)))


@functools.cache
def resnet() -> Subject:
    """Returns a ResNet18 that nobody here wrote, on small images, as it is trained."""
    # The package annotates `pretrained` as str; None, its way to random weights, is one
    # of its documented values.
    no_weights = cast("str", None)
    module = flaxmodels.ResNet18(output="logits", pretrained=no_weights, num_classes=10)
    options = {"train": True, "mutable": ["batch_stats"]}
    return _subject("ResNet18", module, jnp.ones((4, 32, 32, 3)), **options)


@functools.cache
def transformer(n_blocks: int) -> Subject:
    """Returns a narrow transformer: its cost is in its calls, not its numbers."""
    tokens = jnp.zeros((2, 16), jnp.int32)
    return _subject(f"transformer, {n_blocks} blocks", Transformer(n_blocks), tokens)


@functools.cache
def wide(n_layers: int) -> Subject:
    """Returns a root with thousands of calls directly below it."""
    layer = {"kernel": jnp.eye(4), "bias": jnp.zeros(4)}
    params = {f"Dense_{index}": layer for index in range(n_layers)}
    name = f"wide, {n_layers:,} layers"
    module = MLP(n_layers, 4)
    return Subject(name, module, {"params": params}, (jnp.ones((1, 4)),), {})


@functools.cache
def tower(n_blocks: int, *, has_values: bool = True) -> Subject:
    """Returns a hundred calls a block; computing very many takes minutes."""
    make = jnp.ones if has_values else jax.ShapeDtypeStruct
    module, x = Tower(n_blocks), make((2, 8), jnp.float32)
    layer = {"scale": make((8,), jnp.float32)}
    block = {f"Scale_{index}": layer for index in range(module.n_layers)}
    params = {f"ScaleBlock_{index}": block for index in range(n_blocks)}
    name = f"tower, {100 * n_blocks + 1:,} calls"
    return Subject(name, module, {"params": params}, (x,), {})


def _subject(name: str, module: nn.Module, *args: Any, **options: Any) -> Subject:
    shapes = jax.eval_shape(module.init, jax.random.key(0), *args)
    variables = jax.tree.map(lambda it: jnp.full(it.shape, 0.01, it.dtype), shapes)
    return Subject(name, module, dict(variables), args, options)


def wait_for(output: Any) -> Any:
    """Returns `output` when its numbers are there."""
    return jax.block_until_ready(output)
