"""Mutable arrays among the variables: what they held before and after a run."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from unflax_viz import errors
from unflax_viz.record.refs import RefValue


class Counts(nn.Module):
    """Counts its calls in a mutable array, which Flax does not see."""

    is_counting: bool = True

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        n = self.variable("counts", "n", lambda: jax.new_ref(jnp.zeros(2))).value
        if self.is_counting:
            n[...] = n[...] + 1
        return n[...] * x


@pytest.mark.parametrize("mutable", [False, ["counts"]])
def test_ref_is_recorded_as_it_was_before_and_after(mutable: Any) -> None:
    ref, x = jax.new_ref(jnp.ones(2)), jnp.full(2, 3.0)
    run = unflax_viz.capture(Counts(), {"counts": {"n": ref}}, x, mutable=mutable)
    np.testing.assert_array_equal(ref[...], [2, 2])
    scope: Any = run.root.scope_data
    state = scope.variables["counts"]["n"]
    assert isinstance(state.before, RefValue)
    np.testing.assert_array_equal(state.before.value, [1, 1])
    np.testing.assert_array_equal(state.after.value, [2, 2])
    assert state.was_read
    assert state.was_written
    assert state.change == "changed"
    replayed = run.replay(x)
    first = replayed[0] if mutable else replayed
    np.testing.assert_array_equal(first, [6, 6])
    np.testing.assert_array_equal(ref[...], [2, 2])


def test_ref_that_is_only_read_is_a_constant() -> None:
    ref, x = jax.new_ref(jnp.ones(2)), jnp.full(2, 3.0)
    run = unflax_viz.capture(Counts(is_counting=False), {"counts": {"n": ref}}, x)
    scope: Any = run.root.scope_data
    np.testing.assert_array_equal(scope.immutable_variables["counts"]["n"].value, 1)
    assert scope.variables == {}
    ref[...] = jnp.zeros(2)
    np.testing.assert_array_equal(run.replay(x), [3, 3])


def test_ref_as_argument_is_described_by_its_shape() -> None:
    class Reads(nn.Module):
        def __call__(self, ref: Any) -> Any:
            return ref[...]

    run = unflax_viz.capture(Reads(), {}, jax.new_ref(jnp.ones(2)))
    assert run.root.input_structure.args[0].shape == (2,)


def test_ref_that_an_outer_jit_traces_has_its_shape_and_can_be_bound() -> None:
    x = jnp.full(2, 3.0)
    with unflax_viz.recording() as runs:
        jax.jit(lambda ref, x: Counts().apply({"counts": {"n": ref}}, x))(
            jax.new_ref(jnp.ones(2)), x
        )
    with pytest.raises(errors.ValueNeededError):
        runs[0].replay(x)
    ref = jax.new_ref(jnp.ones(2))
    bound = runs[0].bind({"counts": {"n": ref}})
    np.testing.assert_array_equal(bound.replay(x), [6, 6])
    np.testing.assert_array_equal(ref[...], [1, 1])
