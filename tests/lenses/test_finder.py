"""A run is read once, from any thread, and searched from Python."""

from __future__ import annotations

import concurrent.futures
import pickle
import threading
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from tests import example
from unflax_viz.errors import (
    QueryError,
    WrongArgumentError,
    WrongValueError,
)
from unflax_viz.lenses.finder import Finder, finder_of
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.record.index import RunIndex


def test_find_returns_what_the_record_holds() -> None:
    run = example.run()
    calls = run.find("class:Dense")
    assert [call.address for call in calls] == [
        "first/Dense_0",
        "second/Dense_0",
        "second/Dense_0#2",
    ]
    assert calls[0] is run.at("first/Dense_0")
    modules = run.find("class:Dense", lens="modules")
    assert modules == (run.at("first/Dense_0"), run.at("second/Dense_0"))
    (draw,) = run.find("stream:dropout first", lens="draws")
    scope = run.at("first/Dropout_0").scope_data
    assert scope is not None
    assert draw is scope.rngs["dropout"].draws[0]
    states = run.find("first", lens="state")
    assert [state.name for state in states] == [
        "first.BatchNorm_0.mean",
        "first.BatchNorm_0.var",
    ]


def test_parameters_stand_from_the_largest_to_the_smallest() -> None:
    found = example.run().find("size>3 class:Dense", lens="parameters")
    assert [parameter.name for parameter in found] == [
        "second.Dense_0.kernel",
        "first.Dense_0.kernel",
        "first.Dense_0.bias",
        "second.Dense_0.bias",
    ]
    (unused,) = example.run().find("is:unused", lens="parameters")
    assert (unused.name, unused.users) == ("forgotten.kernel", ())
    assert example.run().find("is:unused") == ()


def test_an_empty_query_finds_everything() -> None:
    run = example.run()
    assert run.find("") == run.calls()
    assert run.find(" ", "calls") == run.calls()


def test_a_search_that_cannot_be_made_is_an_error() -> None:
    run = example.run()
    with pytest.raises(QueryError):
        run.find("is:foo")
    with pytest.raises(WrongValueError) as caught:
        run.find("", lens="call")
    assert str(caught.value) == (
        "There is no lens 'call'; the lenses are calls, modules, classes, "
        "parameters, state, draws."
    )
    assert caught.value.given == "call"
    query: Any = 3
    with pytest.raises(WrongArgumentError) as wrong:
        run.find(query)
    assert str(wrong.value) == (
        "A query is a string such as 'class:Dense is:shared', not 3."
    )


def test_a_run_has_one_finder_however_many_threads_ask() -> None:
    run = pickle.loads(pickle.dumps(example.run()))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        finders = set(pool.map(lambda _: finder_of(run), range(32)))
    assert finders == {finder_of(run)}
    assert finder_of(pickle.loads(pickle.dumps(run))) is not finder_of(run)


def test_a_searched_run_can_still_be_pickled() -> None:
    run = example.run()
    run.find("dense")
    copy = pickle.loads(pickle.dumps(run))
    assert [c.address for c in copy.find("dense")] == [
        c.address for c in run.find("dense")
    ]


def test_counts_are_the_same_before_and_after_the_columns_are_there() -> None:
    finder = Finder(RunIndex(example.run()))
    before = finder.count()
    finder.prepare()
    assert finder.count() == before
    assert before == {
        "calls": 14,
        "modules": 9,
        "classes": 9,
        "parameters": 10,
        "state": 5,
        "draws": 3,
    }
    assert before == {lens: len(finder.find("", lens)) for lens in LENSES}
    assert {lens: len(finder.hits(lens, "kernel")) for lens in LENSES} == {
        "calls": 0,
        "modules": 0,
        "classes": 0,
        "parameters": 3,
        "state": 0,
        "draws": 0,
    }


def test_one_finder_answers_many_threads() -> None:
    finder = Finder(RunIndex(example.run()))
    found: list[int] = []

    def search(query: str) -> None:
        found.append(len(finder.hits("calls", query)))

    queries = ["dense", "class:Dense", "is:nan", "first"] * 8
    threads = [threading.Thread(target=search, args=(query,)) for query in queries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([3, 3, 0, 4] * 8)


def test_what_is_broken_is_known_once_somebody_asked() -> None:
    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            state = self.variable("stats", "last", lambda: jnp.zeros(3))
            state.value = x / jnp.zeros(3)
            for name in ("f8", "bf16", "whole", "complex"):
                self.param(name, nn.initializers.ones, (3,))
            return x

    nan = jnp.array([1.0, jnp.nan, 2.0])
    variables: Any = {
        "params": {
            "f8": nan.astype(jnp.float8_e4m3fn),
            "bf16": nan.astype(jnp.bfloat16),
            "whole": np.ones(3, np.int32),
            "complex": np.array([0, 1, complex(np.inf, np.nan)], np.complex64),
        },
        "stats": {"last": jnp.zeros(3)},
    }
    run = unflax_viz.capture(
        Holder(), variables, jnp.array([1.0, 0.0, 2.0]), mutable=["stats"]
    )
    finder = Finder(RunIndex(run))
    finder.prepare()
    assert finder.broken_values is None
    assert len(finder.find("is:nan", "calls")) == 1
    broken = finder.broken_values
    assert broken is not None
    assert broken.calls_with_nan == {0}
    assert {p.path[-1] for p in finder.find("is:nan", "parameters")} == {
        "f8",
        "bf16",
        "complex",
    }
    assert {p.path[-1] for p in finder.find("is:inf", "parameters")} == {"complex"}
    assert len(finder.find("is:nan is:inf", "state")) == 1


def test_broken_numbers_of_python_are_found_without_an_array() -> None:
    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for name in ("whole", "fine", "nan", "inf", "pair"):
                self.get_variable("stats", name)
            state = self.variable("cache", "loss", float)
            state.value = float("nan")
            self.variable("cache", "note", lambda: "none")
            return x

    variables: Any = {
        "stats": {
            "whole": 3,
            "fine": 1.5,
            "nan": float("nan"),
            "inf": -float("inf"),
            "pair": {"array": np.ones(2), "scale": complex(1, float("inf"))},
        },
        "cache": {"loss": 0.0, "note": "none"},
    }
    run = unflax_viz.capture(Holder(), variables, jnp.ones(2), mutable=["cache"])
    finder = Finder(RunIndex(run))
    broken, values = finder.find_broken_values(), finder.contents.values
    names = np.array([finder.contents.names.texts[name] for name in values.name])
    assert set(names[broken.has_nan]) == {"nan", "loss"}
    assert set(names[broken.has_inf]) == {"inf", "pair"}
    assert broken.calls_with_nan == {0}
    assert len(finder.find("is:nan collection:cache", "state")) == 1


def test_an_abstract_run_has_nothing_broken() -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    assert run.find("is:nan,inf") == ()
    assert len(run.find("dense")) == 3


def test_reading_all_values_says_how_far_it_is_and_can_be_stopped() -> None:
    finder = Finder(RunIndex(example.run()))
    told: list[float] = []
    assert finder.find_broken_values(told.append) is finder.broken_values
    assert told == sorted(told)
    assert told[0] == 0.0
    assert 0.0 < told[-1] <= 1.0

    def stop(fraction: float) -> None:
        raise KeyboardInterrupt

    stopped = Finder(RunIndex(example.run()))
    with pytest.raises(KeyboardInterrupt):
        stopped.find_broken_values(stop)
    assert stopped.broken_values is None
    assert stopped.hits("calls", "is:nan") == []


def test_rows_are_there_while_values_are_read() -> None:
    finder = Finder(RunIndex(example.run()))

    def look_elsewhere(fraction: float) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            hits = pool.submit(finder.hits, "calls", "dense").result(timeout=20)
        assert hits

    finder.find_broken_values(look_elsewhere)


def test_a_very_large_run_is_counted_after_its_first_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("unflax_viz.lenses.finder._MAX_COUNTED", 3)
    finder = Finder(RunIndex(example.run()))
    assert set(finder.count()) == {"calls", "state", "draws"}
    finder.prepare()
    assert set(finder.count()) == set(LENSES)


@pytest.mark.parametrize("query", ["is:nan", "is:nan,inf", "-is:inf"])
def test_nan_is_not_denied_where_no_value_can_be_read(query: str) -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    shapes = jax.eval_shape(lambda: example.variables())
    unread = unflax_viz.capture_abstract(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    run.find(query)
    with pytest.raises(QueryError) as caught:
        unread.find(query)
    assert caught.value.message == (
        f"'{query.removeprefix('-')}' finds nothing here: all arrays of this run have "
        "shapes only."
    )


class _Holding(nn.Module):
    """Reads arrays of any kind."""

    @nn.compact
    def __call__(self, *names: str) -> int:
        return sum(self.get_variable("things", name) is not None for name in names)


def holding(**things: Any) -> unflax_viz.FlaxRun:
    return unflax_viz.capture(_Holding(), {"things": things}, *things)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (
            np.array(["a", "bc"]),
            "all arrays of this run are of dtype <U2, which has no NaN and no infinity",
        ),
        (
            jax.random.key(0),
            "all arrays of this run are of dtype key<fry>, which has no NaN and no "
            "infinity",
        ),
        (
            np.array([float("nan"), None], object),
            "all arrays of this run are of dtype object, in which NaN and infinities "
            "are not looked for",
        ),
    ],
)
def test_is_nan_says_which_dtypes_it_does_not_look_into(
    array: Any, reason: str
) -> None:
    with pytest.raises(QueryError) as caught:
        holding(a=array).find("is:nan")
    assert caught.value.message == f"'is:nan' finds nothing here: {reason}."


def test_is_nan_names_each_cause_of_unread_arrays() -> None:
    deleted = jnp.ones(2)
    run = holding(a=deleted, b=jax.ShapeDtypeStruct((2,), jnp.float32), c="text")
    deleted.delete()
    with pytest.raises(QueryError) as caught:
        run.find("is:nan")
    assert caught.value.message == (
        "'is:nan' finds nothing here: some arrays of this run were deleted, most "
        "likely donated to a later call; some arrays of this run have shapes only."
    )


@pytest.mark.parametrize(
    "things",
    [
        {"a": np.array(["a"]), "b": float("inf")},
        {"a": np.array(["a"]), "b": jnp.ones(2)},
        {"a": np.arange(3)},
        {"a": jax.ShapeDtypeStruct((2,), jnp.int32)},
    ],
)
def test_is_nan_is_answered_where_values_can_be_read_or_are_whole(
    things: dict[str, Any],
) -> None:
    assert holding(**things).find("is:nan") == ()


def test_state_of_an_abstract_run_is_written_and_not_said_to_have_changed() -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    states = run.find("is:changed", lens="state")
    assert states
    assert {state.change for state in states} == {"written"}
    exact = example.run().find("is:changed", lens="state")
    assert {state.change for state in exact} == {"changed"}
