"""Lists the values that the scope of a call held, each with the key that finds it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from unflax_viz.describe.no_difference import why_no_difference
from unflax_viz.describe.python_code import difference_code, items_code, scope_code
from unflax_viz.describe.values import array_of
from unflax_viz.protocol import Group, Side
from unflax_viz.record.effects import FlaxParameter, FlaxState
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import constants_of, parameters_of, states_of
from unflax_viz.record.structures import leaf_paths

Path = tuple[str, ...]


def entry_key(group: Group, collection: str, name: str) -> str:
    """Returns what names a value among all values of its call."""
    return f"{group}/{collection}/{name}"


@dataclasses.dataclass(frozen=True)
class HeldValue:
    """One parameter, state or constant of a call, or an unused value of the run.

    Attributes:
      group: The list of a panel that it is in.
      collection: Its collection, "params" for a parameter.
      name: Its name in the scope of the call; for an unused value its whole path.
      path: Its whole path in the collection.
      values: What it was, by side, in order of time.
      code: Python that gives the record of a parameter or state; of others the value.
      effect: The record of a parameter or state; None for others.
    """

    group: Group
    collection: str
    name: str
    path: Path
    values: dict[Side, Any]
    code: str
    effect: FlaxParameter | FlaxState | None = None

    @property
    def key(self) -> str:
        """What names it among all values of its call."""
        return entry_key(self.group, self.collection, self.name)

    @property
    def value(self) -> Any:
        """What it was at first."""
        return next(iter(self.values.values()))

    @property
    def array_value(self) -> Any:
        """What it was at the first side at which it was an array, if at any."""
        arrays = (it for it in self.values.values() if array_of(it) is not None)
        return next(arrays, self.value)

    @functools.cached_property
    def sides(self) -> list[Side]:
        """The sides at which it is known, and "difference" where there is one."""
        sides = list(self.values)
        has_difference = self._is_replaced and not self.no_difference
        return [*sides, "difference"] if has_difference else sides

    @property
    def codes(self) -> list[str]:
        """Python that gives the value at each of `sides`."""
        return list(map(self.code_at, self.sides))

    def code_at(self, side: Side) -> str:
        """Returns Python that gives the value at one of `sides`."""
        if self.effect is None:
            return self.code
        if isinstance(self.effect, FlaxParameter):
            return f"{self.code}.value"
        if side == "difference":
            return difference_code(self.code, self.effect.before)
        return f"{self.code}.{side}"

    @property
    def first_code(self) -> str:
        """Python that gives what it was at first."""
        return self.code_at(next(iter(self.values)))

    @functools.cached_property
    def no_difference(self) -> str:
        """Why a value that the run replaced has no difference; "" for others."""
        if not self._is_replaced:
            return ""
        return why_no_difference(self.values["before"], self.values["after"])

    @property
    def _is_replaced(self) -> bool:
        """Whether it was given, and is another object after the run."""
        values = self.values
        return len(values) > 1 and values["after"] is not values["before"]


def held_parameters(node: Node) -> Iterator[HeldValue]:
    """Yields the parameters of a node's own scope."""
    for name, parameter in parameters_of(node).items():
        yield held_parameter(node, name, parameter)


def held_parameter(node: Node, name: str, parameter: FlaxParameter) -> HeldValue:
    """Names a parameter of a node's own scope."""
    code = f"{scope_code(node)}.parameters{items_code([name])}"
    values: dict[Side, Any] = {"before": parameter.value}
    return HeldValue(
        "parameters", "params", name, parameter.path, values, code, parameter
    )


def held_states(node: Node) -> Iterator[HeldValue]:
    """Yields the states of a node's own scope."""
    for (_, name), state in states_of(node).items():
        yield held_state(node, name, state)


def held_state(node: Node, name: str, state: FlaxState) -> HeldValue:
    """Names a state of a node's own scope."""
    values: dict[Side, Any] = {"before": state.before, "after": state.after}
    if state.was_created:
        del values["before"]
    code = f"{scope_code(node)}.variables{items_code([state.collection, name])}"
    return HeldValue("state", state.collection, name, state.path, values, code, state)


def held_constants(node: Node) -> Iterator[HeldValue]:
    """Yields the immutable variables of a node's own scope."""
    for (collection, name), value in constants_of(node).items():
        yield held_constant(node, collection, name, value)


def held_constant(node: Node, collection: str, name: str, value: Any) -> HeldValue:
    """Names an immutable variable of a node's own scope."""
    place = items_code([collection, name])
    code = f"{scope_code(node)}.immutable_variables{place}"
    path = (*node.path, name)
    return HeldValue("constants", collection, name, path, {"before": value}, code)


def unused_values(index: RunIndex) -> Iterator[HeldValue]:
    """Yields what the run was given and no call read."""
    for collection, tree in index.run.unused_variables.items():
        for path in leaf_paths(tree):
            yield unused_value(collection, path, _value_in(tree, path))


def find_held_value(node: Node, index: RunIndex, key: str) -> HeldValue | None:
    """Finds the value behind a key, at the cost of the call's own scope alone."""
    group, _, rest = key.partition("/")
    if group == "unused":
        return _find_unused(index, rest) if node is index.run.root else None
    # A collection may have a "/" in its name, so every place is tried.
    places = [at for at, character in enumerate(rest) if character == "/"]
    names = [(rest[:at], rest[at + 1 :]) for at in places]
    held = (_find_held(node, group, *pair) for pair in names)
    return next((each for each in held if each is not None), None)


def _find_held(node: Node, group: str, collection: str, name: str) -> HeldValue | None:
    if group == "parameters" and collection == "params":
        parameter = parameters_of(node).get(name)
        return parameter and held_parameter(node, name, parameter)
    if group == "state":
        state = states_of(node).get((collection, name))
        return state and held_state(node, name, state)
    constants = constants_of(node)
    if group == "constants" and (collection, name) in constants:
        value = constants[collection, name]
        return held_constant(node, collection, name, value)
    return None


def _find_unused(index: RunIndex, rest: str) -> HeldValue | None:
    unused = index.run.unused_variables
    path = next(_paths_named(unused, rest), None)
    if not path or len(path) < 2:
        return None
    return unused_value(path[0], path[1:], _value_in(unused, path))


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


def unused_value(collection: str, path: Path, value: Any) -> HeldValue:
    """Names a value that the run was given and no call read."""
    code = f"run.unused_variables{items_code([collection, *path])}"
    name = "/".join(map(str, path))
    return HeldValue("unused", collection, name, path, {"before": value}, code)


def _value_in(tree: Any, path: Path) -> Any:
    return functools.reduce(lambda value, name: value[name], path, tree)
