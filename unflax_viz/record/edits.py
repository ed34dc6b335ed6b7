"""Reads the values of a record, each once, and makes copies with other values."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Mapping
from typing import Any, cast

import jax
from jax.core import Tracer

from unflax_viz.errors import (
    ParameterConflictError,
    PathNotInRunError,
    WrongValueError,
)
from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.deleted import RECORD_ADVICE, check_not_deleted
from unflax_viz.record.equality import is_equal

Path = tuple[str, ...]
ScopeChange = Callable[
    [InterceptedFlaxModuleMethod, InterceptedFlaxScopeData], InterceptedFlaxScopeData
]


def values_by_path(root: InterceptedFlaxModuleMethod) -> dict[Path, Any]:
    """Returns the value of every parameter given to `root` once, by its path.

    Models applied inside the model have parameters of their own, which are left out.

    Raises:
      ParameterConflictError: If the copies of a shared parameter differ. Under
        a JAX transformation they cannot be compared, and the first one counts.
      DeletedArrayError: If they cannot be compared since one was deleted.
    """
    values: dict[Path, Any] = {}
    for call in root.walk():
        if call.is_nested or call.scope_data is None:
            continue
        for parameter in call.scope_data.parameters.values():
            if parameter.was_created:
                continue
            if parameter.path not in values:
                values[parameter.path] = parameter.value
            elif not _are_equal(values[parameter.path], parameter.value):
                raise ParameterConflictError(
                    f"The parameter '{parameter.name}' is read by the calls "
                    f"{_list_some(parameter.users)}, and its copies in the record "
                    f"differ. run.with_parameters({{'{parameter.name}': ...}}) "
                    "changes all."
                )
    return values


def values_by_name(root: InterceptedFlaxModuleMethod) -> dict[str, Any]:
    """Returns what `values_by_path` does, by the paths joined by dots.

    Raises:
      ParameterConflictError: As `values_by_path` does.
      ParameterConflictError: If two parameters would have one name.
    """
    values = values_by_path(root)
    names: dict[str, Path] = {}
    for path in values:
        _check_name(".".join(path), path, names)
    return {name: values[path] for name, path in names.items()}


def _check_name(name: str, path: Path, known: dict[str, Path]) -> None:
    """Notes the path that a name stands for, and raises where it stands for two."""
    other = known.setdefault(name, path)
    if other != path:
        first, second = sorted(("/".join(other), "/".join(path)), reverse=True)
        raise ParameterConflictError(
            f"Two parameters of this run are called '{name}': {first} and {second}. "
            "run.at(...) and run.find(..., lens='parameters') tell them apart."
        )


def with_values(
    root: InterceptedFlaxModuleMethod, values: Mapping[str, Any]
) -> InterceptedFlaxModuleMethod:
    """Copies the calls from `root` down with other values of parameters.

    Args:
      root: The outermost call.
      values: New values by name, `"encoder.Dense_0.kernel"`.

    Raises:
      PathNotInRunError: If no call read a parameter of such a name.
      ParameterConflictError: If two parameters have such a name.
    """
    unseen = set(values)
    paths: dict[str, Path] = {}

    def change(
        call: InterceptedFlaxModuleMethod, scope: InterceptedFlaxScopeData
    ) -> InterceptedFlaxScopeData:
        del call
        changed = dict(scope.parameters)
        for name, parameter in scope.parameters.items():
            if parameter.name in values:
                unseen.discard(parameter.name)
                _check_name(parameter.name, parameter.path, paths)
                value = values[parameter.name]
                changed[name] = dataclasses.replace(parameter, value=value)
        return dataclasses.replace(scope, parameters=changed)

    edited = map_scopes(root, change)
    if unseen:
        names = ", ".join(repr(name) for name in sorted(unseen))
        raise PathNotInRunError(
            f"No call of this run read a parameter {names}. run.parameters() lists "
            "all of them.",
            min(unseen),
        )
    return edited


def map_scopes(
    root: InterceptedFlaxModuleMethod, change: ScopeChange
) -> InterceptedFlaxModuleMethod:
    """Copies the calls from `root` down with changed scope data; needs no recursion.

    What belongs to another model, applied inside this one, stays as it is.
    """
    copies: dict[int, InterceptedFlaxModuleMethod | NotCaptured] = {}
    for call in reversed(list(root.walk())):
        scope = call.scope_data
        copies[id(call)] = dataclasses.replace(
            call,
            scope_data=scope
            if scope is None or call.is_nested
            else change(call, scope),
            submodule_calls={
                key: copies.get(id(child), child)
                for key, child in call.submodule_calls.items()
            },
        )
    return cast(InterceptedFlaxModuleMethod, copies[id(root)])


def to_steps(step: Any) -> tuple[int, ...]:
    """Returns the numbers of steps and lanes, of one number or a tuple of them."""
    try:
        return tuple(map(operator.index, step if isinstance(step, tuple) else (step,)))
    except TypeError:
        raise WrongValueError(
            "step is the number of a step or lane, or a tuple of such numbers, not "
            f"{step!r}.",
            step,
        ) from None


def check_steps(call: InterceptedFlaxModuleMethod, steps: tuple[int, ...]) -> None:
    """Raises `WrongValueError` unless there are such steps and lanes around a call."""
    around = [t for t in call.transforms if t.is_repeating]
    if len(steps) > len(around):
        raise WrongValueError(
            f"step={steps}: give at most one number for each loop or map around "
            f"'{call.address}', of which there are {len(around)}.",
            steps,
        )
    for step, transform in zip(steps, around, strict=False):
        n_times = transform.n_times
        if step < 0 or (n_times is not None and step >= n_times):
            known = "" if n_times is None else f" to {n_times - 1}"
            raise WrongValueError(
                f"step={steps}: the steps of the {transform.kind} around "
                f"'{call.address}' count from 0{known}.",
                steps,
            )


def _list_some(names: tuple[str, ...], n_shown: int = 3) -> str:
    more = f" and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return ", ".join(names[:n_shown]) + more


def _are_equal(left: Any, right: Any) -> bool:
    """Tells whether two copies are the same value; NaN is equal to itself."""
    if left is right:
        return True
    leaves, structure = jax.tree.flatten(left)
    other_leaves, other_structure = jax.tree.flatten(right)
    return structure == other_structure and all(
        map(_are_equal_leaves, leaves, other_leaves)
    )


def _are_equal_leaves(left: Any, right: Any) -> bool:
    if left is right or isinstance(left, Tracer) or isinstance(right, Tracer):
        return True
    if isinstance(left, jax.ShapeDtypeStruct) or isinstance(
        right, jax.ShapeDtypeStruct
    ):
        return left == right
    for copy in (left, right):
        check_not_deleted(copy, "A copy of a shared parameter", RECORD_ADVICE)
    return is_equal(left, right)
