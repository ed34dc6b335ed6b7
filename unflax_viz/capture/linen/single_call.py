"""Makes one recorded call again, alone."""

from __future__ import annotations

from typing import Any

from unflax_viz.capture.linen.internals import RngCounters, bind_at, set_rng_counters
from unflax_viz.capture.linen.variables import check_values, variables_below
from unflax_viz.errors import CallNotAloneError
from unflax_viz.record.calls import ArgsAndKwargs, InterceptedFlaxModuleMethod
from unflax_viz.record.refs import with_refs


def call_again(node: InterceptedFlaxModuleMethod, inputs: ArgsAndKwargs) -> Any:
    """Runs the method on the scope that it had, with the values of the record."""
    method = getattr(type(node.module), node.method_name, None)
    if node.transforms or method is None or node.is_nested:
        raise CallNotAloneError(_describe_why(node))
    variables = with_refs(variables_below(node))
    keys = _base_keys_of(node)
    check_values(variables, keys)
    collections = {
        collection
        for call in node.walk()
        if call.scope_data is not None
        for collection in call.scope_data.variables
    }
    root, module = bind_at(node.module, node.path, variables, keys, sorted(collections))
    set_rng_counters(root, _counters_before(node))
    with root.temporary():
        return method(module, *inputs.args, **inputs.kwargs)


def _describe_why(node: InterceptedFlaxModuleMethod) -> str:
    if node.transforms:
        around = ", ".join(f"nn.{transform.kind}" for transform in node.transforms)
        why = f"it runs under {around}, and its record holds all steps at once"
    elif node.is_nested:
        why = "it belongs to another model, whose variables are not in the record"
    else:
        why = f"{type(node.module).__name__} has no method '{node.method_name}'"
    return (
        f"The call at '{node.address}' cannot be made alone: {why}. run.replay(...) "
        "runs the whole model again."
    )


def _base_keys_of(node: InterceptedFlaxModuleMethod) -> dict[str, Any]:
    return {
        draw.served: rng.base
        for call in node.walk()
        if call.scope_data is not None
        for rng in call.scope_data.rngs.values()
        for draw in rng.draws
    }


def _counters_before(node: InterceptedFlaxModuleMethod) -> RngCounters:
    """Returns how many keys each scope that draws had drawn before its first draw."""
    counters: RngCounters = {}
    for call in node.walk():
        if call.scope_data is None or call.transforms:
            continue
        for rng in call.scope_data.rngs.values():
            for draw in rng.draws:
                counters.setdefault((draw.path, draw.served), draw.counter - 1)
    return counters
