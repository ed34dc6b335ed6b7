"""Runs a case with plain Flax, and under a recording."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax.core import axes_scan, lift
from flax.core import scope as core_scope
from flax.linen import module as linen_module
from flax.linen import transforms

import unflax_viz
from tests.fuzz.arguments import odd_object, pack, unpack
from tests.fuzz.nests import SHAPE, Root
from tests.fuzz.specs import Case
from unflax_viz.record.run import FlaxRun

OWNERS: tuple[Any, ...] = (
    *(core_scope, lift, axes_scan, nn, linen_module, transforms),
    *(core_scope.Scope, core_scope.Variable, nn.Module, jax, jax.lax, jax.random),
)


@contextlib.contextmanager
def mode_of(case: Case) -> Iterator[None]:
    """Runs what is in the context with `jax.disable_jit()` if the case asks for it."""
    with jax.disable_jit(case.is_jit_disabled):
        yield


def keys_of(case: Case) -> dict[str, Any]:
    """Returns the keys of all streams."""

    def key_of(number: int) -> Any:
        if case.impl == "raw":
            return jax.random.PRNGKey(number)
        return jax.random.key(number, impl=case.impl)

    shared = key_of(99)
    return {
        stream: (key_of(99) if case.copies_keys else shared)
        if stream in case.shared
        else key_of(10 + index)
        for index, stream in enumerate(case.streams)
    }


def _rngs_of(case: Case) -> Any:
    keys = keys_of(case)
    return keys["params"] if case.is_single_key else keys


def inputs_of(case: Case) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Returns the arguments of the model; what is odd is made anew each time."""
    numbers = np.random.default_rng(case.seed).normal(size=SHAPE).astype(np.float32)
    x = pack(case.pack, jnp.asarray(numbers))
    return (x,), {"odd": odd_object(case.odd)} if case.odd else {}


def variables_of(case: Case) -> dict[str, Any]:
    """Returns variables in the shapes of `init`, with fixed numbers in them."""
    if case.entry in ("init", "empty"):
        return {}
    x = jnp.zeros(SHAPE)
    shapes = jax.eval_shape(lambda keys: Root(case.nest).init(keys, x), keys_of(case))
    variables = {name: tree for name, tree in shapes.items() if name != "intermediates"}
    leaves, tree = jax.tree.flatten(variables)
    return jax.tree.unflatten(tree, list(map(_numbers_for, leaves, range(len(leaves)))))


def _numbers_for(shape: Any, seed: int) -> Any:
    if not jnp.issubdtype(shape.dtype, jnp.floating):
        return jnp.asarray(np.zeros(shape.shape, shape.dtype))
    numbers = np.random.default_rng(seed).uniform(0.1, 0.9, shape.shape)
    return jnp.asarray(numbers.astype(shape.dtype))


def run_plainly(case: Case, variables: Any) -> list[Any]:
    """Returns what Flax returns, for each outermost run."""
    model = Root(case.nest, case.pack)
    args, kwargs = inputs_of(case)
    keys, mutable = _rngs_of(case), _mutable_of(case)
    if case.entry == "init":
        return [model.init_with_output(keys, *args, **kwargs)]
    if case.entry == "bound":
        bound = model.bind(variables, rngs=keys, mutable=mutable)
        method = getattr(bound, case.method)
        return [method(*args, **kwargs) for _ in range(case.n_runs)]
    options: Any = {"rngs": keys, "mutable": mutable, "method": case.method}
    if not case.is_jitted:
        return [model.apply(variables, *args, **options, **kwargs)]
    # What is odd cannot leave a compiled function: it is left in `kept`.
    kept: list[Any] = []

    def apply() -> Any:
        returned: Any = model.apply(variables, *args, **options, **kwargs)
        output, state = (returned, {}) if mutable is False else returned
        kept.append(output[2])
        return output[:2], state

    output, state = jax.jit(apply)()
    output = (*output, kept[0])
    return [output if mutable is False else (output, state)]


def record(case: Case, variables: Any) -> tuple[list[Any], list[FlaxRun]]:
    """Returns what Flax returns while it is recorded, and the records."""
    if case.uses_recording:
        with unflax_viz.recording() as runs:
            returned = run_plainly(case, variables)
        return returned, list(runs)
    run = _capture(unflax_viz.capture, case, variables)
    return [run.output], [run]


def capture_abstractly(case: Case, variables: Any) -> FlaxRun:
    """Returns the abstract record of an `apply`."""
    return _capture(unflax_viz.capture_abstract, case, variables)


def _capture(capture: Callable[..., FlaxRun], case: Case, variables: Any) -> FlaxRun:
    args, kwargs = inputs_of(case)
    options: Any = {"mutable": _mutable_of(case), "method": case.method}
    model = Root(case.nest, case.pack)
    return capture(model, variables, *args, rngs=_rngs_of(case), **options, **kwargs)


def _mutable_of(case: Case) -> Any:
    return list(case.mutable) if isinstance(case.mutable, tuple) else case.mutable


def bare(case: Case, returned: Any) -> tuple[Any, tuple[Any, ...], Any]:
    """Takes apart what one run returned.

    Returns:
      The result without its pack, what the draws told, and the variables, None where
      none are returned.
    """
    is_pair = case.entry == "init" or (
        case.entry != "bound" and case.mutable is not False
    )
    output, state = returned if is_pair else (returned, None)
    packed, told, _ = output
    return unpack(packed), told, state


def look_of_flax() -> dict[tuple[str, str], int]:
    """Returns what every name in Flax stands for, and the recursion limit."""
    names = {
        (str(owner), name): id(value)
        for owner in OWNERS
        for name, value in vars(owner).items()
        if not name.startswith("__")
    }
    interceptors = linen_module._global_interceptor_stack._storage
    names["interceptors", ""] = len(interceptors)
    names["recursion limit", ""] = sys.getrecursionlimit()
    return names
