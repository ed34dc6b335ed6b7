"""The bars of a call add up to what the run table counts."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.describe.model_runs import NAMES, traced_run
from unflax_viz.describe.bars import MAX_BARS, bar_charts
from unflax_viz.protocol import BarChart
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import parameters_of
from unflax_viz.record.structures import count_elements


def charts(run: FlaxRun, address: str = "/") -> dict[str, BarChart]:
    return {it["title"]: it for it in bar_charts(run.at(address), RunIndex(run))}


def texts(chart: BarChart) -> dict[str, list[str]]:
    return {
        it["name"]: [each["text"] for each in it["amounts"]] for it in chart["bars"]
    }


def test_children_stand_by_size_and_select_themselves() -> None:
    chart = charts(example.run())["By child"]
    assert chart["columns"] == ["parameters", "bytes", "calls"]
    assert texts(chart) == {
        "second": ["28", "112 B", "4"],
        "second#2": ["28", "112 B", "4"],
        "first": ["24", "96 B", "4"],
        ".head": ["3", "12 B", "1"],
    }
    last = chart["bars"][-1]
    assert (last["address"], last["search"]) == ("/.head", None)
    assert last["shares"] == [0.1071, 0.1071, 0.25]


def test_classes_count_what_their_own_calls_hold_and_list_them() -> None:
    run = example.run()
    chart = charts(run)["By class"]
    assert texts(chart)["Dense"] == ["36", "144 B", "3"], "a shared kernel counts once"
    for bar in chart["bars"]:
        search = bar["search"]
        assert search is not None
        found = run.find(search["query"], search["lens"])
        assert {call.class_name for call in found} == {bar["name"]}
        assert bar["amounts"][-1]["text"] == str(len(found))


def test_bars_of_a_call_count_and_list_what_is_below_it() -> None:
    run = example.run()
    chart = charts(run, "second")["By class"]
    assert texts(chart)["Dense"] == ["20", "80 B", "1"]
    (search,) = [it["search"] for it in chart["bars"] if it["name"] == "Dense"]
    assert search is not None
    assert [call.address for call in run.find(search["query"])] == ["second/Dense_0"]


def test_call_without_calls_has_no_bars() -> None:
    assert charts(example.run(), "first/Dense_0") == {}


@pytest.mark.parametrize("name", NAMES)
def test_amounts_of_classes_are_those_of_their_calls(name: str) -> None:
    run = traced_run(name)
    for chart in bar_charts(run.root, RunIndex(run)):
        if chart["title"] != "By class" or "parameters" not in chart["columns"]:
            continue
        for bar in chart["bars"]:
            held: dict[Any, int] = {}
            for call in run.calls():
                if call.class_name == bar["name"]:
                    for parameter in parameters_of(call).values():
                        key = (call.entry, parameter.path)
                        held[key] = count_elements(parameter.value)
            exact = bar["amounts"][0]["exact"].split()[0]
            assert int(exact.replace(",", "")) == sum(held.values()), bar["name"]


class Drops(nn.Module):
    """Many children, and no parameters."""

    n_children: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(self.n_children):
            x = nn.Dropout(0.5, deterministic=True)(x)
        return x


def test_columns_of_nothing_are_left_out_and_more_bars_are_counted() -> None:
    run = unflax_viz.capture_abstract(Drops(MAX_BARS + 5), {}, jnp.ones((1, 2)))
    chart = charts(run)["By child"]
    assert chart["columns"] == ["calls"]
    assert (len(chart["bars"]), chart["n_rest"]) == (MAX_BARS, 5)
