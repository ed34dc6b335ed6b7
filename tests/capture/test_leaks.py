"""A record holds nothing of a trace that is over, so JAX finds no leak."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz

SPLIT: Any = {"params": True, "dropout": True}
AXES: Any = {"params": 0, "state": 0}
KEYS: dict[str, int] = {"params": 0, "dropout": 1}


class Cell(nn.Module):
    """Reads parameters, writes a state and draws."""

    @nn.compact
    def __call__(self, carry: jax.Array, _: Any = None) -> Any:
        carry = nn.Dense(3)(carry)
        self.variable("state", "n", lambda: jnp.zeros(())).value += 1
        carry = nn.Dropout(0.5, deterministic=False)(carry)
        return carry, carry


class Applies(nn.Module):
    """Applies another model, which it makes, with a key that it draws."""

    @nn.compact
    def __call__(self, carry: jax.Array, _: Any = None) -> Any:
        dropout = nn.Dropout(0.5, deterministic=False)
        keys = {"dropout": self.make_rng("dropout")}
        return dropout.apply({}, carry, rngs=keys), None


class Lifted(nn.Module):
    """One transform around one of them."""

    kind: str

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        return getattr(self, self.kind)(x)

    def scan(self, x: jax.Array) -> Any:
        scanned = nn.scan(Cell, variable_axes=AXES, split_rngs=SPLIT, length=3)
        return scanned()(x, None)[0]

    def vmap(self, x: jax.Array) -> Any:
        return nn.vmap(Cell, variable_axes=AXES, split_rngs=SPLIT)()(x)[0]

    def remat(self, x: jax.Array) -> Any:
        return nn.remat(Cell)()(x)[0]

    def jit(self, x: jax.Array) -> Any:
        return nn.jit(Cell)()(x)[0]

    def cond(self, x: jax.Array) -> Any:
        def branch(cell: Any, x: jax.Array) -> Any:
            return cell(x)[0]

        return nn.cond(x.sum() > 0, branch, branch, Cell(), x)

    def while_loop(self, x: jax.Array) -> Any:
        cell = Cell()
        cell(x)
        return nn.while_loop(
            lambda _, carry: carry[0] < 3,
            lambda cell, carry: (carry[0] + 1, cell(carry[1])[0]),
            cell,
            (0, x),
            carry_variables="state",
            split_rngs={"dropout": True},
        )[1]

    def vjp(self, x: jax.Array) -> Any:
        return nn.vjp(lambda cell, x: cell(x)[0], Cell(), x)[0]

    def jax_jit(self, x: jax.Array) -> Any:
        @jax.jit
        def noise(x: jax.Array) -> jax.Array:
            return x + jax.random.normal(self.make_rng("dropout"), x.shape)

        return noise(x)

    def applied_in_scan(self, x: jax.Array) -> Any:
        scanned = nn.scan(Applies, variable_axes={}, split_rngs=SPLIT, length=3)
        return scanned()(x, None)[0]


KINDS = ["scan", "vmap", "remat", "jit", "cond", "while_loop", "vjp"]
KINDS += ["jax_jit", "applied_in_scan"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_jax_finds_no_leak_in_a_recorded_run(kind: str) -> None:
    model, x = Lifted(kind), jnp.ones((2, 3))
    keys = {name: jax.random.key(seed) for name, seed in KEYS.items()}
    variables = model.init(keys, x)
    options: dict[str, Any] = {"rngs": {"dropout": keys["dropout"]}}
    options["mutable"] = ["state"]
    with jax.checking_leaks():
        run = unflax_viz.capture(model, variables, x, **options)
        unflax_viz.capture_abstract(model, variables, x, **options)
        with unflax_viz.recording() as runs:
            jax.jit(lambda v, x: model.apply(v, x, **options))(variables, x)
        last = run.calls()[-1].address
        run.replace_call(last, unflax_viz.Scale(2.0)).replay(x)
    assert len(runs) == 1
