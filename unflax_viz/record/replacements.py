"""What may replace a call in an edited run.

Each of these is a Penzai Struct, so its numbers can be selected and differentiated.
The original call still runs, so that later draws and states stay what they were; its
result is handed to the replacement, which may use it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from penzai import pz

from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.packing import Packed

_STATIC: dict[str, Any] = {"pytree_node": False}


@pz.pytree_dataclass
class Identity(pz.Struct):
    """Returns the first argument of the call."""

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del output
        return inputs.args[0]


@pz.pytree_dataclass
class Zero(pz.Struct):
    """Returns zeros in the shapes of the result."""

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del inputs
        return jax.tree.map(jnp.zeros_like, output)


@pz.pytree_dataclass
class Scale(pz.Struct):
    """Returns the result times a number.

    Attributes:
      factor: A number or a scalar array; cast to the dtype of each result.
    """

    factor: Any

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del inputs
        return jax.tree.map(
            lambda leaf: leaf * jnp.asarray(self.factor).astype(leaf.dtype), output
        )


@pz.pytree_dataclass
class AddNoise(pz.Struct):
    """Returns the result plus normal noise.

    Attributes:
      key: PRNG key of the noise; the same noise at every step of a loop.
      scale: Standard deviation, in the unit of the result.
    """

    key: jax.Array
    scale: Any

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del inputs
        leaves, structure = jax.tree.flatten(output)
        keys = jax.random.split(self.key, len(leaves))
        noisy = [
            leaf
            + jax.random.normal(key, leaf.shape, leaf.dtype)
            * jnp.asarray(self.scale).astype(leaf.dtype)
            for key, leaf in zip(keys, leaves, strict=True)
        ]
        return jax.tree.unflatten(structure, noisy)


@pz.pytree_dataclass
class Fixed(pz.Struct):
    """Returns a fixed value.

    Attributes:
      value: What is returned: a pytree of the structure of the result.
    """

    value: Any

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del inputs, output
        return self.value


@pz.pytree_dataclass
class ComputedBy(pz.Struct, Packed):
    """Returns what a function makes of the same inputs.

    Attributes:
      function: Called with the arguments of the call.
    """

    _word = "replacement"

    function: Callable[..., Any] = dataclasses.field(metadata=_STATIC)

    def replace_output(self, inputs: ArgsAndKwargs, output: Any) -> Any:
        """Returns what the call is to return instead of `output`."""
        del output
        return self.function(*inputs.args, **inputs.kwargs)


Replacement = Identity | Zero | Scale | AddNoise | Fixed | ComputedBy


@pz.pytree_dataclass
class ReplacedCall(pz.Struct):
    """A replacement for one call of a run.

    Attributes:
      replacement: What is returned instead of the result of the call.
      address: The call.
      step: Step of the loop or lane of the map that the call is replaced at, outermost
        transform first; empty for all of them.
    """

    replacement: Replacement
    address: str = dataclasses.field(metadata=_STATIC)
    step: tuple[int, ...] = dataclasses.field(metadata=_STATIC)
