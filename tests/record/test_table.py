"""Totals by running sums are those of a plain walk, whatever is shared."""

from __future__ import annotations

from typing import Any

import pytest

import unflax_viz
from tests.models import MODELS, Model
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import parameters_of, rngs_of, states_of
from unflax_viz.record.structures import count_bytes, count_elements
from unflax_viz.record.table import RunTable, Total

SUBJECTS = [
    entry
    for entry in MODELS.values()
    if entry.theme in ("structure", "state", "rngs")
    and not (entry.is_slow or entry.needs_values or entry.needs_recursion)
]


def run_of(entry: Model) -> FlaxRun:
    ready = entry.ready()
    return unflax_viz.capture_abstract(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


def test_calls_are_counted_up_to_a_row_and_itself() -> None:
    run = run_of(MODELS["wide"])
    table = RunTable(run)
    numbers = [table.n_calls_until(row) for row in range(len(table))]
    assert numbers == list(range(1, len(table) + 1))


def total_by_walking(call: InterceptedFlaxModuleMethod) -> Total:
    parameters: dict[Any, Any] = {}
    changed: set[Any] = set()
    n_calls = n_draws = 0
    for below in call.walk():
        n_calls += 1
        n_draws += sum(len(rng.draws) for rng in rngs_of(below))
        for parameter in parameters_of(below).values():
            parameters.setdefault((below.entry, parameter.path), parameter.value)
        for state in states_of(below).values():
            if state.has_changed:
                changed.add((below.entry, state.collection, state.path))
    values = parameters.values()
    return Total(
        n_calls=n_calls,
        n_parameters=sum(map(count_elements, values)),
        n_bytes=sum(map(count_bytes, values)),
        n_changed=len(changed),
        n_draws=n_draws,
    )


@pytest.mark.parametrize("entry", SUBJECTS, ids=lambda entry: entry.name)
def test_totals_are_those_of_a_plain_walk(entry: Model) -> None:
    table = RunTable(run_of(entry))
    for row, node in enumerate(table.nodes):
        if isinstance(node, InterceptedFlaxModuleMethod):
            assert table.total_of(row) == total_by_walking(node), node.address


@pytest.mark.parametrize("entry", SUBJECTS[:12], ids=lambda entry: entry.name)
def test_rows_below_a_row_follow_it(entry: Model) -> None:
    run = run_of(entry)
    table = RunTable(run)
    assert table.addresses == list(run.paths())
    for row, node in enumerate(table.nodes):
        below = range(row + 1, table.ends[row])
        children = [table.nodes[r] for r in below if table.parents[r] == row]
        assert children == list(getattr(node, "children", ()))
        assert table.row_of(node.address) == row
