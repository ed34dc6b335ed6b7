"""Calls of bound modules: their counters go on, and their arguments are their own."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.scopes import rngs_of


class Noisy(nn.Module):
    """Draws itself, in a child, and at each step of a scan."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + jax.random.normal(self.make_rng("dropout"), x.shape)
        x = nn.Dropout(0.5, deterministic=False, name="drop")(x)
        split: Any = {"dropout": True}
        steps = nn.scan(Step, variable_axes={}, split_rngs=split, length=2)
        return steps(name="steps")(x, None)[0]


class Step(nn.Module):
    """One step that draws."""

    @nn.compact
    def __call__(self, x: jax.Array, _: Any) -> Any:
        return nn.Dropout(0.5, deterministic=False)(x), None


class Outer(nn.Module):
    """A submodule that can be called alone once the model is bound."""

    def setup(self) -> None:
        self.inner = Noisy()

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.inner(x)


@pytest.mark.slow
def test_each_call_of_a_bound_module_is_replayed_with_its_own_keys() -> None:
    x = jnp.ones((4, 8))
    for make, call in ((Noisy, lambda m: m), (Outer, lambda m: m.inner)):
        bound = make().bind({}, rngs={"dropout": jax.random.key(0)})
        with unflax_viz.recording() as runs:
            outputs = [call(bound)(x) for _ in range(3)]
        for run, output in zip(runs, outputs, strict=True):
            np.testing.assert_array_equal(run.output, output)
            np.testing.assert_array_equal(run.replay(x), output)
        first, second = (rngs_of(run.root)[0].draws[0].key for run in runs[:2])
        assert first is not None
        assert second is not None
        assert (jax.random.key_data(first) != jax.random.key_data(second)).any()


class OwnNames(nn.Module):
    """Has arguments of the names that are also ours."""

    def __call__(self, x: Any, module: Any = 0, rngs: Any = 0, cls: Any = 0) -> Any:
        return x, module, rngs, cls


def test_arguments_of_the_model_may_have_the_names_of_ours() -> None:
    run = unflax_viz.capture(OwnNames(), {}, 1, module="a", cls="c")
    assert run.output == (1, "a", 0, "c")
    assert run.replay(1, module="a", cls="c") == run.output
    plan = unflax_viz.capture_abstract(OwnNames(), {}, 1, module="a")
    assert plan.root.input_structure.kwargs == {"module": "a"}
    assert unflax_viz.unflaxify_apply(OwnNames(), {}, 1, module="a").class_name
    again = run.root(ArgsAndKwargs.capture(1, module="a", cls="c"))
    assert again == run.output


def test_bound_method_keeps_its_own_argument_rngs() -> None:
    bound = OwnNames().bind({})
    with unflax_viz.recording() as runs:
        bound(1, rngs=3)
    assert runs[0].replay(1, rngs=3) == (1, 0, 3, 0)
    assert runs[0].replay(1) == (1, 0, 0, 0)
