"""Every model of the collection is captured whole and truly.

The truth comes from `tests.oracles`, which watches a plain eager run by other means.
"""

from __future__ import annotations

import collections
import functools
import re
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import oracles
from tests.models import MODELS, Model
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import parameters_of, rngs_of

pytestmark = pytest.mark.slow

ALL = list(MODELS.values())
TRACEABLE = [entry for entry in ALL if not entry.needs_values]


def every(models: list[Model]) -> Any:
    return pytest.mark.parametrize(
        "entry",
        [
            pytest.param(m, id=m.name, marks=[pytest.mark.slow] if m.is_slow else [])
            for m in models
        ],
    )


@functools.cache
def truth_of(name: str) -> oracles.Truth:
    return oracles.truth_of(MODELS[name])


@functools.cache
def run_of(name: str) -> FlaxRun:
    return take(MODELS[name], unflax_viz.capture)


@functools.cache
def abstract_run_of(name: str) -> FlaxRun:
    return take(MODELS[name], unflax_viz.capture_abstract)


def take(entry: Model, capture: Any) -> FlaxRun:
    with entry.room():
        ready = entry.ready()
        return capture(ready.module, ready.variables, *ready.args, **ready.kwargs)


def own_calls(run: FlaxRun) -> Iterator[unflax_viz.InterceptedFlaxModuleMethod]:
    """Yields the calls but for a root that is a function, which Flax does not see."""
    for call in run.calls():
        if call is run.root and not hasattr(type(call.module), call.method_name):
            continue
        yield call


def seen_calls(run: FlaxRun) -> list[tuple[Any, str, str]]:
    return [(c.path, c.method_name, c.class_name) for c in own_calls(run)]


def keys_of(run: FlaxRun, is_fork: bool) -> dict[Any, list[Any]]:
    keys: dict[Any, list[Any]] = collections.defaultdict(list)
    for call in run.calls():
        for rng in rngs_of(call) if not call.is_nested else ():
            for draw in rng.draws:
                if (draw.purpose == "fork") == is_fork:
                    keys[draw.path, draw.stream].append(draw)
    return keys


def words_of(key: Any) -> list[tuple[int, ...]]:
    is_typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    words = np.asarray(jax.random.key_data(key) if is_typed else key)
    return [tuple(map(int, row)) for row in words.reshape(-1, words.shape[-1])]


def same_leaf(left: Any, right: Any) -> bool:
    if not hasattr(left, "dtype"):
        return type(left) is type(right) and str(left) == str(right)
    if jnp.issubdtype(left.dtype, jax.dtypes.prng_key):
        left, right = jax.random.key_data(left), jax.random.key_data(right)
    left, right = np.asarray(left), np.asarray(right)
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and left.tobytes() == right.tobytes()
    )


def without_ids(structure: Any) -> str:
    """Writes a structure without the addresses of the functions that may be in it."""
    return re.sub(r"0x[0-9a-f]+", "0x", str(structure))


def assert_same_bits(left: Any, right: Any) -> None:
    assert jax.tree.structure(left) == jax.tree.structure(right)
    pairs = zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True)
    assert all(same_leaf(a, b) for a, b in pairs)


@every(ALL)
def test_output_and_state_are_those_of_apply(entry: Model) -> None:
    with entry.room():
        expected = entry.ready().apply()
    assert_same_bits(run_of(entry.name).output, expected)


@every(ALL)
def test_calls_are_those_that_ran(entry: Model) -> None:
    truth = truth_of(entry.name)
    expected = [(c.path, c.method_name, c.class_name) for c in truth.calls]
    assert seen_calls(run_of(entry.name)) == expected


@every(ALL)
def test_parameters_are_those_that_flax_read(entry: Model) -> None:
    read = {
        (*parameter.path, *rest)
        for call in run_of(entry.name).calls()
        for parameter in parameters_of(call).values()
        for rest in oracles.leaf_paths(parameter.value)
    }
    nested = {call.path for call in truth_of(entry.name).calls if call.is_nested}
    expected = truth_of(entry.name).parameters_read
    assert {path for path in read if path[:-1] not in nested} - expected == set()
    assert expected - read == set()


@every([entry for entry in ALL if entry.can_emit_keys])
def test_keys_are_those_that_flax_handed_out(entry: Model) -> None:
    truth = truth_of(entry.name)
    # Both branches are recorded and one ran.
    may_draw_more = any(
        transform.branch is not None
        for call in run_of(entry.name).calls()
        for transform in call.transforms
    )
    for is_fork, expected in ((False, truth.keys), (True, truth.forked)):
        drawn = keys_of(run_of(entry.name), is_fork)
        assert may_draw_more or drawn.keys() == expected.keys()
        for place, counted in expected.items():
            keys = [draw.key for draw in drawn[place]]
            assert all(key is not None for key in keys), place
            words = [word for key in keys for word in words_of(key)]
            assert set(counted) <= set(words), place
            assert may_draw_more or set(counted) == set(words), place


@every(TRACEABLE)
def test_abstract_run_is_the_same_but_for_its_values(entry: Model) -> None:
    run, abstract = run_of(entry.name), abstract_run_of(entry.name)
    assert seen_calls(abstract) == seen_calls(run)
    for left, right in zip(abstract.calls(), run.calls(), strict=True):
        assert left.address == right.address
        assert without_ids(left.output_structure) == without_ids(right.output_structure)
        assert parameters_of(left).keys() == parameters_of(right).keys()
        draws = zip(rngs_of(left), rngs_of(right), strict=True)
        for abstract_rng, rng in draws:
            for a, b in zip(abstract_rng.draws, rng.draws, strict=True):
                if a.key is None or b.key is None:
                    assert "known only when it runs" in a.missing_key_reason
                else:
                    assert words_of(a.key) == words_of(b.key)
                    assert a.lineage == b.lineage
                assert (a.counter, a.stream, a.served, a.path, a.purpose) == (
                    b.counter,
                    b.stream,
                    b.served,
                    b.path,
                    b.purpose,
                )
