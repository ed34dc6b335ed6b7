"""Parents and totals: a shared thing counts once."""

from __future__ import annotations

from tests import example
from unflax_viz.record.index import RunIndex, Total


def test_totals_count_shared_parameters_and_states_once() -> None:
    index = RunIndex(example.run())
    dense = 3 * 4 + 4
    second_dense = 4 * 4 + 4
    assert index.total_of(example.run().root) == Total(
        n_calls=14,
        n_parameters=3 + dense + 8 + second_dense + 8,
        n_bytes=4 * (3 + dense + 8 + second_dense + 8),
        n_changed=5,
        n_draws=3,
    )
    assert index.table.streams == {"dropout"}
    assert index.total_of(example.run().at("second#2")).n_parameters == 28


def test_parent_is_the_caller() -> None:
    index = RunIndex(example.run())
    parent = index.parent_of(example.run().at("second/Dense_0#2"))
    assert parent is example.run().at("second#2")
    assert index.parent_of(example.run().root) is None
