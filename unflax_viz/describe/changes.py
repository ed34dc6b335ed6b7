"""How far the states of a run moved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from unflax_viz.describe.values import array_of
from unflax_viz.record.effects import FlaxState
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import states_of
from unflax_viz.record.state_uses import state_key
from unflax_viz.record.structures import count_bytes

_MAX_CALLS = 1_000
"""A reader does not wait for what moved most in more calls than that."""

_MAX_BYTES = 4_000_000
"""As much of one state is compared in any case, and what was compared is at hand."""


@dataclasses.dataclass(frozen=True)
class ChangedState:
    """A state that the run changed.

    Attributes:
      node: The first call that changed it.
      name: Its name in the scope of that call.
      state: The state.
    """

    node: Node
    name: str
    state: FlaxState


@dataclasses.dataclass(frozen=True)
class LargestChange:
    """The state that moved most.

    Attributes:
      changed: The state.
      size: The greatest difference of one of its elements, after and before the run.
    """

    changed: ChangedState
    size: float


def changed_states(node: Node, index: RunIndex) -> list[ChangedState] | None:
    """Returns the states that a call and all below it changed, each once, in order.

    None where more than 1,000 calls changed one.
    """
    found: dict[Any, ChangedState] = {}
    table = index.table
    rows = table.rows_within(table.changed_rows, index.row_of(node))
    if len(rows) > _MAX_CALLS:
        return None
    for row in rows.tolist():
        call = table.nodes[row]
        for (collection, name), state in states_of(call).items():
            if state.has_changed:
                key = state_key(call, collection, state.path)
                found.setdefault(key, ChangedState(call, name, state))
    return list(found.values())


def largest_change(states: Iterable[ChangedState]) -> LargestChange | None:
    """Finds the state that moved most, where that is known without a wait.

    Args:
      states: States that changed; those that the run made had no value before.

    Returns:
      None where there is none, where a value is not known or is not of real numbers,
      where a difference is NaN, and where all together take more than 4 MB.
    """
    found: LargestChange | None = None
    n_bytes = 0
    for changed in states:
        if changed.state.was_created:
            continue
        n_bytes += count_bytes(changed.state.after)
        size = _change_of(changed.state) if n_bytes <= _MAX_BYTES else None
        if size is None:
            return None
        if found is None or size > found.size:
            found = LargestChange(changed, size)
    return found


def _change_of(state: FlaxState) -> float | None:
    before, after = _numbers_of(state.before), _numbers_of(state.after)
    if before is None or after is None or before.shape != after.shape:
        return None
    with np.errstate(all="ignore"):
        size = np.abs(after - before).max(initial=0.0)
    return None if np.isnan(size) else float(size)


def _numbers_of(value: Any) -> np.ndarray | None:
    """Returns the real numbers of a value as float64; None where it has none."""
    array = array_of(value)
    try:
        numbers = None if array is None else np.asarray(array)
        if numbers is None or np.iscomplexobj(numbers):
            return None
        return numbers.astype(np.float64)
    except Exception:
        # Shapes, keys, texts, deleted arrays, and parts of other processes.
        return None
