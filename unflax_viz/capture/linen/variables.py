"""Finds the variables that a recorded run, or a call of it, was given."""

from __future__ import annotations

from typing import Any

import jax

from unflax_viz.capture.events import Path
from unflax_viz.capture.linen import internals
from unflax_viz.errors import ValueNeededError
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.deleted import RECORD_ADVICE, check_not_deleted
from unflax_viz.record.edits import values_by_path
from unflax_viz.record.structures import value_at

MISSING: Any = object()
"""Stands for a variable that is not there."""


def variables_below(
    root: InterceptedFlaxModuleMethod, unused: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Puts together the variables of a call and all below it, by their full paths.

    Args:
      root: The call.
      unused: Variables to begin with, in nested dicts by collection.

    Raises:
      ParameterConflictError: If copies of a shared parameter differ.
    """
    unused = unused or {}
    variables = internals.copy_dicts(unused)
    for call in root.walk():
        scope = call.scope_data
        if scope is None or call.is_nested:
            continue
        for states in scope.variables.values():
            for state in states.values():
                if not state.was_created:
                    put_variable(variables, state.collection, state.path, state.before)
        for collection, constants in scope.immutable_variables.items():
            for name, value in constants.items():
                path = constant_path(unused, collection, call.path, name)
                put_variable(variables, collection, path, value)
    for path, value in values_by_path(root).items():
        put_variable(variables, "params", path, value)
    return variables


def constant_path(
    unused: dict[str, Any], collection: str, path: Path, name: str
) -> Path:
    """Returns where a constant is; one that is read from further up is also unused."""
    deep = (*path, *name.split("/"))
    tree = unused.get(collection)
    is_deep = value_at(tree, deep, MISSING) is not MISSING
    return deep if is_deep else (*path, name)


def put_variable(
    variables: dict[str, Any], collection: str, path: Path, value: Any
) -> None:
    """Puts a variable into nested dicts by collection."""
    tree = variables.setdefault(collection, {})
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def check_values(variables: Any, rngs: Any) -> None:
    """Checks that all variables and keys of a record can be read.

    Raises:
      ValueNeededError: If there are shapes in place of values.
      DeletedArrayError: If an array was deleted.
    """
    check_not_deleted(variables, "variables", RECORD_ADVICE)
    check_not_deleted(rngs, "rngs", RECORD_ADVICE)
    for path, leaf in jax.tree.leaves_with_path((variables, rngs)):
        if isinstance(leaf, jax.ShapeDtypeStruct):
            raise ValueNeededError(
                "The record has only a shape where a value is needed, at "
                f"{jax.tree_util.keystr(path)}. run.bind(variables) puts values there."
            )
