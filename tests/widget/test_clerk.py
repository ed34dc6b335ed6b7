"""The clerk: every question gets one answer, and nothing is changed by asking."""

from __future__ import annotations

import random
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import example
from unflax_viz.summary import format_number, statistics_of
from unflax_viz.widget.arrays import answer_array
from unflax_viz.widget.clerk import Clerk


def ask(**request: Any) -> Any:
    return Clerk(example.run()).answer({"id": 7, **request})[0]


def ask_array(**request: Any) -> tuple[Any, list[bytes]]:
    return Clerk(example.run()).answer({"kind": "array", "id": 7, **request})


KERNEL = {
    "address": "first/Dense_0",
    "group": "parameters",
    "collection": "params",
    "name": "kernel",
    "moment": "before",
}


def test_opening_holds_the_root_and_its_first_calls() -> None:
    opening = Clerk(example.run()).opening()
    assert opening["title"] == "Example.__call__"
    assert [row["address"] for row in opening["rows"]] == [
        "/",
        "first",
        "second",
        "second#2",
        "/.head",
    ]
    assert opening["expanded"] == ["/"]
    assert [(f["text"], f["label"]) for f in opening["facts"]][:3] == [
        ("55", "parameters"),
        ("220 B", "size"),
        ("14", "calls"),
    ]


def test_only_children_are_unfolded_at_once() -> None:
    class Wrapper(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.Sequential([nn.Dense(1), nn.Dense(2)])(x)

    made = Wrapper().init(jax.random.key(0), jnp.ones((1, 1)))
    run = unflax_viz.capture(Wrapper(), made, jnp.ones((1, 1)))
    opening = Clerk(run).opening()
    assert opening["expanded"] == ["/", "Sequential_0"]
    assert len(opening["rows"]) == 4


def test_children_are_answered_in_windows() -> None:
    class Wide(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for _ in range(450):
                x = nn.Dropout(0.0, deterministic=True)(x)
            return x

    clerk = Clerk(unflax_viz.capture(Wide(), {}, jnp.ones(1)))
    request = {"kind": "children", "id": 1, "address": "/", "start": 400}
    answer: Any = clerk.answer(request)[0]
    assert (answer["start"], answer["total"], len(answer["rows"])) == (400, 450, 50)
    assert answer["rows"][0]["address"] == "Dropout_400"


def test_call_lists_what_its_own_scope_held() -> None:
    answer = ask(kind="call", address="second/BatchNorm_0#2")
    assert answer["id"] == 7
    assert answer["ancestors"] == ["/", "second#2"]
    assert [entry["name"] for entry in answer["parameters"]] == ["bias", "scale"]
    assert answer["parameters"][0]["notes"] == ["read by 2 calls"]
    assert [entry["moments"] for entry in answer["state"]] == [["before", "after"]] * 2
    assert answer["rngs"] == []
    assert answer["constants"] == []


def test_draw_is_answered_with_its_exact_key() -> None:
    (rng,) = ask(kind="call", address="first/Dropout_0")["rngs"]
    scope = example.run().at("first/Dropout_0").scope_data
    assert scope is not None
    key: Any = scope.rngs["dropout"].next_key()
    words = " ".join(f"0x{int(word):08x}" for word in jax.random.key_data(key))
    assert rng["draws"] == [
        {
            "counter": 1,
            "served": "dropout",
            "key": f"key<fry>[] {words}",
            "note": "",
        }
    ]


def test_array_is_answered_with_its_numbers() -> None:
    answer, buffers = ask_array(**KERNEL)
    kernel = example.variables()["params"]["first"]["Dense_0"]["kernel"]
    facts = {fact["label"]: fact["text"] for fact in answer["facts"]}
    statistics: Any = statistics_of(kernel)
    assert facts["mean"] == format_number(statistics.mean)
    assert facts["max"] == format_number(statistics.maximum)
    assert answer["title"] == "kernel  f32[3,4]  48 B"
    counts = np.frombuffer(buffers[answer["histogram"]["buffer"]], "<u4")
    assert counts.sum() == 12
    heatmap = answer["heatmap"]
    cells = np.frombuffer(buffers[heatmap["buffer"]], "<f4")
    shape = (heatmap["height"], heatmap["width"])
    np.testing.assert_array_equal(cells.reshape(shape), kernel)


@pytest.mark.parametrize(
    ("value", "note", "facts"),
    [
        (jnp.zeros(8), "All 8 values are 0.", {"mean": "0", "elements": "8"}),
        (jnp.full((2, 3), 0.1), "All 6 values are 0.1.", {"max": "0.1"}),
        (jnp.full(2, 1j), "All 2 values have the magnitude 1.", {}),
        (jnp.full(5, jnp.nan), "All 5 values are NaN.", {"NaN": "5"}),
        (jnp.zeros((0, 3)), "There are no values: an axis has length 0.", {}),
        (jnp.int32(7), "", {"value": "7"}),
    ],
)
def test_values_of_one_kind_are_a_sentence_and_no_picture(
    value: Any, note: str, facts: dict[str, str]
) -> None:
    answer, buffers = answer_array("x", value)
    assert answer["note"] == note
    assert (answer["histogram"], answer["heatmap"], buffers) == (None, None, [])
    shown = {fact["label"]: fact["text"] for fact in answer["facts"]}
    assert facts.items() <= shown.items()


def test_nan_among_equal_values_is_drawn_and_warned_of() -> None:
    answer, _ = answer_array("x", jnp.array([1.0, 1.0, jnp.nan]))
    assert answer["note"] == ""
    assert answer["heatmap"] is not None
    warned = [f["label"] for f in answer["facts"] if f.get("is_warning")]
    assert warned == ["NaN"]


def test_root_says_once_what_it_is() -> None:
    answer = ask(kind="call", address="/")
    assert (answer["title"], answer["subtitle"]) == ("Example.__call__", "")
    answer = ask(kind="call", address="first/Dense_0")
    assert (answer["title"], answer["subtitle"]) == ("first/Dense_0", "Dense.__call__")


def test_state_after_the_run_is_another_value_than_before() -> None:
    wanted = {
        "address": "first/BatchNorm_0",
        "group": "state",
        "collection": "batch_stats",
        "name": "mean",
    }
    before, _ = ask_array(**wanted, moment="before")
    after, _ = ask_array(**wanted, moment="after")
    assert before["facts"][0]["text"] == "0"
    assert after["facts"][0]["text"] != "0"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"kind": "call", "address": "nowhere"},
            "No call at 'nowhere' in this run; the nearest is '/.head'. "
            "run.paths() lists all of them.",
        ),
        ({"kind": "call"}, "An address is a text, not None."),
        ({"kind": "dance"}, "The request 'dance' is unknown"),
        ({"kind": ["call"]}, "The request ['call'] is unknown"),
        (
            {"kind": "children", "address": "/", "start": -1},
            "start must be a whole number from 0, not -1.",
        ),
        (
            {"kind": "array", **KERNEL, "name": "kernal"},
            "The scope of 'first/Dense_0' holds no before value 'kernal' of the "
            "collection 'params' among its parameters.",
        ),
        (
            {"kind": "array", **KERNEL, "moment": {}},
            "The scope of 'first/Dense_0' holds no {} value 'kernel'",
        ),
    ],
)
def test_request_that_cannot_be_met_is_answered_with_a_sentence(
    request_: Any, message: str
) -> None:
    answer = ask(**request_)
    assert answer["kind"] == "failure"
    assert answer["id"] == 7
    assert answer["message"].startswith(message)


def test_abstract_value_is_answered_with_a_sentence() -> None:
    run = unflax_viz.capture(
        example.MODEL,
        jax.eval_shape(lambda given: given, example.variables()),
        example.INPUTS,
        **example.options(),
    )
    answer: Any = Clerk(run).answer({"kind": "array", "id": 1, **KERNEL})[0]
    assert answer["kind"] == "failure"
    assert answer["message"].startswith("Only the shape is known")


def random_junk(rng: random.Random, depth: int = 0) -> Any:
    known = ["children", "call", "array", "/", "first", "kernel", "params", "before"]
    choice = rng.randrange(9 if depth < 3 else 7)
    if choice == 7:
        return [random_junk(rng, depth + 1) for _ in range(rng.randrange(4))]
    if choice == 8:
        keys = ["kind", "id", "address", "start", "group", "name", "moment", "x"]
        return {
            rng.choice(keys): random_junk(rng, depth + 1)
            for _ in range(rng.randrange(7))
        }
    return [None, True, -1, 2**80, 0.5, rng.choice(known), "</script>\0\u202e"][choice]


def test_random_messages_are_each_answered_and_change_nothing() -> None:
    clerk = Clerk(example.run())
    before = clerk.opening()
    rng = random.Random(0)
    for _ in range(10_000):
        answer, _ = clerk.answer(random_junk(rng))
        assert answer["kind"] in {"failure", "children", "call", "array"}
    assert clerk.opening() == before
