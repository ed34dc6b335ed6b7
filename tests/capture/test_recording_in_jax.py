"""Runs inside JAX's own transformations: known shapes, and results as without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.core import Tracer
from jax.sharding import Mesh, PartitionSpec

import unflax_viz
from tests import example

MODEL = nn.Dense(2)
X = jnp.linspace(0.0, 1.0, 6).reshape(1, 2, 3)
VARIABLES = MODEL.init(jax.random.key(0), X[0])


def apply(x: jax.Array) -> Any:
    return MODEL.apply(VARIABLES, x)


def in_shard_map(x: jax.Array) -> Any:
    mesh = Mesh(np.array(jax.devices()[:1]), ("devices",))
    spec = PartitionSpec("devices")
    mapped = jax.shard_map(apply, mesh=mesh, in_specs=spec, out_specs=spec)
    return mapped(x)


TRANSFORMED: dict[str, Callable[[jax.Array], Any]] = {
    "jit": jax.jit(apply),
    "grad": jax.grad(lambda x: apply(x).sum()),
    "vmap": jax.vmap(apply),
    "pmap": jax.pmap(apply),
    "checkpoint": jax.checkpoint(apply),
    "scan": lambda x: jax.lax.scan(lambda c, row: (c, apply(row)), 0.0, x)[1],
    "shard_map": in_shard_map,
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_run_inside_a_transformation_is_recorded_and_gives_its_result(
    name: str,
) -> None:
    if name == "shard_map" and not hasattr(jax, "shard_map"):
        pytest.skip("this version of JAX has no jax.shard_map")
    with unflax_viz.recording() as runs:
        result = TRANSFORMED[name](X)
    np.testing.assert_array_equal(result, TRANSFORMED[name](X))
    assert len(runs) >= 1
    assert runs[0].paths() == ("/",)
    assert runs[0].root.scope_data is not None
    kernel = runs[0].root.scope_data.parameters["kernel"].value
    assert kernel is VARIABLES["params"]["kernel"]
    assert not any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(runs[0]))


def test_training_loop_keeps_the_first_runs_and_trains_on() -> None:
    def loss(weights: Any) -> jax.Array:
        output: Any = MODEL.apply(weights, X[0])
        return (output**2).sum()

    @jax.jit
    def step(weights: Any) -> Any:
        gradient = jax.grad(loss)(weights)
        return jax.tree.map(lambda w, g: w - 0.1 * g, weights, gradient)

    def train() -> Any:
        weights: Any = VARIABLES
        for _ in range(5):
            weights = step(weights)
            MODEL.apply(weights, X[0])
        return weights

    expected = train()
    with unflax_viz.recording(max_runs=3) as runs:
        trained = train()
    assert (len(runs), runs.n_seen) == (3, 5)
    for left, right in zip(
        jax.tree.leaves(trained), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_array_equal(left, right)


def test_capture_runs_inside_jit_and_under_a_transfer_guard() -> None:
    variables = example.variables()

    def count_calls(given: Any) -> jax.Array:
        run = unflax_viz.capture(
            example.MODEL, given, example.INPUTS, **example.options()
        )
        return jnp.asarray(len(run.calls()), jnp.int32)

    assert jax.jit(count_calls)(variables) == len(example.ADDRESSES)
    options = example.options()
    with jax.transfer_guard("disallow"):
        run = unflax_viz.capture_abstract(
            example.MODEL, variables, example.INPUTS, **options
        )
    assert run.paths() == example.ADDRESSES
