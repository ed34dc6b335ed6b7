"""How is a run replayed, edits included?

The root is applied again, with the variables that the record holds, and only the calls
that were replaced are redirected: applying module by module, as Penzai's unflaxify
does, cannot reproduce what lifted transforms do.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, cast

import flax.linen as nn
import jax

from unflax_viz.capture.events import Path
from unflax_viz.capture.keys import KeyDerivation, UnknownKeyError
from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.watch import watching
from unflax_viz.capture.redirector import Redirector
from unflax_viz.errors import NotVariablesError, ValueNeededError
from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
)
from unflax_viz.record.deleted import RECORD_ADVICE, check_not_deleted
from unflax_viz.record.edits import map_scopes, values_by_path
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.given import describe_given
from unflax_viz.record.recipe import Recipe
from unflax_viz.record.refs import with_refs, without_refs
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.structures import (
    is_abstract,
    leaf_paths,
    leaves_of,
    value_at,
)

_MISSING = object()
_BIND_ADVICE = "Bind before that call, or bind what the call returned."


class ReplayEngine:
    """Runs records again; `FlaxRun.replay` and `FlaxRun.bind` come here."""

    def replay(self, run: FlaxRun, args: Any, kwargs: Any, rngs: Any) -> Any:
        """Applies the root again with the variables of the record."""
        variables = with_refs(variables_of_run(run))
        kwargs, rngs = _own_arguments(run.recipe, kwargs, rngs)
        keys = dict(run.rngs) if rngs is None else rngs
        check_values(variables, keys)
        recipe = run.recipe
        options = {
            "mutable": recipe.mutable,
            "capture_intermediates": recipe.capture_intermediates,
        }

        def apply() -> Any:
            if recipe.entry_point == "init":
                initialise = nn.init_with_output(
                    recipe.method, recipe.module, **options
                )
                return initialise(keys, *args, **kwargs)
            if recipe.entry_point == "bind":
                scope, module = internals.bind_at(
                    recipe.module, run.root.path, variables, keys, recipe.mutable
                )
                internals.set_rng_counters(scope, recipe.rng_counters)
                with scope.temporary():
                    return recipe.method(module, *args, **kwargs)
            call = nn.apply(recipe.method, recipe.module, **options)
            return call(variables, *args, rngs=keys, **kwargs)

        if not run.replaced_calls:
            return apply()
        redirector = Redirector(
            {
                run.at(address).site: replaced
                for address, replaced in run.replaced_calls.items()
            }
        )
        with watching(redirector, redirector.follows_steps):
            return apply()

    def bind(self, run: FlaxRun, variables: Any, rngs: Any) -> FlaxRun:
        """Puts values in the place of shapes, and derives the keys."""
        if not isinstance(variables, Mapping):
            raise NotVariablesError(
                "run.bind takes the variables as apply does, a dict such as "
                f"{{'params': ...}}; it was given {describe_given(variables)}.",
                variables,
            )
        keys = dict(run.rngs) if rngs is None else _keys_by_stream(rngs)
        check_not_deleted(variables, "variables", _BIND_ADVICE)
        check_not_deleted(keys, "rngs", _BIND_ADVICE)
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


def _own_arguments(recipe: Recipe, kwargs: Any, rngs: Any) -> tuple[Any, Any]:
    """Leaves `rngs` to a bound method that has an argument of that name.

    `apply` takes the keyword for itself; a bound method is called without it.
    """
    if recipe.entry_point != "bind" or rngs is None:
        return kwargs, rngs
    if "rngs" not in inspect.signature(recipe.method).parameters:
        return kwargs, rngs
    return {**kwargs, "rngs": rngs}, None


def variables_of_run(run: FlaxRun) -> dict[str, Any]:
    """Puts the variables that a run was given together again from its record.

    Raises:
      SharedParameterConflictError: If copies of a shared parameter differ.
    """
    return variables_below(run.root, run.unused_variables)


def variables_below(
    root: InterceptedFlaxModuleMethod, unused: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Puts together the variables of a call and all below it, by their full paths.

    Args:
      root: The call.
      unused: Variables to begin with, in nested dicts by collection.

    Raises:
      SharedParameterConflictError: If copies of a shared parameter differ.
    """
    unused = unused or {}
    variables = internals.copy_dicts(unused)
    for call in root.walk():
        scope = call.scope_data
        if scope is None or call.is_nested:
            continue
        for states in scope.variables.values():
            for state in cast("dict[str, FlaxState]", states).values():
                if not state.was_created:
                    _put(variables, state.collection, state.path, state.before)
        for collection, constants in scope.immutable_variables.items():
            for name, value in constants.items():
                path = _constant_path(unused, collection, call.path, name)
                _put(variables, collection, path, value)
    for path, value in values_by_path(root).items():
        _put(variables, "params", path, value)
    return variables


def _constant_path(
    unused: dict[str, Any], collection: str, path: Path, name: str
) -> Path:
    """Returns where a constant is; one that is read from further up is also unused."""
    deep = (*path, *name.split("/"))
    tree = unused.get(collection)
    is_deep = value_at(tree, deep, _MISSING) is not _MISSING
    return deep if is_deep else (*path, name)


def _put(variables: dict[str, Any], collection: str, path: Path, value: Any) -> None:
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


def _keys_by_stream(rngs: Any) -> dict[str, Any]:
    return dict(rngs) if isinstance(rngs, Mapping) else {"params": rngs}


class _Binder:
    """Puts given values in the place of shapes."""

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
                name: self._bind_parameter(cast(FlaxParameter, parameter))
                for name, parameter in scope.parameters.items()
            },
            variables={
                collection: {
                    name: self._bind_state(cast(FlaxState, state))
                    for name, state in states.items()
                }
                for collection, states in scope.variables.items()
            },
            immutable_variables={
                collection: {
                    name: self._value_at(
                        collection,
                        _constant_path(self._variables, collection, call.path, name),
                        value,
                    )
                    for name, value in constants.items()
                }
                for collection, constants in scope.immutable_variables.items()
            },
            rngs={
                stream: self._bind_rng(cast(FlaxRng, rng))
                for stream, rng in scope.rngs.items()
            },
        )

    def bind_tree(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Copies nested dicts of variables with values in the place of shapes."""
        bound = internals.copy_dicts(variables)
        for collection, tree in variables.items():
            for path in leaf_paths(tree):
                value = self._value_at(collection, path, value_at(tree, path))
                _put(bound, collection, path, value)
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
        value = value_at(tree, path, _MISSING)
        if value is _MISSING:
            raise NotVariablesError(
                f"run.bind was given no {collection} '{'/'.join(path)}', which the "
                "model used. It takes the variables that the recorded call was given.",
                self._variables,
            )
        return value
