"""Finds the calls that read or wrote the same state."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator

from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import constants_of, states_of

StateKey = tuple[int, str, str]
"""The model that a value belongs to, its collection, and its path joined by "/"."""


@dataclasses.dataclass(frozen=True)
class StateUse:
    """What one call did with a state, or with a variable that it could only read.

    Attributes:
      address: The call.
      was_read: Whether it read the value.
      was_written: Whether it wrote one.
    """

    address: str
    was_read: bool
    was_written: bool


def state_key(node: Node, collection: str, path: Iterable[str]) -> StateKey:
    """Returns what names a state among all states of a run, and of models inside it."""
    entry = node.entry if isinstance(node, InterceptedFlaxModuleMethod) else 0
    return entry, collection, "/".join(path)


def shared_states(nodes: Iterable[Node]) -> dict[StateKey, list[StateUse]]:
    """Finds the states that more than one of some calls used, with their uses in order.

    A place that could not be seen used nothing that is known.
    """
    uses: dict[StateKey, list[StateUse]] = collections.defaultdict(list)
    for node in nodes:
        for key, use in _uses_in(node):
            uses[key].append(use)
    return {key: used for key, used in uses.items() if len(used) > 1}


def _uses_in(node: Node) -> Iterator[tuple[StateKey, StateUse]]:
    for (collection, _), state in states_of(node).items():
        key = state_key(node, collection, state.path)
        yield key, StateUse(node.address, state.was_read, state.was_written)
    for collection, name in constants_of(node):
        key = state_key(node, collection, (*node.path, name))
        yield key, StateUse(node.address, True, False)
