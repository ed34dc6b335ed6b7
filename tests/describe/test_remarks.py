"""What stands out in a call, and where each remark leads."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.describe.model_runs import NAMES, traced_run
from unflax_viz.describe import changes
from unflax_viz.describe.remarks import MAX_REMARKS, remarks_of
from unflax_viz.protocol import Remark
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun, Node


def remarks(run: FlaxRun, node: Node | None = None) -> dict[str, list[Remark]]:
    found = remarks_of(node or run.root, RunIndex(run))
    return {each["title"]: each["remarks"] for each in found}


def test_changes_are_counted_by_collection_and_the_largest_is_named() -> None:
    run = example.run()
    sown, counted, moved = remarks(run)["Changed"]
    assert sown["text"] == "intermediates: 1 changed state"
    assert counted["text"] == "batch_stats: 4 changed states"
    assert moved["text"] == "second/BatchNorm_0/var moved most, by 0.01961"
    assert (moved["tab"], moved["entry"]) == ("state", "state/batch_stats/var")
    scope = run.at(moved["address"]).scope_data
    assert scope is not None
    state = scope.variables["batch_stats"]["var"]
    moves = jnp.abs(state.after - state.before)
    assert f"{float(moves.max()):.4g}" == "0.01961"
    assert counted["search"] is not None
    assert len(run.find(**counted["search"])) == 4


def test_changes_of_a_call_are_those_in_it() -> None:
    run = example.run()
    counted, _ = remarks(run, run.at("first"))["Changed"]
    assert counted["text"] == "batch_stats: 2 changed states"
    assert counted["search"] is not None
    assert len(run.find(**counted["search"])) == 2


def test_without_values_states_are_written_and_none_moved_most() -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    found = remarks(run)
    assert "Changed" not in found
    assert [remark["text"] for remark in found["Written"]] == [
        "intermediates: 1 written state",
        "batch_stats: 4 written states",
    ]


class Drawer(nn.Module):
    """Draws one key from two streams."""

    @nn.compact
    def __call__(self) -> None:
        self.make_rng("a")
        self.make_rng("b")


def test_repeated_keys_and_unused_streams_are_named() -> None:
    key = jax.random.key(0)
    run = unflax_viz.capture(Drawer(), {}, rngs={"a": key, "b": key, "c": key})
    found = remarks(run)
    (repeated,) = found["Odd draws"]
    assert repeated["text"] == "the same key: / a#1, / b#1"
    assert (repeated["address"], repeated["tab"]) == ("/", "rngs")
    assert found["Not used"][0]["text"] == "the stream c, which was given"


class Noisy(nn.Module):
    """Draws from a stream that is not given."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(30):
            x = nn.Dropout(0.5, deterministic=False)(x)
        return x


def test_what_is_said_of_many_draws_alone_is_said_once() -> None:
    rngs = {"params": jax.random.key(0)}
    run = unflax_viz.capture_abstract(Noisy(), {}, jnp.ones((1, 2)), rngs=rngs)
    (served,) = remarks(run)["Odd draws"]
    assert served["text"].startswith("served by params: Dropout_0 dropout#1, Dropout_1")
    assert served["text"].endswith(" and 27 more")
    assert served["search"] is not None
    assert len(run.find(**served["search"])) == 30
    assert remarks(run, run.at("Dropout_3"))["Odd draws"][0]["text"] == (
        "served by params: Dropout_3 dropout#1"
    )


class Fails(nn.Module):
    """Raises in a layer."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dropout(0.5, deterministic=False)(x)
        return nn.Conv(2, (3, 3, 3))(x)


def failed_run() -> FlaxRun:
    rngs = {"params": jax.random.key(0)}
    spare = {"params": {"spare": jnp.ones(1)}}
    with unflax_viz.recording() as runs, pytest.raises(Exception):  # noqa: B017, PT011
        Fails().apply(spare, jnp.ones((1, 2)), rngs=rngs)
    return runs[0]


def test_what_raised_comes_first_and_nothing_is_called_unused() -> None:
    found = remarks(failed_run())
    assert next(iter(found)) == "Raised"
    assert found["Raised"][0]["address"] == "Conv_0"
    assert "Not used" not in found


@pytest.mark.parametrize("name", NAMES)
def test_every_remark_leads_to_what_is_there(name: str) -> None:
    run = traced_run(name)
    index = RunIndex(run)
    for node in index.table.nodes:
        for each in remarks_of(node, index):
            assert 0 < len(each["remarks"]) <= MAX_REMARKS
            for remark in each["remarks"]:
                if remark["address"]:
                    assert index.table.row_of(remark["address"]) is not None
                if remark["search"]:
                    assert run.find(**remark["search"]), remark["text"]


def test_changes_of_very_many_calls_are_counted_and_listed_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes, "_MAX_CALLS", 2)
    run = example.run()
    (counted,) = remarks(run)["Changed"]
    assert counted["text"] == "5 changed states"
    assert counted["search"] == {"lens": "state", "query": "is:changed"}
    assert len(run.find(lens="state", query="is:changed")) == 5
