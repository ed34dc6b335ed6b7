"""Does the work that a call costs stay the same, however many were made before it?"""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest
from penzai import pz

import unflax_viz
from unflax_viz import errors
from unflax_viz.capture.notes import Call
from unflax_viz.capture.transforms import Region
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.run import FlaxRun

N_CALLS = 40
FIRST = (0, "Dense_0.__call__")


class Repeated(nn.Module):
    """One layer, called again and again."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layer = nn.Dense(2)
        for _ in range(N_CALLS):
            x = layer(x)
        return x


class Step(nn.Module):
    """What a loop does."""

    @nn.compact
    def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
        return nn.Dropout(0.5, deterministic=False)(x), None


class Loops(nn.Module):
    """One loop after the other; Flax traces the body of each twice."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(N_CALLS):
            x, _ = nn.scan(Step, split_rngs={"dropout": True}, length=2)()(x, None)
        return x


def run_of(module: nn.Module) -> FlaxRun:
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    variables = module.init(keys, jnp.ones((1, 2)))
    return unflax_viz.capture_abstract(module, variables, jnp.ones((1, 2)), rngs=keys)


def kernel_of(call: unflax_viz.InterceptedFlaxModuleMethod) -> FlaxParameter:
    assert call.scope_data is not None
    return call.scope_data.parameters["kernel"]


def test_calls_of_one_layer_share_the_list_of_its_users() -> None:
    calls = run_of(Repeated()).calls()[1:]
    assert [call.address for call in calls[:2]] == ["Dense_0", "Dense_0#2"]
    assert calls[-1].address == f"Dense_0#{N_CALLS}"
    assert len({id(kernel_of(call).users) for call in calls}) == 1


def test_long_list_of_users_is_cut_in_the_error() -> None:
    edited = (
        pz.select(run_of(Repeated()))
        .at(lambda run: kernel_of(run.root.submodule_calls[FIRST]).value)
        .set(jnp.zeros((2, 2)))
    )
    with pytest.raises(errors.ParameterConflictError) as caught:
        edited.parameters()
    assert str(caught.value) == (
        "The parameter 'Dense_0.kernel' is read by the calls Dense_0, Dense_0#2, "
        "Dense_0#3 and 37 more, and its copies in the record differ. "
        "run.with_parameters({'Dense_0.kernel': ...}) changes all."
    )


@pytest.mark.slow
def test_transform_looks_only_at_what_was_made_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_seen = 0
    calls_since = Call.calls_since

    def count(call: Call, region: Region) -> list[Call]:
        nonlocal n_seen
        calls = calls_since(call, region)
        n_seen += len(calls)
        return calls

    monkeypatch.setattr(Call, "calls_since", count)
    run = run_of(Loops())
    assert len(run.calls()) == 1 + 2 * N_CALLS
    assert 0 < n_seen <= 8 * N_CALLS
