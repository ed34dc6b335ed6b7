"""Which values did the scope of a call hold, and by which key are they found?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from unflax_viz.describe.python_code import items_code, scope_code
from unflax_viz.describe.values import array_of
from unflax_viz.protocol import Group, Moment
from unflax_viz.record.effects import FlaxParameter, FlaxState
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import constants_of, parameters_of, states_of
from unflax_viz.record.structures import leaf_paths
from unflax_viz.summary.values import find_missing_values

Path = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class HeldValue:
    """One parameter, state or constant of a call, or an unused value of the run.

    Attributes:
      group: The list of a panel that it is in.
      collection: Its collection, "params" for a parameter.
      name: Its name in the scope of the call; for an unused value its whole path.
      values: What it was, by moment, in order of time.
      code: Python that gives the first of `values`.
      effect: The record of a parameter or state; None for others.
    """

    group: Group
    collection: str
    name: str
    values: dict[Moment, Any]
    code: str
    effect: FlaxParameter | FlaxState | None = None

    @property
    def key(self) -> str:
        """What names it among all values of its call."""
        return f"{self.group}/{self.collection}/{self.name}"

    @property
    def value(self) -> Any:
        """What it was at first."""
        return next(iter(self.values.values()))

    @property
    def moments(self) -> list[Moment]:
        """The moments at which it is known, and "difference" where there is one."""
        moments = list(self.values)
        return [*moments, "difference"] if self._has_difference() else moments

    def _has_difference(self) -> bool:
        state = self.effect
        if not isinstance(state, FlaxState) or state.was_created:
            return False
        if state.after is state.before:
            return False
        before, after = array_of(state.before), array_of(state.after)
        if before is None or after is None or before.shape != after.shape:
            return False
        return (
            find_missing_values(before) is None and find_missing_values(after) is None
        )


def held_parameters(node: Node) -> Iterator[HeldValue]:
    """Yields the parameters of a node's own scope."""
    for name, parameter in parameters_of(node).items():
        code = f"{scope_code(node)}.parameters{items_code([name])}.value"
        yield HeldValue(
            "parameters", "params", name, {"before": parameter.value}, code, parameter
        )


def held_states(node: Node) -> Iterator[HeldValue]:
    """Yields the states of a node's own scope."""
    for (collection, name), state in states_of(node).items():
        values: dict[Moment, Any] = {"before": state.before, "after": state.after}
        if state.was_created:
            del values["before"]
        place = f"{scope_code(node)}.variables{items_code([collection, name])}"
        code = f"{place}.{next(iter(values))}"
        yield HeldValue("state", collection, name, values, code, state)


def held_constants(node: Node) -> Iterator[HeldValue]:
    """Yields the immutable variables of a node's own scope."""
    for (collection, name), value in constants_of(node).items():
        place = items_code([collection, name])
        code = f"{scope_code(node)}.immutable_variables{place}"
        yield HeldValue("constants", collection, name, {"before": value}, code)


def unused_values(index: RunIndex) -> Iterator[HeldValue]:
    """Yields what the run was given and no call read."""
    for collection, tree in index.run.unread_variables.items():
        for path in leaf_paths(tree):
            yield _unused(index, collection, path)


def find_held_value(node: Node, index: RunIndex, key: str) -> HeldValue | None:
    """Finds the value behind a key, at the cost of the call's own scope alone."""
    group, _, rest = key.partition("/")
    if group == "unused":
        return _find_unused(index, rest) if node is index.run.root else None
    sources = {
        "parameters": held_parameters,
        "state": held_states,
        "constants": held_constants,
    }
    if group not in sources:
        return None
    return next((held for held in sources[group](node) if held.key == key), None)


def _find_unused(index: RunIndex, rest: str) -> HeldValue | None:
    path = next(_paths_named(index.run.unread_variables, rest), None)
    return None if not path or len(path) < 2 else _unused(index, path[0], path[1:])


def _paths_named(tree: Any, name: str) -> Iterator[Path]:
    """Yields the paths in nested dicts whose parts, joined by "/", give `name`.

    A name in the model may hold a "/" itself, so every beginning is tried.
    """
    parts = name.split("/")
    for length in range(1, len(parts) + 1):
        first = "/".join(parts[:length])
        if not isinstance(tree, Mapping) or first not in tree:
            continue
        child, rest = tree[first], "/".join(parts[length:])
        if length == len(parts):
            if not isinstance(child, dict):
                yield (first,)
        else:
            yield from ((first, *path) for path in _paths_named(child, rest))


def _unused(index: RunIndex, collection: str, path: Path) -> HeldValue:
    value = index.run.unread_variables[collection]
    for name in path:
        value = value[name]
    code = f"run.unread_variables{items_code([collection, *path])}"
    return HeldValue(
        "unused", collection, "/".join(map(str, path)), {"before": value}, code
    )
