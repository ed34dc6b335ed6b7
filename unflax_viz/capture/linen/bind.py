"""Replaces the shapes of a record with values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax

from unflax_viz.capture.events import Path
from unflax_viz.capture.keys import KeyDerivation, UnknownKeyError
from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.variables import MISSING, constant_path, put_variable
from unflax_viz.errors import WrongArgumentError
from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
)
from unflax_viz.record.deleted import check_not_deleted
from unflax_viz.record.edits import map_scopes
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.given import describe_given
from unflax_viz.record.refs import without_refs
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.structures import (
    is_abstract,
    leaf_paths,
    leaves_of,
    value_at,
)

_ADVICE = "Bind before that call, or bind what the call returned."


def bind_run(run: FlaxRun, variables: Any, rngs: Any) -> FlaxRun:
    """Replaces shapes with values, and derives the keys; see `FlaxRun.bind`."""
    if not isinstance(variables, Mapping):
        raise WrongArgumentError(
            "run.bind takes the variables as apply does, a dict such as "
            f"{{'params': ...}}; it was given {describe_given(variables)}.",
            variables,
        )
    keys = dict(run.rngs) if rngs is None else _keys_by_stream(rngs)
    check_not_deleted(variables, "variables", _ADVICE)
    check_not_deleted(keys, "rngs", _ADVICE)
    copies = without_refs(internals.copy_dicts(variables))
    binder = _Binder(copies, keys)
    root = map_scopes(run.root, binder.bind_scope)
    leaves = [*jax.tree.leaves(root), *leaves_of(run.output)]
    return dataclasses.replace(
        run,
        root=root,
        unused_variables=binder.bind_tree(run.unused_variables),
        rngs=keys,
        is_abstract=any(is_abstract(leaf) for leaf in leaves),
    )


def _keys_by_stream(rngs: Any) -> dict[str, Any]:
    return dict(rngs) if isinstance(rngs, Mapping) else {"params": rngs}


class _Binder:
    """Replaces shapes with given values."""

    def __init__(self, variables: dict[str, Any], keys: dict[str, Any]):
        self._variables = variables
        self._keys = keys
        self._derivation = KeyDerivation()

    def bind_scope(
        self, call: InterceptedFlaxModuleMethod, scope: InterceptedFlaxScopeData
    ) -> InterceptedFlaxScopeData:
        """Copies the scope data with values; what the run made stays as it is."""
        return InterceptedFlaxScopeData(
            parameters={
                name: self._bind_parameter(parameter)
                for name, parameter in scope.parameters.items()
            },
            variables={
                collection: {
                    name: self._bind_state(state) for name, state in states.items()
                }
                for collection, states in scope.variables.items()
            },
            immutable_variables={
                collection: {
                    name: self._value_at(
                        collection,
                        constant_path(self._variables, collection, call.path, name),
                        value,
                    )
                    for name, value in constants.items()
                }
                for collection, constants in scope.immutable_variables.items()
            },
            rngs={stream: self._bind_rng(rng) for stream, rng in scope.rngs.items()},
        )

    def bind_tree(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Copies nested dicts of variables, with values instead of shapes."""
        bound = internals.copy_dicts(variables)
        for collection, tree in variables.items():
            for path in leaf_paths(tree):
                value = self._value_at(collection, path, value_at(tree, path))
                put_variable(bound, collection, path, value)
        return bound

    def _bind_parameter(self, parameter: FlaxParameter) -> FlaxParameter:
        if parameter.was_created:
            return parameter
        value = self._value_at("params", parameter.path, parameter.value)
        return dataclasses.replace(parameter, value=value)

    def _bind_state(self, state: FlaxState) -> FlaxState:
        if state.was_created:
            return state
        before = self._value_at(state.collection, state.path, state.before)
        after = state.after if state.was_written else before
        return dataclasses.replace(state, before=before, after=after)

    def _bind_rng(self, rng: FlaxRng) -> FlaxRng:
        return dataclasses.replace(
            rng,
            draws=tuple(map(self._bind_draw, rng.draws)),
            base=self._keys.get(rng.draws[0].served, rng.base),
        )

    def _bind_draw(self, draw: RngDraw) -> RngDraw:
        if draw.served not in self._keys:
            return draw
        try:
            key = self._derivation.derive(self._keys[draw.served], draw.lineage)
        except UnknownKeyError as error:
            return dataclasses.replace(draw, key=None, missing_key_reason=str(error))
        return dataclasses.replace(draw, key=key, missing_key_reason="")

    def _value_at(self, collection: str, path: Path, known: Any) -> Any:
        if not any(is_abstract(leaf) for leaf in jax.tree.leaves(known)):
            return known
        tree = self._variables.get(collection, {})
        value = value_at(tree, path, MISSING)
        if value is MISSING:
            raise WrongArgumentError(
                f"run.bind was given no {collection} '{'/'.join(path)}', which the "
                "model used. It takes the variables that the recorded call was given.",
                self._variables,
            )
        return value
