"""Turns a finished recording into Penzai Structs."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any, cast

import jax

from unflax_viz.capture.events import Path
from unflax_viz.capture.keys import (
    KeyDerivation,
    Stacked,
    UnknownKeyError,
    base_of,
    lineage_of,
)
from unflax_viz.capture.notes import (
    Call,
    Draw,
    Missing,
    Run,
    VariableKey,
    describe_error,
    walk,
)
from unflax_viz.record.calls import (
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.equality import is_surely_equal
from unflax_viz.record.refs import holds_ref_value
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.structures import (
    is_abstract,
    leaves_of,
    structure_of,
    value_at,
)

_MISSING = object()
_NOT_TRACED_AGAIN = (
    "nn.jit ran a body that this run had compiled before, so Flax did not run its "
    "Python again. What is inside is shown at the first call of the same method."
)

ParameterKey = tuple[int, Path]
"""Identifies a parameter: the entry into Flax it was given to, and its path."""


def freeze_run(run: Run) -> FlaxRun:
    """Turns a finished outermost run into a frozen `FlaxRun`.

    Args:
      run: A run that is over, also one whose model raised.

    Returns:
      Its record. Parameters, state before and immutable variables are the objects
      that the run was given, not copies.
    """
    # The numbers of steps and counters are folded into keys, wherever those lie.
    anywhere = jax.transfer_guard("allow")
    with jax.ensure_compile_time_eval(), anywhere, jax.disable_jit(False):
        freezer = _Freezer(run)
        root = freezer.freeze_all(run.root)
    return FlaxRun(
        root=root,
        output=run.output,
        unused_variables=freezer.unused_variables(run),
        rngs=run.rngs,
        replaced_calls={},
        recipe=run.recipe,
        is_abstract=any(map(is_abstract, _leaves_of_run(run, root))),
        error=run.error,
    )


def _leaves_of_run(run: Run, root: InterceptedFlaxModuleMethod) -> Iterator[Any]:
    """Yields the leaves of what the run returned, then of what its calls held."""
    yield from leaves_of(run.output)
    for call in root.walk():
        yield from jax.tree.leaves(call.scope_data)


class _Freezer:
    """Knows, for one run, the address of every call and the users of parameters."""

    def __init__(self, run: Run):
        self._addresses: dict[int, str] = {}
        self._derivation = KeyDerivation()
        self._merge_setups(run.root)
        _settle_foreign_reads(run.root)
        self._written: set[tuple[int, VariableKey]] = set()
        numbers: dict[str, int] = {}
        users: dict[ParameterKey, list[str]] = collections.defaultdict(list)
        for node in walk(run.root):
            address = _free_address(node, numbers)
            self._addresses[id(node)] = address
            if isinstance(node, Call):
                self._written |= {(id(node.run), key) for key in node.use.writes}
            for key in _parameter_keys(node):
                users[key].append(address)
        # One tuple for all calls: a layer may be called ten thousand times.
        self._users = {key: tuple(addresses) for key, addresses in users.items()}

    def _merge_setups(self, root: Call) -> None:
        """Gives every call what its module's `setup` used; draws to the first alone."""
        drawn: set[int] = set()
        for call in walk(root):
            if not isinstance(call, Call):
                continue
            setup = call.run.setups.get((call.identity, call.path))
            if setup:
                call.use.add_setup(setup, has_draws=id(setup) not in drawn)
                drawn.add(id(setup))

    def freeze_all(self, root: Call) -> InterceptedFlaxModuleMethod:
        """Freezes the last call first, so that no depth of nesting is too deep."""
        frozen: dict[int, InterceptedFlaxModuleMethod | NotCaptured] = {}
        for node in reversed(walk(root)):
            frozen[id(node)] = self._freeze_node(node, frozen)
        return cast(InterceptedFlaxModuleMethod, frozen[id(root)])

    def _freeze_node(
        self,
        node: Call | Missing,
        frozen: dict[int, InterceptedFlaxModuleMethod | NotCaptured],
    ) -> InterceptedFlaxModuleMethod | NotCaptured:
        address = self._addresses[id(node)]
        if isinstance(node, Missing):
            return NotCaptured(node.path, address, node.kind, _NOT_TRACED_AGAIN)
        return InterceptedFlaxModuleMethod(
            module=node.module,
            method_name=node.method_name,
            scope_data=self._freeze_scope(node),
            submodule_calls={
                (index, _call_name(child)): frozen[id(child)]
                for index, child in enumerate(node.children)
            },
            path=node.path,
            address=address,
            input_structure=node.inputs,
            output_structure=node.output,
            transforms=node.describe_transforms(),
            error=node.error,
            site=node.site,
            entry=node.run.entry,
            call_again=node.run.recipe.call_again,
        )

    def unused_variables(self, run: Run) -> dict[str, Any]:
        """Returns what was given and used by no call; keeps empty collections."""
        used = {
            (collection, path)
            for call in walk(run.root)
            if isinstance(call, Call) and call.run is run
            for collection, path in call.use.reads | call.use.writes
            if path[:-1] == call.path
            or collection == "params"
            or run.can_write(collection)
        }
        return {
            collection: _without_used(tree, used, collection, ())
            for collection, tree in run.before.items()
        }

    def _freeze_scope(self, call: Call) -> InterceptedFlaxScopeData | None:
        use, run = call.use, call.run
        if use.is_empty:
            return None
        parameters: dict[str, Any] = {}
        variables: dict[str, dict[str, Any]] = {}
        immutable: dict[str, dict[str, Any]] = {}
        for collection, path in sorted(use.reads | use.writes):
            name = _local_name(call, path)
            is_ref_changed = _is_changed_through_ref(run, collection, path)
            is_state = (
                collection != "params" or is_ref_changed or _is_rewritten(call, path)
            )
            if collection == "params":
                parameters[name] = self._freeze_parameter(call, path)
            if not is_state:
                continue
            if is_ref_changed or run.can_write(collection):
                state = self._freeze_state(call, collection, path)
                variables.setdefault(collection, {})[name] = state
            else:
                value = _value_at(run.before, collection, path)
                immutable.setdefault(collection, {})[name] = value
        return InterceptedFlaxScopeData(
            parameters, variables, immutable, self._freeze_rngs(use.draws)
        )

    def _freeze_parameter(self, call: Call, path: Path) -> FlaxParameter:
        run = call.run
        value = _value_at(run.before, "params", path)
        was_created = value is _MISSING
        if was_created:
            value = value_at(run.after.get("params", {}), path)
        users = self._users[(id(run), path)]
        seen = call.use.seen.get(("params", path), _MISSING)
        if seen is _MISSING:
            seen = structure_of(value)
        return FlaxParameter(value, path, users, was_created, seen)

    def _freeze_state(self, call: Call, collection: str, path: Path) -> FlaxState:
        key = (collection, path)
        before = _value_at(call.run.before, collection, path)
        after = _value_at(call.run.after, collection, path)
        was_created = before is _MISSING
        # What only the probe of a scan made was written where it was dropped.
        was_made_unseen = was_created and (id(call.run), key) not in self._written
        return FlaxState(
            before=None if was_created else before,
            after=None if after is _MISSING else after,
            collection=collection,
            path=path,
            was_read=key in call.use.reads,
            was_written=key in call.use.writes
            or was_made_unseen
            or _is_changed_through_ref(call.run, collection, path),
            was_created=was_created,
        )

    def _freeze_rngs(self, draws: list[Draw]) -> dict[str, FlaxRng]:
        by_stream: dict[str, list[Draw]] = {}
        for draw in draws:
            by_stream.setdefault(draw.stream, []).append(draw)
        return {
            stream: FlaxRng(
                draws=tuple(self._freeze_draw(draw) for draw in drawn),
                base=base_of(drawn[0].expression),
                stream=stream,
            )
            for stream, drawn in by_stream.items()
        }

    def _freeze_draw(self, draw: Draw) -> RngDraw:
        key, reason = None, ""
        try:
            _check_steps(draw)
            key = self._derivation.derive_expression(draw.expression)
        except UnknownKeyError as error:
            reason = str(error)
        except Exception as error:
            reason = f"JAX cannot derive it here: {describe_error(error)}"
        return RngDraw(
            key=key,
            counter=draw.counter,
            stream=draw.stream,
            served=draw.served,
            path=draw.path,
            purpose=draw.purpose,
            lineage=lineage_of(draw.expression),
            missing_key_reason=reason,
        )


def _check_steps(draw: Draw) -> None:
    """Raises `UnknownKeyError` if a draw stands for one step of several that ran."""
    n_around = sum(trace.index is not None for trace in draw.traces)
    expression = draw.expression
    for _ in range(n_around):
        if not isinstance(expression, Stacked):
            raise UnknownKeyError(
                "drawn in setup, at each step of a loop that jax.disable_jit ran step "
                "by step"
            )
        expression = expression.first


def _settle_foreign_reads(root: Call) -> None:
    """Gives what one call read of another one's variables to the call that owns them.

    So does `layer.variables` in the module around the layer. Where no call has a scope
    of that path, as inside a bridged NNX module, it stays with the call that read it.
    """
    owners: dict[ParameterKey, Call] = {}
    calls = [node for node in walk(root) if isinstance(node, Call)]
    for call in calls:
        owners.setdefault((id(call.run), call.path), call)
    for call in calls:
        for key in [key for key in call.use.reads if key[1][:-1] != call.path]:
            owner = _owner_of(key[1], call, owners)
            call.use.reads.remove(key)
            owner.use.reads.add(key)


def _owner_of(path: Path, reader: Call, owners: dict[ParameterKey, Call]) -> Call:
    """Finds the call with the longest path above a variable, the reader's if none."""
    for length in range(len(path) - 1, -1, -1):
        if path[:length] == reader.path:
            return reader
        owner = owners.get((id(reader.run), path[:length]))
        if owner and length > 0:
            return owner
    return reader


def _parameter_keys(node: Call | Missing) -> list[ParameterKey]:
    if isinstance(node, Missing):
        return []
    used = sorted(node.use.reads | node.use.writes)
    return [(id(node.run), path) for collection, path in used if collection == "params"]


def _free_address(node: Call | Missing, numbers: dict[str, int]) -> str:
    """Names a node `path`, `path.method` or `path#2`.

    Args:
      node: The node.
      numbers: The last number given for each name that is taken; noted here.
    """
    address = "/".join(node.path) or "/"
    if isinstance(node, Missing):
        address += f".{node.kind}"
    elif node.method_name != "__call__":
        address += f".{node.method_name}"
    number = numbers.get(address, 0) + 1
    candidate = address if number == 1 else f"{address}#{number}"
    while candidate in numbers:
        number += 1
        candidate = f"{address}#{number}"
    numbers[address] = number
    numbers.setdefault(candidate, 1)
    return candidate


def _call_name(node: Call | Missing) -> str:
    if isinstance(node, Missing):
        return f"{node.path[-1] if node.path else 'root'}.{node.kind}"
    name = node.module.name or type(node.module).__name__
    return f"{name}.{node.method_name}"


def _without_used(
    tree: Any, used: set[VariableKey], collection: str, path: Path
) -> Any:
    """Copies nested dicts without what is at a used path.

    A dict of which nothing is left is dropped; one that was empty is kept.
    """
    if not isinstance(tree, dict) or not tree:
        return tree
    kept = {
        name: _without_used(child, used, collection, (*path, name))
        for name, child in tree.items()
        if (collection, (*path, name)) not in used
    }
    return {
        name: child
        for name, child in kept.items()
        if not isinstance(child, dict) or child or not tree[name]
    }


def _value_at(variables: dict[str, Any], collection: str, path: Path) -> Any:
    return value_at(variables.get(collection, {}), path, _MISSING)


def _is_changed_through_ref(run: Run, collection: str, path: Path) -> bool:
    """Tells whether a variable is a mutable array that holds something else now."""
    before = _value_at(run.before, collection, path)
    if not run.has_refs or before is _MISSING or not holds_ref_value(before):
        return False
    return not is_surely_equal(before, _value_at(run.after, collection, path))


def _is_rewritten(call: Call, path: Path) -> bool:
    """Tells whether a parameter that was given was written, like a state."""
    was_given = _value_at(call.run.before, "params", path) is not _MISSING
    return was_given and ("params", path) in call.use.writes


def _local_name(call: Call, path: Path) -> str:
    """Names a variable as seen from a call; mostly the last part of its path."""
    is_below = path[: len(call.path)] == call.path
    return "/".join(path[len(call.path) :] if is_below else path)
