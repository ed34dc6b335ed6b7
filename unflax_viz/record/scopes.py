"""What the own scope of a node of a run held; empty where nothing was captured."""

from __future__ import annotations

from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState
from unflax_viz.record.run import Node


def parameters_of(node: Node) -> dict[str, FlaxParameter]:
    """Returns the parameters of a node's own scope by name."""
    return node.scope_data.parameters if node.scope_data else {}


def states_of(node: Node) -> dict[tuple[str, str], FlaxState]:
    """Returns the states of a node's own scope by collection and name."""
    by_collection = node.scope_data.variables.items() if node.scope_data else ()
    return {
        (collection, name): state
        for collection, states in by_collection
        for name, state in states.items()
    }


def constants_of(node: Node) -> dict[tuple[str, str], object]:
    """Returns the immutable variables of a node's scope by collection and name."""
    scope = node.scope_data
    by_collection = scope.immutable_variables.items() if scope else ()
    return {
        (collection, name): value
        for collection, values in by_collection
        for name, value in values.items()
    }


def rngs_of(node: Node) -> list[FlaxRng]:
    """Returns the streams that a node's own scope drew from."""
    return list(node.scope_data.rngs.values()) if node.scope_data else []
