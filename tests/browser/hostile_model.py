"""A model whose names would run a script, or break a page, where they are not text."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz

_CANARY = "window.__canary=1"

NAMES = (
    f"</script><script>{_CANARY}</script>",
    f"<!--<script>{_CANARY}",
    f"--><img src=x onerror={_CANARY}>",
    f"\"'`><svg/onload={_CANARY}>",
    f"</template></noscript></style><iframe src='javascript:parent.{_CANARY}'>",
    "[text](javascript:window.__canary=1)",
    "two\u2028lines\u2029and\x1b[31m red",
    "\u202egnp.exe\u2066\u200f",
    "n" * 100_000,
)


class Leaf(nn.Module):
    """Has a parameter, a state, a collection and a stream of a hostile name each."""

    hostile: str

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + self.param(f"p{self.hostile}", nn.initializers.ones, (2,)).sum()
        state = self.variable(
            f"c{self.hostile}", f"v{self.hostile}", lambda: jnp.zeros((3,))
        )
        state.value = state.value + 1
        return x + jax.random.normal(self.make_rng(f"s{self.hostile}"), x.shape)


class Root(nn.Module):
    """Calls a leaf of each name, whose class has that name too."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for name in NAMES:
            leaf = type(name[:200], (Leaf,), {"__doc__": name})
            x = leaf(hostile=name, name=name)(x)
        return x


def hostile_run() -> unflax_viz.FlaxRun:
    """Captures the model."""
    x = jnp.ones((2,))
    keys = {f"s{name}": jax.random.key(1) for name in NAMES}
    variables = Root().init({"params": jax.random.key(0), **keys}, x)
    mutable = [f"c{name}" for name in NAMES]
    return unflax_viz.capture(Root(), variables, x, rngs=keys, mutable=mutable)
