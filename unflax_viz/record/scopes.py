"""What did a node of a run call, and what did its own scope hold?

A place that was not captured called nothing and held nothing.
"""

from __future__ import annotations

from typing import cast

from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState
from unflax_viz.record.run import Node


def children_of(node: Node) -> tuple[Node, ...]:
    """Returns what a node called; nothing for a place that was not captured."""
    return node.children if isinstance(node, InterceptedFlaxModuleMethod) else ()


def parameters_of(node: Node) -> dict[str, FlaxParameter]:
    """Returns the parameters of a node's own scope by name."""
    scope = _scope_of(node)
    return cast("dict[str, FlaxParameter]", scope.parameters if scope else {})


def states_of(node: Node) -> dict[tuple[str, str], FlaxState]:
    """Returns the states of a node's own scope by collection and name."""
    scope = _scope_of(node)
    by_collection = scope.variables.items() if scope else ()
    return {
        (collection, name): cast(FlaxState, state)
        for collection, states in by_collection
        for name, state in states.items()
    }


def constants_of(node: Node) -> dict[tuple[str, str], object]:
    """Returns the immutable variables of a node's scope by collection and name."""
    scope = _scope_of(node)
    by_collection = scope.immutable_variables.items() if scope else ()
    return {
        (collection, name): value
        for collection, values in by_collection
        for name, value in values.items()
    }


def rngs_of(node: Node) -> list[FlaxRng]:
    """Returns the streams that a node's own scope drew from."""
    scope = _scope_of(node)
    return cast("list[FlaxRng]", list(scope.rngs.values()) if scope else [])


def _scope_of(node: Node) -> InterceptedFlaxScopeData | None:
    return node.scope_data if isinstance(node, InterceptedFlaxModuleMethod) else None
