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
from unflax_viz.describe import items
from unflax_viz.describe.held_values import HeldValue, find_held_value
from unflax_viz.describe.items import unused_items
from unflax_viz.describe.python_code import quoted
from unflax_viz.describe.values import array_of
from unflax_viz.measure import computed, difference_of
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun

AWKWARD = 'a"b\\c\n\u202e\U000e0001/\U0001f600</script>'


def items_of(run: FlaxRun, node: Any) -> list[Any]:
    listed = [
        *items.parameter_items(node),
        *items.state_items(node),
        *items.constant_items(node),
    ]
    return listed + (unused_items(RunIndex(run), 100)[0] if node is run.root else [])


def check_codes(run: FlaxRun, listed: Any, held: HeldValue) -> None:
    """Holds the code of each side to the value that the panel shows at it."""
    codes = dict(zip(listed["sides"], listed["codes"], strict=True))
    difference = codes.pop("difference", None)
    assert list(codes) == list(held.values)
    for side, code in codes.items():
        assert eval(code, {"run": run}) is held.values[side]
    if difference is not None:
        found = eval(difference, {"run": run, "jax": jax})
        shown = difference_of(*map(array_of, held.values.values()))
        np.testing.assert_array_equal(np.asarray(found), np.asarray(computed(shown)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_code_gives_the_very_object_that_the_key_finds(name: str) -> None:
    run = traced_run(name)
    index = RunIndex(run)
    for node in index.table.nodes:
        keys = [listed["key"] for listed in items_of(run, node)]
        assert len(keys) == len(set(keys))
        for listed in items_of(run, node):
            held = find_held_value(node, index, listed["key"])
            assert held is not None
            check_codes(run, listed, held)


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
    listed = items_of(run, run.root)
    assert [entry["group"] for entry in listed] == ["parameters", "state", "unused"]
    for entry in listed:
        held = find_held_value(run.root, RunIndex(run), entry["key"])
        assert held is not None
        check_codes(run, entry, held)


def test_shared_stacked_and_changed_are_said() -> None:
    run = example.run()
    (bias, _) = items.parameter_items(run.at("second/Dense_0"))
    assert bias["notes"] == ["shared by 2 calls"]
    assert bias["key"] == "parameters/params/bias"
    (mean, _) = items.state_items(run.at("second/BatchNorm_0"))
    assert mean["notes"] == ["changed"]
    assert mean["sides"] == ["before", "after", "difference"]
    state = 'run.at("second/BatchNorm_0").scope_data.variables["batch_stats"]["mean"]'
    assert mean["codes"] == [
        f"{state}.before",
        f"{state}.after",
        f"{state}.after - {state}.before",
    ]


def state_item(before: Any, after: Any) -> tuple[FlaxRun, Any, HeldValue]:
    """Runs a model that puts `after` in the place of `before`."""

    class Replaces(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.variable("cache", "x", lambda: before).value = after

    run = unflax_viz.capture(Replaces(), {"cache": {"x": before}}, mutable=["cache"])
    (entry,) = items.state_items(run.root)
    held = find_held_value(run.root, RunIndex(run), entry["key"])
    assert held is not None
    return run, entry, held


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (jnp.float32(1), jnp.float32(3)),
        (jnp.array([True, False]), jnp.array([False, False])),
        (jnp.array([100, 3], jnp.int8), jnp.array([-100, 5], jnp.int8)),
        (jnp.array([3], jnp.uint32), jnp.array([1], jnp.uint32)),
        (np.array([3], np.uint8), np.array([5], np.uint8)),
        (jnp.array([1, -2], jnp.int4), jnp.array([-7, 5], jnp.int4)),
        (nn.Partitioned(jnp.ones(2), ("a",)), nn.Partitioned(jnp.zeros(2), ("a",))),
    ],
)
def test_code_of_a_difference_gives_what_is_shown(before: Any, after: Any) -> None:
    run, entry, held = state_item(before, after)
    assert entry["sides"] == ["before", "after", "difference"]
    assert entry["no_difference"] == ""
    check_codes(run, entry, held)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            jnp.ones(4),
            jnp.ones(8),
            "The shape changed from f32[4] to f32[8], so there is no difference.",
        ),
        (
            (jnp.ones(2), jnp.ones(3)),
            [jnp.ones(2), jnp.ones(3)],
            "The structure changed from (f32[2], f32[3]) to [f32[2], f32[3]], so there "
            "is no difference.",
        ),
        (
            jnp.ones(2),
            (jnp.ones(2), jnp.ones(2)),
            "The structure changed from f32[2] to (f32[2], f32[2]), so there is no "
            "difference.",
        ),
        (
            (jnp.ones(2), 1),
            (jnp.zeros(2), 1),
            "Neither value is a single array, so there is no difference.",
        ),
        ("a", "b", "Neither value is a single array, so there is no difference."),
        (
            jnp.ones(2),
            "b",
            "The value after is not a single array, so there is no difference.",
        ),
        (
            "a",
            jnp.ones(2),
            "The value before is not a single array, so there is no difference.",
        ),
        (jnp.ones(2), None, "There is no value after, so there is no difference."),
        (None, jnp.ones(2), "There is no value before, so there is no difference."),
        (
            jax.random.key(0),
            jax.random.key(1),
            "PRNG keys are not numbers, so there is no difference.",
        ),
        (
            np.array(["a"]),
            np.array(["b"]),
            "The array before has no numbers that can be read, so there is no "
            "difference.",
        ),
    ],
)
def test_what_cannot_be_subtracted_says_why(
    before: Any, after: Any, sentence: str
) -> None:
    run, entry, held = state_item(before, after)
    assert entry["no_difference"] == sentence
    assert entry["sides"] == ["before", "after"]
    check_codes(run, entry, held)


@pytest.mark.parametrize(("side", "index"), [("before", 0), ("after", 1)])
def test_deleted_side_says_that_there_is_no_difference(side: str, index: int) -> None:
    values = jnp.ones(2), jnp.zeros(2)
    run, _, _ = state_item(*values)
    values[index].delete()
    (entry,) = items.state_items(run.root)
    assert entry["no_difference"] == (
        f"The array {side} was deleted, so there is no difference."
    )


def test_abstract_side_says_that_there_is_no_difference() -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    (mean, _) = items.state_items(run.at("first/BatchNorm_0"))
    assert mean["no_difference"] == (
        "Only the shape is known after, so there is no difference."
    )


def test_value_that_the_run_left_alone_needs_no_difference() -> None:
    value = jnp.int32(1)
    _, entry, _ = state_item(value, value)
    assert entry["no_difference"] == ""
    assert entry["sides"] == ["before", "after"]
    assert (entry["value_texts"], entry["text"]) == (["1", "1"], "i32[]")


def test_shape_and_dtype_that_changed_are_told_on_both_sides() -> None:
    for before, after, text in [
        (jnp.ones(4), jnp.ones(4, jnp.bfloat16), "f32[4] → bf16[4]"),
        ("warm", "hot", "'warm' → 'hot'"),
        (jnp.ones(4), jnp.zeros(4), "f32[4]"),
    ]:
        _, entry, _ = state_item(before, after)
        assert entry["text"] == text


def test_what_no_call_read_is_listed_at_the_root_with_the_rest_counted() -> None:
    given = {"params": {f"p{i}": {"kernel": jnp.ones(1)} for i in range(5)}}
    run = unflax_viz.capture(nn.Dropout(0.0), given, jnp.ones(1), deterministic=True)
    index = RunIndex(run)
    listed, n_more = unused_items(index, 3)
    assert [entry["name"] for entry in listed] == [f"p{i}/kernel" for i in range(3)]
    assert n_more == 2
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
    listed = [e for c in run.calls() for e in items.parameter_items(c)]
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
    listed = {entry["name"]: entry for entry in items.state_items(run.root)}
    assert listed["text"]["value_texts"] == ["'a\\nb'"]
    assert listed["flag"]["value_texts"] == ["True"]
    assert listed["key"]["value_texts"][0].startswith("key<fry>[] 0x")
    assert (listed["empty"]["text"], listed["empty"]["size"]) == ("f32[0,3]", "0 B")
    arrays = {name for name, entry in listed.items() if entry["is_array"]}
    assert arrays == {"key", "keys", "int4", "complex", "flag", "empty", "names"}


def test_abstract_values_are_arrays_without_a_difference() -> None:
    shapes = jax.eval_shape(lambda: example.variables())
    run = unflax_viz.capture_abstract(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    (mean, _) = items.state_items(run.at("first/BatchNorm_0"))
    assert mean["is_array"]
    assert mean["sides"] == ["before", "after"]
    assert mean["no_difference"] == (
        "Only the shapes are known, so there is no difference."
    )
    assert mean["axes"] == [{"name": "", "size": 4}]


class Lazy(nn.Module):
    """Makes its state in the run, and has a parameter that is None."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        self.param("gate", lambda key: None)
        seen: Any = self.variable("cache", "seen", lambda: None)
        seen.value = x
        return x


def test_none_is_told_as_it_is_and_the_array_it_became_is_shown() -> None:
    variables = {"params": {"gate": None}, "cache": {"seen": None}}
    run = unflax_viz.capture(Lazy(), variables, jnp.ones(4), mutable=["cache"])
    (gate,) = items.parameter_items(run.root)
    (seen,) = items.state_items(run.root)
    assert (gate["text"], gate["notes"]) == ("None", [])
    assert seen["is_array"]
    assert seen["no_difference"] == (
        "There is no value before, so there is no difference."
    )


def test_edited_parameter_of_another_shape_is_not_stacked() -> None:
    run = example.run().with_parameters({"scale": jnp.ones((5, 3, 2))[0, 0]})
    (scale,) = items.parameter_items(run.root)
    assert not any(note.startswith("stacked") for note in scale["notes"])
