"""The panels' lists: every value that a call held, with code that gives it."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import example
from tests.describe.model_runs import NAMES, traced_run
from tests.models import MODELS
from unflax_viz.describe import entries
from unflax_viz.describe.entries import unused_entries
from unflax_viz.describe.held_values import find_held_value
from unflax_viz.describe.python_code import quoted
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun

AWKWARD = 'a"b\\c\n\u202e\U000e0001/\U0001f600</script>'


def entries_of(run: FlaxRun, node: Any) -> list[Any]:
    listed = [
        *entries.parameter_entries(node),
        *entries.state_entries(node),
        *entries.constant_entries(node),
    ]
    return listed + (unused_entries(RunIndex(run), 100)[0] if node is run.root else [])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_code_gives_the_very_object_that_the_key_finds(name: str) -> None:
    run = traced_run(name)
    index = RunIndex(run)
    for node in index.table.nodes:
        keys = [listed["key"] for listed in entries_of(run, node)]
        assert len(keys) == len(set(keys))
        for listed in entries_of(run, node):
            held = find_held_value(node, index, listed["key"])
            assert held is not None
            assert eval(listed["code"], {"run": run}) is held.value
            assert list(held.values) == [m for m in listed["moments"] if len(m) < 8]


@pytest.mark.parametrize("name", ["Dense_0", AWKWARD, "\ud800", "'", "\x00"])
def test_quoted_name_is_one_printable_line_of_python(name: str) -> None:
    text = quoted(name)
    assert text.isprintable()
    assert eval(text) == name


def test_awkward_names_are_found_by_their_code_and_key() -> None:
    class Awkward(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.variable(AWKWARD, AWKWARD, lambda: jnp.ones(2))
            return x * self.param(AWKWARD, nn.initializers.ones, ())

    variables = {"params": {AWKWARD: jnp.ones(()), "other": {AWKWARD: jnp.ones(3)}}}
    run = unflax_viz.capture(Awkward(), variables, jnp.ones(()), mutable=[AWKWARD])
    listed = entries_of(run, run.root)
    assert [entry["group"] for entry in listed] == ["parameters", "state", "unused"]
    for entry in listed:
        held = find_held_value(run.root, RunIndex(run), entry["key"])
        assert held is not None
        assert eval(entry["code"], {"run": run}) is held.value


def test_shared_stacked_and_changed_are_said() -> None:
    run = example.run()
    (bias, _) = entries.parameter_entries(run.at("second/Dense_0"))
    assert bias["notes"] == ["shared by 2 calls"]
    assert bias["key"] == "parameters/params/bias"
    (mean, _) = entries.state_entries(run.at("second/BatchNorm_0"))
    assert mean["notes"] == ["changed"]
    assert mean["moments"] == ["before", "after", "difference"]
    assert mean["code"] == (
        'run.at("second/BatchNorm_0").scope_data.variables["batch_stats"]["mean"]'
        ".before"
    )


def test_what_no_call_read_is_listed_at_the_root_with_the_rest_counted() -> None:
    given = {"params": {f"p{i}": {"kernel": jnp.ones(1)} for i in range(5)}}
    run = unflax_viz.capture(nn.Dropout(0.0), given, jnp.ones(1), deterministic=True)
    index = RunIndex(run)
    listed, n_left = unused_entries(index, 3)
    assert [entry["name"] for entry in listed] == [f"p{i}/kernel" for i in range(3)]
    assert n_left == 2
    assert listed[0]["key"] == "unused/params/p0/kernel"
    assert find_held_value(run.root, index, "unused/params/p0") is None


@pytest.mark.parametrize(
    "key", ["", "unused", "unused/", "unused/params", "x/y/z", "parameters/params/no"]
)
def test_unknown_key_finds_nothing(key: str) -> None:
    run = example.run()
    assert find_held_value(run.root, RunIndex(run), key) is None


def test_axes_are_named_by_the_box() -> None:
    ready = MODELS["boxes_in_vmap"].ready()
    run = unflax_viz.capture(ready.module, ready.variables, *ready.args)
    listed = [e for c in run.calls() for e in entries.parameter_entries(c)]
    kernel = next(entry for entry in listed if entry["name"] == "kernel")
    assert [axis["name"] for axis in kernel["axes"]] == ["lanes", "in", "out"]
    sizes = [axis["size"] for axis in kernel["axes"]]
    assert f"f32[{','.join(map(str, sizes))}]" in kernel["text"]


class Keeps(nn.Module):
    """Has one state of each odd kind."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        states: dict[str, Any] = {
            "text": "a\nb",
            "key": jax.random.key(0),
            "keys": jax.random.split(jax.random.key(0), 3),
            "int4": jnp.array([1, -2], jnp.int4),
            "complex": jnp.array([1 + 2j]),
            "flag": jnp.array(True),
            "empty": jnp.zeros((0, 3)),
            "many": tuple(range(1000)),
            "nothing": None,
            "names": np.array(["a", "b"]),
        }
        for name, value in states.items():
            variable: Any = self.variable("odd", name, lambda value=value: value)
            variable.value = value
        return x


def test_odd_states_are_each_a_line() -> None:
    run = unflax_viz.capture(Keeps(), {}, jnp.ones(1), mutable=["odd"])
    listed = {entry["name"]: entry for entry in entries.state_entries(run.root)}
    assert listed["text"]["value_text"] == "'a\\nb'"
    assert listed["flag"]["value_text"] == "True"
    assert listed["key"]["value_text"].startswith("key<fry>[] 0x")
    assert (listed["empty"]["text"], listed["empty"]["size"]) == ("f32[0,3]", "0 B")
    arrays = {name for name, entry in listed.items() if entry["is_array"]}
    assert arrays == {"key", "keys", "int4", "complex", "flag", "empty", "names"}


def test_abstract_values_are_arrays_without_a_difference() -> None:
    shapes = jax.eval_shape(lambda: example.variables())
    run = unflax_viz.capture_abstract(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    (mean, _) = entries.state_entries(run.at("first/BatchNorm_0"))
    assert mean["is_array"]
    assert mean["moments"] == ["before", "after"]
    assert mean["axes"] == [{"name": "", "size": 4}]
