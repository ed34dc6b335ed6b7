"""One value in numbers: whatever the model holds, there is an answer."""

from __future__ import annotations

import json
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import example
from tests.models import MODELS
from unflax_viz.answers.array import answer_array
from unflax_viz.answers.asked import Asked
from unflax_viz.answers.treescope import answer_treescope
from unflax_viz.answers.value import NoSuchValueError
from unflax_viz.describe import items
from unflax_viz.errors import UnflaxVizError, WrongValueError
from unflax_viz.lenses.finder import finder_of
from unflax_viz.measure.progress import Report
from unflax_viz.record.run import FlaxRun


class Cache(nn.Module):
    """Writes one step into a cache, and keeps what else `states` has."""

    states: Any
    position: int = 3

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for name, (before, after) in self.states.items():
            variable: Any = self.variable("cache", name, lambda v=before: v)
            variable.value = after
        return x


def run_with(before: Any, after: Any) -> FlaxRun:
    module = Cache({"x": (before, after)})
    given = {"cache": {"x": before}}
    return unflax_viz.capture(module, given, jnp.ones(1), mutable=["cache"])


def asked(run: FlaxRun, report: Report | None = None, **request: Any) -> Asked:
    first = {"address": "/", "entry": "state/cache/x", "side": "after", "index": []}
    return Asked(finder_of(run), {**first, **request}, report)


def ask(run: FlaxRun, address: str = "/", **request: Any) -> tuple[Any, list[bytes]]:
    question = asked(run, address=address, **request)
    answer = answer_array(question)
    json.dumps(answer, allow_nan=False)
    return answer, question.buffers


def facts_of(answer: Any, group: str = "facts") -> dict[str, str]:
    return {fact["label"]: fact["text"] for fact in answer[group]}


def test_parameter_is_told_with_all_that_is_known_of_it() -> None:
    run = example.run()
    answer, buffers = ask(
        run, "second/Dense_0", entry="parameters/params/kernel", side="before"
    )
    assert answer["title"] == "kernel  f32[4,4]"
    assert facts_of(answer, "about") == {
        "shape": "(4, 4)",
        "dtype": "float32",
        "bytes": "64 B",
        "initialiser": "lecun_normal()",
    }
    assert answer["users"] == [
        {"address": "second/Dense_0", "action": "read"},
        {"address": "second/Dense_0#2", "action": "read"},
    ]
    assert (answer["n_users"], answer["sharding"], answer["note"]) == (2, None, "")
    counts = np.frombuffer(buffers[answer["histogram"]["buffer"]], "<u4")
    assert counts.sum() == 16
    heatmap = answer["heatmap"]
    cells = np.frombuffer(buffers[heatmap["buffer"]], "<f4")
    kernel = example.variables()["params"]["second"]["Dense_0"]["kernel"]
    np.testing.assert_array_equal(cells.reshape(4, 4), kernel)


def test_written_place_of_a_cache_is_said() -> None:
    before = jnp.zeros((2, 8, 4))
    run = run_with(before, before.at[:, 3, :].set(2.0))
    answer, _ = ask(run, side="difference")
    assert answer["title"] == "x, after minus before  f32[2,8,4]"
    facts = facts_of(answer)
    assert facts["changed elements"] == "8 of 64"
    assert facts["written at"] == "[:, 3:4, :]"
    assert (facts["min"], facts["max"]) == ("0", "2")
    sliced, _ = ask(run, side="difference", index=[1, None, None])
    assert sliced["title"] == "x[1, :, :], after minus before  f32[8,4]"
    assert facts_of(sliced)["written at"] == "[1, 3:4, :]"


def test_equal_value_that_was_written_is_said_to_be_no_change() -> None:
    values = jnp.arange(4.0).at[1].set(jnp.nan)
    answer, buffers = ask(run_with(values, values + 0), side="difference")
    assert (
        answer["note"] == "Nothing changed: every value is the same before and after."
    )
    assert facts_of(answer)["changed elements"] == "0 of 4"
    assert (answer["histogram"], answer["heatmap"], buffers) == (None, None, [])


def test_slice_is_summarised_alone() -> None:
    values = jnp.arange(24.0).reshape(2, 3, 4)
    answer, buffers = ask(run_with(values, values + 1), index=[1, None, 2])
    assert answer["title"] == "x[1, :, 2]  f32[3]"
    assert facts_of(answer)["mean"] == "19"
    assert facts_of(answer, "about")["shape"] == "(2, 3, 4)"
    cells = np.frombuffer(buffers[answer["heatmap"]["buffer"]], "<f4")
    np.testing.assert_array_equal(cells, [15, 19, 23])


@pytest.mark.parametrize(
    ("value", "note", "facts"),
    [
        (jnp.zeros(8), "All 8 values are 0.", {"mean": "0", "elements": "8"}),
        (jnp.full((2, 3), 0.1), "All 6 values are 0.1.", {"max": "0.1"}),
        (jnp.full(2, 500_000.5), "All 2 values are 500000.5.", {"mean": "500,000"}),
        (jnp.full(2, 0.1, jnp.bfloat16), "All 2 values are 0.1001.", {}),
        (np.full(2, 2**64 - 1), "All 2 values are 18,446,744,073,709,551,615.", {}),
        (np.full(2, -3e38, "f4"), "All 2 values are -3e+38.", {"max": "-3e+38"}),
        (jnp.full(2, 1234567), "All 2 values are 1,234,567.", {}),
        (jnp.full(2, True), "All 2 values are True.", {}),
        (jnp.full(2, 1j), "All 2 values have the magnitude 1.", {}),
        (jnp.full(5, jnp.nan), "All 5 values are NaN.", {"NaN": "5"}),
        (jnp.zeros((0, 3)), "There are no values: an axis has length 0.", {}),
        (jnp.int32(7), "", {"value": "7"}),
        (jnp.array(True), "", {"value": "True"}),
        (np.float64("nan"), "", {"value": "nan"}),
        (jax.random.key(1), "key<fry>[] is a PRNG key, not a number.", {}),
        (np.array(["a"]), "No numbers: the dtype is <U1.", {}),
    ],
)
def test_values_of_one_kind_are_a_sentence_and_no_picture(
    value: Any, note: str, facts: dict[str, str]
) -> None:
    answer, buffers = ask(run_with(None, value))
    assert answer["note"] == note
    assert (answer["histogram"], answer["heatmap"], buffers) == (None, None, [])
    assert facts.items() <= facts_of(answer).items()
    assert facts_of(answer, "about")["shape"] == str(value.shape)


def test_nan_among_equal_values_is_drawn_and_warned_of() -> None:
    answer, _ = ask(run_with(None, jnp.array([1.0, 1.0, jnp.nan])))
    assert answer["note"] == ""
    assert answer["histogram"] is not None
    warned = [fact["label"] for fact in answer["facts"] if fact.get("is_warning")]
    assert warned == ["NaN"]


def test_what_became_something_else_than_an_array_says_so() -> None:
    answer, buffers = ask(run_with(jnp.ones(3), (jnp.ones(3), 1)))
    assert answer["note"] == "(f32[3], 1) is not a single array."
    assert answer["title"] == "x  (f32[3], 1)"
    assert (answer["facts"], answer["about"], buffers) == ([], [], [])


def test_nothing_is_measured_where_nothing_is_finite() -> None:
    answer, _ = ask(run_with(None, jnp.array([jnp.nan, jnp.inf, -jnp.inf])))
    assert facts_of(answer) == {
        "elements": "3",
        "zeros": "0",
        "NaN": "1",
        "infinite": "2",
    }
    assert (answer["histogram"], answer["note"]) == (None, "")


def test_large_counts_are_short_and_exact() -> None:
    answer, _ = ask(run_with(None, jnp.arange(1_234_567, dtype=jnp.float32)))
    (elements,) = [fact for fact in answer["facts"] if fact["label"] == "elements"]
    assert elements == {"label": "elements", "text": "1.23M", "exact": "1,234,567"}


def test_ends_of_a_histogram_are_there_in_full() -> None:
    answer, _ = ask(run_with(None, jnp.array([500_000.5, 500_000.75])))
    low, high = answer["histogram"]["low"], answer["histogram"]["high"]
    assert (low["text"], high["text"]) == ("500,000", "500,001")
    assert (low["exact"], high["exact"]) == ("500000.5", "500000.75")


class Writes(nn.Module):
    """Reads or writes one state in each of its methods."""

    def setup(self) -> None:
        self.cache = self.variable("cache", "x", lambda: jnp.zeros(2))
        self.fixed = self.variable("fixed", "y", lambda: jnp.zeros(2))

    def write(self, x: jax.Array) -> None:
        self.cache.value = x

    def add(self, x: jax.Array) -> None:
        self.cache.value = self.cache.value + x

    def read(self) -> jax.Array:
        return self.cache.value + self.fixed.value


class Reads(nn.Module):
    """Has a cache at the same path as the model around it."""

    @nn.compact
    def __call__(self) -> jax.Array:
        return Writes(name="memory").read()


class UsesTwice(nn.Module):
    """Writes a cache, adds to it, reads it twice; applies another model with one."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        inner = Writes(name="memory")
        inner.write(x)
        inner.add(x)
        other = {"cache": {"memory": {"x": x}}, "fixed": {"memory": {"y": x}}}
        nested: Any = Reads(parent=None).apply(other)
        return inner.read() + inner.read() + nested


def test_calls_that_read_or_wrote_a_state_are_listed() -> None:
    given = {"cache": {"memory": {"x": jnp.zeros(2)}}}
    given["fixed"] = {"memory": {"y": jnp.zeros(2)}}
    run = unflax_viz.capture(UsesTwice(), given, jnp.ones(2), mutable=["cache"])
    for side in ("before", "after", "difference"):
        answer, _ = ask(run, "memory.add", side=side)
        assert answer["users"] == [
            {"address": "memory.write", "action": "wrote"},
            {"address": "memory.add", "action": "read and wrote"},
            {"address": "memory.read#2", "action": "read"},
            {"address": "memory.read#3", "action": "read"},
        ]
        assert answer["n_users"] == 4
    answer, _ = ask(run, "memory.read#2", entry="constants/fixed/y", side="before")
    assert [user["address"] for user in answer["users"]] == [
        "memory.read#2",
        "memory.read#3",
    ]
    nested = [call for call in run.calls() if call.is_nested][-1]
    answer, _ = ask(run, nested.address, entry="constants/cache/x", side="before")
    assert (answer["users"], answer["n_users"]) == ([], 0)


def test_donated_array_is_told_by_its_shape() -> None:
    values = jnp.arange(6.0).reshape(2, 3)
    run = run_with(values, values + 1)
    values.delete()
    answer, _ = ask(run, side="before", index=[None, 1])
    assert answer["title"] == "x[:, 1]  f32[2]"
    assert answer["note"].startswith("The array was deleted; most likely its memory")
    assert "difference" not in items.state_items(run.root)[0]["sides"]


def test_abstract_array_is_told_by_its_shape() -> None:
    shapes = jax.eval_shape(lambda: example.variables())
    run = unflax_viz.capture_abstract(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    answer, buffers = ask(
        run, "first/Dense_0", entry="parameters/params/kernel", side="before"
    )
    assert answer["note"].startswith("Only the shape is known")
    assert facts_of(answer, "about")["bytes"] == "48 B"
    assert (answer["facts"], answer["histogram"], buffers) == ([], None, [])
    assert [user["address"] for user in answer["users"]] == ["first/Dense_0"]


def test_stacked_axis_and_axis_names_are_said() -> None:
    ready = MODELS["boxes_in_vmap"].ready()
    run = unflax_viz.capture(ready.module, ready.variables, *ready.args)
    address = next(c.address for c in run.calls() if items.parameter_items(c))
    answer, _ = ask(run, address, entry="parameters/params/kernel", side="before")
    about = facts_of(answer, "about")
    assert about["axis names"] == "lanes, in, out"
    assert about["stacked"] == "axis 0: vmap x2"
    assert about["initialiser"] == "ones"


def test_axes_of_a_picture_are_an_object() -> None:
    with pytest.raises(NoSuchValueError, match="axes must be an object with rows"):
        ask(run_with(jnp.zeros(2), jnp.ones(2)), axes=[0])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"entry": "state/cache/y"}, "The call '/' holds no value 'state/cache/y'"),
        ({"entry": None}, "The call '/' holds no value None; the items of its"),
        ({"entry": ["x"]}, "The call '/' holds no value ['x']; the items of its"),
        ({"side": "later"}, "'x' has no value 'later'; it is known before and after"),
        ({"side": None}, "'x' has no value None; it is known before and after"),
        ({"side": []}, "'x' has no value []; it is known before and after"),
        ({"index": "0"}, "index must be a list with one item for each axis, not '0'."),
        ({"index": None}, "index must be a list with one item for each axis, not No"),
    ],
)
def test_request_that_does_not_fit_is_refused(
    request_: dict[str, Any], message: str
) -> None:
    run = run_with(jnp.zeros(2), jnp.ones(2))
    for answer in (ask, ask_treescope):
        with pytest.raises(NoSuchValueError) as caught:
            answer(run, **request_)
        assert str(caught.value).startswith(message)


def test_picture_has_the_axes_that_are_asked_for() -> None:
    values = jnp.arange(120.0).reshape(2, 3, 4, 5)
    axes = {"rows": 3, "column": 0, "each": 2}
    answer, buffers = ask(
        run_with(values, values + 1), index=[None, 1, None, None], axes=axes
    )
    heatmap = answer["heatmap"]
    cells = np.frombuffer(buffers[heatmap["buffer"]], "<f4")
    truth = np.asarray(values + 1)[:, 1].transpose(1, 2, 0)
    np.testing.assert_array_equal(cells.reshape(4, 5, 2), truth)
    assert (heatmap["n_pictures"], heatmap["height"], heatmap["width"]) == (4, 5, 2)
    assert (heatmap["row_axes"], heatmap["column_axis"]) == ([3], 0)
    assert (heatmap["mean_axes"], heatmap["each"]) == ([], 2)
    assert heatmap["shape"] == [2, 1, 4, 5]
    counts = np.frombuffer(buffers[answer["histogram"]["buffer"]], "<u4")
    assert counts.sum() == 40


def test_fixed_axis_cannot_be_drawn() -> None:
    values = jnp.arange(24.0).reshape(2, 3, 4)
    axes = {"rows": 1, "column": None, "each": None}
    with pytest.raises(WrongValueError, match="Axis 1 cannot be drawn"):
        ask(run_with(values, values + 1), index=[None, 1, None], axes=axes)


def test_index_that_does_not_fit_is_refused() -> None:
    run = run_with(jnp.zeros(2), jnp.ones(2))
    for index in ([2], [-1], [0, 0], [True], ["0"], [{}], [None, None]):
        for answer in (ask, ask_treescope):
            with pytest.raises(WrongValueError):
                answer(run, index=index)


def test_what_is_no_array_has_a_page_and_no_numbers() -> None:
    run = run_with(None, ("a", 1))
    with pytest.raises(NoSuchValueError, match=r"\('a', 1\) is not a single array\."):
        ask(run)
    assert "&#x27;a&#x27;" in ask_treescope(run)["html"]


def ask_treescope(run: FlaxRun, **request: Any) -> Any:
    return answer_treescope(asked(run, **request))


def test_treescope_draws_the_slice_that_is_asked_for() -> None:
    values = jnp.arange(24.0).reshape(2, 3, 4)
    run = run_with(values, values + 1)
    html = ask_treescope(run, index=[1, None, None], side="difference")["html"]
    assert "<title>x[1, :, :], after minus before</title>" in html
    assert "axis 1: 3" in html
    assert "axis 2: 4" in html
    assert "axis 0" not in html


def test_watch_rises_and_may_stop_it() -> None:
    values = jnp.arange(1e6)
    run = run_with(values, values * 2)
    fractions: list[float] = []
    answer_array(asked(run, fractions.append, side="difference"))
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert 0.9 < fractions[-1] <= 1.0

    class StoppedError(UnflaxVizError):
        """What a report raises."""

    def stop(fraction: float) -> None:
        raise StoppedError(str(fraction))

    with pytest.raises(StoppedError):
        answer_array(asked(run, stop, side="difference"))


@pytest.mark.parametrize("kind", [jnp.float32, np.float32, jnp.int32])
def test_difference_of_one_number_is_that_number(kind: Any) -> None:
    answer, _ = ask(run_with(kind(1), kind(3)), side="difference")
    assert facts_of(answer)["value"] in {"2", "2.0"}
