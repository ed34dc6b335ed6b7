"""The clerk: every question gets one answer, and nothing is changed by asking."""

from __future__ import annotations

import copy
import json
import random
import threading
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import example
from tests.test_protocol import exchanges, misfits, misfits_of_answer
from unflax_viz import protocol
from unflax_viz.answers.clerk import Clerk
from unflax_viz.answers.questions import QUESTIONS, Cost, cost_of
from unflax_viz.errors import UnflaxVizError
from unflax_viz.measure import format_number, statistics_of

KINDS = sorted(exchanges())


def asked(kind: Any, **body: Any) -> dict[str, Any]:
    return {"id": 7, "kind": kind, "body": body}


def answer_to(request: Any) -> Any:
    return Clerk(example.run()).answer(request)[0]


def ask(kind: Any, **body: Any) -> Any:
    return answer_to(asked(kind, **body))["body"]


def ask_array(**body: Any) -> tuple[Any, list[bytes]]:
    request = asked("array", **{"side": "before", "index": [], **body})
    answer: Any
    answer, buffers = Clerk(example.run()).answer(request)
    return answer["body"], buffers


KERNEL = {"address": "first/Dense_0", "entry": "parameters/params/kernel"}


def test_opening_holds_the_root_and_its_first_calls() -> None:
    opening: Any = Clerk(example.run()).opening()
    assert opening["title"] == "Example.__call__"
    rows = [
        row["line"]["address"]
        for level in opening["outline"]["levels"]
        for row in level["rows"]
    ]
    assert rows == ["/", "first", "second", "second#2", "/.head"]
    assert opening["outline"]["expanded"] == ["/"]
    assert [(f["text"], f["label"]) for f in opening["facts"]][:3] == [
        ("55", "parameters"),
        ("220 B", "bytes"),
        ("14", "calls"),
    ]
    assert opening["call"]["address"] == "/"
    assert misfits(opening, protocol.Opening) == []


def test_opening_of_a_panel_has_its_call_and_no_tree() -> None:
    opening: Any = Clerk(example.run()).opening("first", has_tree=False)
    assert opening["call"]["address"] == "first"
    assert opening["outline"]["levels"] == []
    assert misfits(opening, protocol.Opening) == []


REQUESTS: list[dict[str, Any]] = [
    asked("columns", part=0, reads_values=False),
    asked("lines", lens="calls", rows=[0, 3]),
    asked("call", address="second#2"),
    asked("method", address="second#2"),
    asked("repeats", address="second#2"),
    asked("array", **KERNEL, side="before", index=[0, None]),
    asked("treescope", **KERNEL, side="before", index=[]),
    asked("cancel", cancelled=3),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["kind"])
def test_every_kind_is_answered_with_its_kind(request_: dict[str, Any]) -> None:
    answer = answer_to(request_)
    assert (answer["kind"], answer["id"]) == (request_["kind"], 7)
    assert misfits_of_answer(answer) == []


def test_repeats_are_all_calls_of_the_module() -> None:
    body = answer_to(asked("repeats", address="second#2"))["body"]
    assert body == {"addresses": ["second", "second#2"], "n_more": 0}


def test_every_kind_is_asked_above_and_is_in_the_list_once() -> None:
    assert sorted(request["kind"] for request in REQUESTS) == KINDS
    assert sorted(question.kind for question in QUESTIONS) == KINDS


def test_call_lists_what_its_own_scope_held() -> None:
    answer = ask("call", address="second/BatchNorm_0#2")
    assert answer["code"] == 'run.at("second/BatchNorm_0#2")'
    assert [entry["name"] for entry in answer["parameters"]] == ["bias", "scale"]
    sides = [entry["sides"] for entry in answer["state"]]
    assert sides == [["before", "after", "difference"]] * 2
    assert answer["rngs"] == []
    assert answer["constants"] == []


def test_only_the_root_lists_what_no_call_read() -> None:
    answer = ask("call", address="/")
    assert [entry["key"] for entry in answer["unused"]] == [
        "unused/params/forgotten/kernel"
    ]
    assert answer["n_more_unused"] == 0
    assert ask("call", address="first")["unused"] == []


def test_first_hundred_of_what_no_call_read_are_listed_and_the_rest_counted() -> None:
    surplus = {f"layer_{i}": {"kernel": jnp.ones(2)} for i in range(130)}
    run = unflax_viz.capture(
        nn.Dense(1),
        {"params": {"kernel": jnp.ones((2, 1)), "bias": jnp.ones(1)} | surplus},
        jnp.ones((1, 2)),
    )
    answer: Any = Clerk(run).answer(asked("call", address="/"))[0]["body"]
    assert len(answer["unused"]) == 100
    assert answer["n_more_unused"] == 30


def test_array_is_answered_with_its_numbers() -> None:
    answer, buffers = ask_array(**KERNEL)
    kernel = example.variables()["params"]["first"]["Dense_0"]["kernel"]
    facts = {fact["label"]: fact["text"] for fact in answer["facts"]}
    statistics: Any = statistics_of(kernel)
    assert facts["mean"] == format_number(statistics.mean)
    assert facts["max"] == format_number(statistics.maximum)
    counts = np.frombuffer(buffers[answer["histogram"]["buffer"]], "<u4")
    assert counts.sum() == 12
    heatmap = answer["heatmap"]
    cells = np.frombuffer(buffers[heatmap["buffer"]], "<f4")
    shape = (heatmap["height"], heatmap["width"])
    np.testing.assert_array_equal(cells.reshape(shape), kernel)


def test_root_says_once_what_it_is() -> None:
    answer = ask("call", address="/")
    assert (answer["title"], answer["subtitle"]) == ("Example.__call__", "")
    answer = ask("call", address="first/Dense_0")
    assert (answer["title"], answer["subtitle"]) == ("first/Dense_0", "Dense.__call__")


def test_state_after_the_run_is_another_value_than_before() -> None:
    wanted = {"address": "first/BatchNorm_0", "entry": "state/batch_stats/mean"}
    before, _ = ask_array(**wanted, side="before")
    after, _ = ask_array(**wanted, side="after")
    difference, _ = ask_array(**wanted, side="difference")
    assert before["facts"][0]["text"] == "0"
    # Before is 0 throughout, so what was added is what there is after.
    assert after["facts"][0] == difference["facts"][0] != before["facts"][0]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (asked("call", address="nowhere"), "No call at 'nowhere' in this run."),
        ({**asked("call"), "body": ["/"]}, "The body of a request is an object, not "),
        ({"id": 7, "kind": "call"}, "The body of a request is an object, not None."),
        (asked("call", address="x" * 10**6), "No call at 'xxx"),
        (asked("call"), "An address is a string, not None."),
        (asked("method", address=3), "An address is a string, not 3."),
        (asked("dance"), "The request 'dance' is unknown"),
        (asked(["call"]), "The request ['call'] is unknown"),
        (asked("cancel"), "cancelled is the id of a request, not None."),
        (asked("cancel", cancelled=True), "cancelled is the id of a request"),
        (asked("columns", part=9, reads_values=False), "There are 1 parts"),
        (asked("columns", part="0", reads_values=0), "part must be an integer"),
        (asked("lines", lens="leaves", rows=[]), "The lens 'leaves' is"),
        (asked("lines", lens="calls", rows=[99]), "No row 99 in this lens"),
        (asked("lines", lens="calls", rows=[True]), "rows must be a list"),
        (asked("lines", lens="calls", rows=[0] * 500), "A request may ask"),
    ],
)
def test_request_that_cannot_be_met_is_answered_with_a_sentence(
    request_: Any, message: str
) -> None:
    answer = answer_to(request_)
    assert answer["kind"] == "failure"
    assert answer["id"] == 7
    assert answer["body"]["message"].startswith(message)
    assert len(answer["body"]["message"]) < 300


@pytest.mark.parametrize(
    ("number", "echoed"),
    [(3, 3), (2**80, 2**80), (True, -1), (None, -1), ("3", -1), (3.0, -1)],
)
def test_only_a_whole_number_is_repeated_as_the_id(number: Any, echoed: int) -> None:
    answer, _ = Clerk(example.run()).answer({**asked("x"), "id": number})
    assert answer["id"] == echoed
    assert type(answer["id"]) is int


def test_failure_can_be_sent_whatever_the_request_held() -> None:
    wanted = {**KERNEL, "entry": "parameters/\ud800/\udfff"}
    answer = answer_to(asked("array", **wanted))
    assert answer["kind"] == "failure"
    json.dumps(answer, ensure_ascii=False).encode()


def test_error_in_an_answer_becomes_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise ValueError

    def fail(*anything: Any) -> Any:
        raise BrokenError

    monkeypatch.setattr("unflax_viz.answers.method.describe_method", fail)
    assert answer_to(asked("method", address="/")) == {
        "id": 7,
        "kind": "failure",
        "body": {
            "message": "This could not be computed: BrokenError: "
            "<BrokenError cannot be shown: ValueError>"
        },
    }


def test_abstract_value_is_answered_with_a_sentence() -> None:
    run = unflax_viz.capture(
        example.MODEL,
        jax.eval_shape(lambda given: given, example.variables()),
        example.INPUTS,
        **example.options(),
    )
    request = asked("array", **KERNEL, side="before", index=[])
    answer: Any = Clerk(run).answer(request)[0]
    assert answer["kind"] == "array"
    assert answer["body"]["note"].startswith("Only the shape is known")


def test_watch_is_called_and_ends_the_work_with_what_it_raises() -> None:
    def stop(fraction: float) -> None:
        raise UnflaxVizError("Enough.")

    for kind in ("array", "treescope"):
        request = asked(kind, **KERNEL, side="before", index=[])
        answer: Any = Clerk(example.run()).answer(request, stop)[0]
        assert answer["body"]["message"] == "Enough."


def test_slow_is_what_reads_values_or_the_run() -> None:
    slow = [kind for kind in KINDS if cost_of(asked(kind)) is Cost.READS_VALUES]
    assert slow == ["array", "columns", "repeats", "treescope"]


@pytest.mark.parametrize("junk", [None, "x", 3, [], {}, {"kind": {}}, {"query": []}])
def test_junk_is_not_slow(junk: Any) -> None:
    assert cost_of(junk) is Cost.QUICK


def random_junk(rng: random.Random, depth: int = 0) -> Any:
    known = [
        *KINDS,
        *("/", "", "first", "first/Dense_0", "calls", "modules", "parameters"),
        *("class:Dense", "is:nan", "/(a|b)*/", "size>1", "parameters/params/kernel"),
        *("before", "after", "difference", "state/batch_stats/mean"),
    ]
    choice = rng.randrange(9 if depth < 3 else 7)
    if choice == 7:
        return [random_junk(rng, depth + 1) for _ in range(rng.randrange(4))]
    if choice == 8:
        keys = ["kind", "id", "body", "address", "start", "entry", "side", "x"]
        keys += ["index", "lens", "query", "row", "step", "cancelled"]
        return {
            rng.choice(keys): random_junk(rng, depth + 1)
            for _ in range(rng.randrange(7))
        }
    return [None, True, -1, 2**80, 0.5, rng.choice(known), "</script>\0\u202e"][choice]


def spoiled_request(rng: random.Random) -> Any:
    """Takes a good request, and puts junk in the place of some of its fields."""
    request = copy.deepcopy(rng.choice(REQUESTS))
    for holder in (request["body"], request):
        for field in holder:
            if rng.random() < 0.25:
                holder[field] = random_junk(rng, 1)
    return request


def test_random_messages_are_each_answered_and_change_nothing() -> None:
    clerk = Clerk(example.run())
    before = clerk.opening()
    leaves = jax.tree.leaves(example.run())
    rng = random.Random(0)
    kinds: set[str] = set()
    for number in range(10_000):
        make = random_junk if number % 2 else spoiled_request
        answer, _ = clerk.answer(make(rng))
        kinds.add(answer["kind"])
        assert type(answer["id"]) is int
    assert kinds == {"failure", *KINDS}
    assert clerk.opening() == before
    assert all(
        a is b for a, b in zip(jax.tree.leaves(example.run()), leaves, strict=True)
    )


def test_threads_are_answered_at_the_same_time() -> None:
    clerk = Clerk(example.run())
    failures: list[Any] = []

    def ask_all() -> None:
        for request in REQUESTS * 5:
            answer, _ = clerk.answer(request)
            if answer["kind"] == "failure":
                failures.append(answer)

    threads = [threading.Thread(target=ask_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_all_clerks_of_a_run_read_it_once() -> None:
    run = example.run()
    assert Clerk(run).index is Clerk(run).index
