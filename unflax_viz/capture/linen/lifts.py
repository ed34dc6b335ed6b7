"""How do we wrap the functions of Flax behind its lifted transforms?

They say how scopes are packed, how keys are split, and how many times a body runs. Each
`watch_...` takes an original, a function or a module, and returns one that calls it
and tells the listeners. Checked with flax 0.12.0 and 0.12.12.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from unflax_viz.capture.events import (
    BranchBegun,
    ConditionNoted,
    Listener,
    StepNoted,
    StreamsMapped,
    TimesKnown,
    TracingBegun,
    Transform,
    TransformClosed,
    TransformOpened,
)
from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.namespace import Namespace
from unflax_viz.capture.listeners import LISTENERS, tell


def watch_tree_map_rngs(original: Any) -> Any:
    """Lifted transforms derive the keys of their steps and lanes here."""

    @functools.wraps(original)
    def tree_map_rngs(fn: Any, tree: Any) -> Any:
        mapped = original(fn, tree)
        streams = {stream for rngs in tree for stream in rngs}
        n_times = _n_keys_of(tree, mapped)
        event = StreamsMapped(LISTENERS.innermost(), streams, n_times)
        tell(LISTENERS.active(), event)
        return mapped

    return tree_map_rngs


def _n_keys_of(tree: Any, mapped: Any) -> int | None:
    """Returns how many keys were made of each; None where one was made of each."""
    pairs = zip(jax.tree.leaves(tree), jax.tree.leaves(mapped), strict=True)
    return next((m.shape[0] for key, m in pairs if m.ndim > key.ndim), None)


def watch_jax(original: Any) -> Any:
    """Here `nn.vmap` and loops say how many times they run, `nn.cond` which branch."""
    lax = Namespace(
        original.lax,
        while_loop=_watch_while_loop(original.lax),
        cond=_watch_cond(original.lax),
        switch=_watch_switch(original.lax),
    )
    return Namespace(original, vmap=_watch_vmap(original), lax=lax)


def _watch_vmap(original: Any) -> Any:
    def vmap(function: Any, in_axes: Any = 0, **options: Any) -> Any:
        @functools.wraps(function)
        def call(*args: Any) -> Any:
            n_lanes = options.get("axis_size") or _mapped_size(in_axes, args)
            transform = LISTENERS.innermost()
            tell(LISTENERS.active(), TimesKnown(transform, n_lanes))
            followers = LISTENERS.followers()
            if not followers or n_lanes is None:
                return original.vmap(function, in_axes, **options)(*args)

            def run_lane(lane: Any, *args: Any) -> Any:
                with _at_step(followers, transform, lane):
                    return function(*args)

            axes = (0, *in_axes) if isinstance(in_axes, tuple) else in_axes
            lanes = jnp.arange(n_lanes)
            return original.vmap(run_lane, axes, **options)(lanes, *args)

        return call

    return vmap


def _watch_while_loop(original: Any) -> Any:
    def while_loop(condition: Any, body: Any, carry: Any) -> Any:
        listeners, loop = LISTENERS.active(), LISTENERS.innermost()

        @functools.wraps(condition)
        def noted_condition(carry: Any) -> Any:
            with _at_step(listeners, loop, carry[0]), _in_condition(listeners, loop):
                return condition(carry)

        @functools.wraps(body)
        def noted_body(carry: Any) -> Any:
            with _at_step(listeners, loop, carry[0]):
                return body(carry)

        final = original.while_loop(noted_condition, noted_body, carry)
        n_steps = final[0]
        if not isinstance(n_steps, Tracer):
            tell(listeners, TimesKnown(loop, int(n_steps)))
        return final

    return while_loop


def _watch_cond(original: Any) -> Any:
    def cond(predicate: Any, true: Any, false: Any, *operands: Any) -> Any:
        return original.cond(predicate, *_noted_branches((true, false)), *operands)

    return cond


def _watch_switch(original: Any) -> Any:
    def switch(index: Any, branches: Any, *operands: Any) -> Any:
        return original.switch(index, _noted_branches(branches), *operands)

    return switch


def _noted_branches(branches: Iterable[Any]) -> list[Any]:
    """Says of each function which one it is; only one may run, without a jit."""
    listeners, transform = LISTENERS.active(), LISTENERS.innermost()

    def run_branch(number: int, branch: Any, *operands: Any) -> Any:
        tell(listeners, BranchBegun(transform, number))
        return branch(*operands)

    numbered = enumerate(branches)
    return [functools.partial(run_branch, n, branch) for n, branch in numbered]


@contextlib.contextmanager
def _in_condition(
    listeners: tuple[Listener, ...], loop: Transform | None
) -> Iterator[None]:
    """Says that what is traced meanwhile is the condition of a loop."""
    tell(listeners, ConditionNoted(loop, True))
    try:
        yield
    finally:
        tell(listeners, ConditionNoted(loop, False))


def watch_lax(original: Any) -> Any:
    """`nn.scan` says here how many times it runs its body."""

    def scan(body: Any, init: Any, xs: Any, length: Any = None, **options: Any) -> Any:
        sizes = [length, *_sizes_along(0, xs)]
        n_steps = next((size for size in sizes if size is not None), None)
        loop = LISTENERS.innermost()
        if n_steps is not None:
            tell(LISTENERS.active(), TimesKnown(loop, int(n_steps)))
        config: Any = jax.config  # Older versions of JAX do not type its attributes.
        if config.jax_disable_jit:
            body = _numbered(body, n_steps, options)
        followers = LISTENERS.followers()
        if not followers:
            return original.scan(body, init, xs, length=length, **options)

        def run_step(carry: Any, numbered: Any) -> Any:
            step, x = numbered
            with _at_step(followers, loop, step):
                return body(carry, x)

        numbered = (jnp.arange(n_steps), xs)
        return original.scan(run_step, init, numbered, length=length, **options)

    return Namespace(original, scan=scan)


def _numbered(body: Any, n_steps: Any, options: dict[str, Any]) -> Any:
    """Says which step runs each time that the body of a scan is called."""
    listeners, loop = LISTENERS.active(), LISTENERS.innermost()
    steps = range(n_steps)
    numbers = iter(reversed(steps) if options.get("reverse") else steps)

    def run_step(carry: Any, x: Any) -> Any:
        with _at_step(listeners, loop, next(numbers, None)):
            return body(carry, x)

    return run_step


@contextlib.contextmanager
def _at_step(
    listeners: tuple[Listener, ...], transform: Transform | None, step: Any
) -> Iterator[None]:
    """Says which step or lane runs; the number may be a tracer, so it is not kept."""
    tell(listeners, StepNoted(transform, step))
    try:
        yield
    finally:
        tell(listeners, StepNoted(transform, None))


def _mapped_size(in_axes: Any, args: Any) -> int | None:
    """Returns the size of the first axis that is mapped over.

    None where there is none: what JAX refuses, it is to refuse with its own words.
    """

    def sizes_of(axis: Any, tree: Any) -> list[int]:
        return [] if axis is None else _sizes_along(axis, tree)

    try:
        sizes = jax.tree.map(sizes_of, in_axes, args, is_leaf=lambda axis: axis is None)
    except ValueError:  # The axes do not fit the arguments.
        return None
    return next(iter(jax.tree.leaves(sizes)), None)


def _sizes_along(axis: int, tree: Any) -> list[int]:
    """Lists the sizes along an axis of those leaves that have it."""
    shapes = (getattr(leaf, "shape", ()) for leaf in jax.tree.leaves(tree))
    return [shape[axis] for shape in shapes if -len(shape) <= axis < len(shape)]


def watch_partial_pack(original: Any) -> Any:
    """Every lifted transform packs its scopes here, once a call."""

    @functools.wraps(original)
    def partial_pack(
        scope_tree: Any, ins: Any, outs: Any, rngs: Any, name: str | None = None
    ) -> Any:
        packed = original(scope_tree, ins, outs, rngs, name)
        transform, listeners = Transform(name or "transform"), LISTENERS.active()
        scopes = jax.tree.leaves(scope_tree)
        if listeners:
            outside = tuple(map(internals.base_keys_of, scopes))
            place = internals.place_of(scopes[0])
            tell(listeners, TransformOpened(transform, place, outside))
        LISTENERS.transforms.append(transform)
        return _watch_packed(_Packed(*packed), transform, listeners)

    return partial_pack


@dataclasses.dataclass(frozen=True)
class _Packed:
    scope_fn: Any
    repack_fn: Any
    variable_groups: Any
    rng_groups: Any
    publish_results_fn: Any


def _watch_packed(
    packed: _Packed, transform: Transform, listeners: tuple[Listener, ...]
) -> Any:
    def scope_fn(*args: Any, **kwargs: Any) -> Any:
        inner_scopes = packed.scope_fn(*args, **kwargs)
        scopes = jax.tree.leaves(inner_scopes)
        for scope in scopes:
            # Each scope of one tracing, and those below it, are known as such.
            internals.mark_trace(scope, next(internals.MARKS))
        inside = tuple(map(internals.base_keys_of, scopes))
        tell(listeners, TracingBegun(transform, inside))
        return inner_scopes

    def publish_results_fn(*args: Any, **kwargs: Any) -> Any:
        with LISTENERS.muted():
            result = packed.publish_results_fn(*args, **kwargs)
        LISTENERS.close_transform(transform)
        tell(listeners, TransformClosed(transform))
        return result

    return (
        scope_fn,
        packed.repack_fn,
        packed.variable_groups,
        packed.rng_groups,
        publish_results_fn,
    )
