"""What a query finds is what plain Python finds, term by term and call by call."""

from __future__ import annotations

import functools
import itertools
from typing import Any, cast

import pytest

import unflax_viz
from tests.models import MODELS
from tests.query import oracle
from tests.query.golden_queries import searched_run
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.query.parsing import below_query
from unflax_viz.record.effects import FlaxParameter, FlaxState
from unflax_viz.record.index import RunIndex
from unflax_viz.record.scopes import parameters_of

RUNS = (
    "searched",
    "partitioned",
    "boxed_state",
    "attention",
    "batch_norm_train",
    "creates_in_scan",
    "sows_in_scan",
    "odd_variables",
    "mutable_all",
    "strange_names",
    "share_scope",
    "embed_attend",
    "jit_called_twice",
    "same_name_twice",
    "nnx_with_state_and_draws",
)
TERMS = (
    *oracle.CALL_TERMS,
    *oracle.PATH_TERMS,
    *oracle.WORD_TERMS,
    *oracle.ARRAY_TERMS,
)


@functools.cache
def finder_of(name: str) -> Finder:
    """Captures a model, and reads its run."""
    if name == "searched":
        return Finder(RunIndex(searched_run()))
    entry = MODELS[name]
    ready = entry.ready()
    with entry.room():
        run = unflax_viz.capture(
            ready.module, ready.variables, *ready.args, **ready.kwargs
        )
    return Finder(RunIndex(run))


def found_things(finder: Finder, lens: str, query: str) -> set[Any]:
    """Returns what identifies the parameters or states that a query finds."""
    columns = finder.contents
    firsts = columns.first_states if lens == "state" else columns.first_values
    rows = finder.rows(cast(Any, lens))
    things: set[Any] = set()
    for row in finder.hits(cast(Any, lens), query):
        use = firsts[rows.items[row]]
        call = columns.values.call[use]
        node = finder.index.table.nodes[call] if call >= 0 else None
        entry = getattr(node, "entry", 0)
        holder: FlaxParameter | FlaxState = columns.values.holders[use]
        if isinstance(holder, FlaxState):
            things.add((entry, holder.collection, holder.path))
        else:
            things.add((entry, holder.path))
    return things


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_every_term_finds_the_calls_that_plain_python_finds(name: str) -> None:
    finder = finder_of(name)
    for term in TERMS:
        found = {call.address for call in finder.find(term, "calls")}
        assert found == oracle.find_calls(finder.index.run, (term,)), term


@pytest.mark.parametrize("lens", ["parameters", "state"])
@pytest.mark.parametrize("name", RUNS)
def test_every_term_finds_the_values_that_plain_python_finds(
    name: str, lens: str
) -> None:
    finder = finder_of(name)
    for term in TERMS:
        if term.startswith(("calls", "params")):
            continue
        expected = oracle.find_things(finder.index.run, lens, (term,))
        assert found_things(finder, lens, term) == expected, term


@pytest.mark.parametrize("name", RUNS)
def test_below_a_call_is_what_it_made_at_any_depth(name: str) -> None:
    finder = finder_of(name)
    run = finder.index.run
    for caller in run.calls():
        below = list(caller.walk())[1:]
        query = below_query(caller.address)
        found = {call.address for call in finder.find(query, "calls")}
        assert found == {call.address for call in below}
        parameters = {
            (call.entry, parameter.path)
            for call in below
            for parameter in parameters_of(call).values()
        }
        assert found_things(finder, "parameters", query) == parameters


def test_below_a_path_is_below_every_call_of_it() -> None:
    finder = finder_of("searched")
    run = finder.index.run
    expected = {
        below.address
        for call in run.calls()
        if call.path == ("second",)
        for below in list(call.walk())[1:]
    }
    found = {call.address for call in finder.find("below:second", "calls")}
    assert found == expected
    assert len([call for call in run.calls() if call.path == ("second",)]) > 1


def test_terms_together_hold_of_one_array_and_one_call() -> None:
    finder = finder_of("searched")
    some = ("class:Dense", "**/*_0", "dense", *oracle.ARRAY_TERMS)
    for terms in itertools.combinations(some, 2):
        query = " ".join(terms)
        found = {call.address for call in finder.find(query, "calls")}
        assert found == oracle.find_calls(finder.index.run, terms), query
        values = found_things(finder, "parameters", query)
        assert values == oracle.find_things(finder.index.run, "parameters", terms)


@pytest.mark.parametrize("lens", ["calls", "modules", "parameters", "state", "draws"])
def test_a_negated_term_leaves_out_what_it_alone_would_find(lens: Any) -> None:
    finder = finder_of("searched")
    everything = finder.find("", lens)
    for term in TERMS:
        found = {id(thing) for thing in finder.find(term, lens)}
        left = finder.find(f"-{term}", lens)
        assert [id(t) for t in everything if id(t) not in found] == [
            id(t) for t in left
        ], term


def test_modules_are_found_by_any_of_their_calls() -> None:
    finder = finder_of("searched")
    for term in TERMS:
        calls = finder.find(term, "calls")
        expected = {(call.entry, call.path) for call in calls}
        modules = finder.find(term, "modules")
        assert {(module.entry, module.path) for module in modules} == expected, term
        assert len(modules) == len(expected)


def test_draws_are_found_by_their_own_stream_and_their_call() -> None:
    finder = finder_of("searched")
    run = finder.index.run
    drawn = [
        (call.address, draw)
        for call in run.calls()
        for rng in oracle.rngs_of(call)
        for draw in rng.draws
    ]
    assert [draw for _, draw in drawn] == list(finder.find("", "draws"))
    assert list(finder.find("stream:drop* second", "draws")) == [
        draw for address, draw in drawn if address.startswith("second")
    ]
    assert finder.find("stream:params", "draws") == ()
    assert len(finder.find("dropout", "draws")) == len(drawn)


@pytest.mark.parametrize("name", RUNS)
def test_counts_need_no_columns(name: str) -> None:
    read = finder_of(name)
    unread = Finder(read.index)
    assert unread.count() == {
        lens: int((read.rows(lens).items >= 0).sum()) for lens in LENSES
    }
