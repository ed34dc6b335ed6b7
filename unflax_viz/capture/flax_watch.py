"""How do we hear what Flax Linen does in a run, and leave no trace?

While at least one recording is open, a few functions of Flax are replaced by versions
that call the original and then tell the observers of the current thread; with the last
recording closed, the originals are back. Checked with flax 0.10.6 and 0.12.8.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import flax.core.axes_scan
import flax.core.lift
import flax.core.scope
import flax.linen
import flax.linen.module
import flax.linen.transforms
import jax
import jax.numpy as jnp
from jax.core import Tracer

from unflax_viz.capture import flax_internals
from unflax_viz.capture.observer import Entry, Observer


class _Watch(threading.local):
    """The observers of one thread, and what Flax does on its own account just now.

    Attributes:
      is_muted: Whether reads and writes are Flax's own, not the model's.
      purpose: What Flax itself draws keys for; empty where the model asked for one.
    """

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self.is_muted = False
        self.purpose = ""

    def active(self) -> tuple[Observer, ...]:
        return () if self.is_muted else tuple(self.observers)

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        before, self.is_muted = self.is_muted, True
        try:
            yield
        finally:
            self.is_muted = before

    @contextlib.contextmanager
    def drawing_for(self, purpose: str) -> Iterator[None]:
        before, self.purpose = self.purpose, purpose
        try:
            yield
        finally:
            self.purpose = before


_watch = _Watch()
_lock = threading.Lock()
_n_open = 0
_originals: list[tuple[Any, str, Any]] = []
_recursion_limit = 0
_marks = itertools.count(1)

_FRAMES_PER_FRAME = 3
"""A recorded module call takes 7 Python frames, where Flax alone takes 3."""


@contextlib.contextmanager
def watching(observer: Observer) -> Iterator[None]:
    """Tells `observer` what Flax does in this thread while the context is open."""
    _install()
    _watch.observers.append(observer)
    try:
        with flax.linen.intercept_methods(_interceptor_of(observer)):
            yield
    finally:
        _watch.observers.remove(observer)
        _uninstall()


def is_patched() -> bool:
    """Tells whether any function of Flax is replaced at the moment."""
    return bool(_originals)


def _interceptor_of(observer: Observer) -> Callable[..., Any]:
    def intercept(next_fun: Any, args: Any, kwargs: Any, context: Any) -> Any:
        __tracebackhide__ = True
        module = context.module
        if module.scope is None or flax_internals.is_test_scope(module.scope.root):
            return next_fun(*args, **kwargs)
        if context.method_name == "setup":
            observer.open_setup(module)
            try:
                return next_fun(*args, **kwargs)
            finally:
                observer.close_setup()
        observer.open_call(module, context.method_name, args, kwargs)

        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return observer.replace_output(args, kwargs, next_fun(*args, **kwargs))

        return _finish(observer.close_call, call, args, kwargs)

    return intercept


def _finish(close: Any, function: Any, args: Any, kwargs: Any) -> Any:
    """Calls `function` and closes what was opened for it, also when it raises."""
    __tracebackhide__ = True
    try:
        output = function(*args, **kwargs)
    except BaseException as error:
        close(None, error)
        raise
    close(output, None)
    return output


def _install() -> None:
    global _n_open, _recursion_limit
    with _lock:
        if _n_open == 0:
            _replace_all()
            _recursion_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(_FRAMES_PER_FRAME * _recursion_limit)
        _n_open += 1


def _uninstall() -> None:
    global _n_open
    with _lock:
        _n_open -= 1
        if _n_open == 0:
            sys.setrecursionlimit(_recursion_limit)
            while _originals:
                owner, name, original = _originals.pop()
                setattr(owner, name, original)


def _replace_all() -> None:
    for owner in (flax.linen.module, flax.linen):
        _replace(owner, "apply", functools.partial(_watch_entry, "apply"))
        _replace(owner, "init_with_output", functools.partial(_watch_entry, "init"))
    scope_class = flax.core.scope.Scope
    _replace(scope_class, "make_rng", _watch_make_rng)
    _replace(scope_class, "param", _watch_initialising)
    _replace(scope_class, "variable", _watch_initialising)
    _replace(scope_class, "variables", _watch_variables)
    _replace(scope_class, "get_variable", _watch_get_variable)
    _replace(scope_class, "put_variable", _watch_put_variable)
    _replace(flax.core.scope.Variable, "value", _watch_variable_value)
    _replace(flax.linen.transforms, "fork_rngs", _watch_fork_rngs)
    _replace(flax.core.lift, "_partial_pack", _watch_partial_pack)
    _replace(flax.core.lift, "random", _watch_random)
    _replace(flax.core.lift, "jax", _watch_jax)
    _replace(flax.core.axes_scan, "lax", _watch_lax)


def _replace(owner: Any, name: str, watch: Callable[[Any], Any]) -> None:
    original = vars(owner)[name]
    _originals.append((owner, name, original))
    setattr(owner, name, watch(original))


def _watch_entry(entry_point: str, original: Any) -> Any:
    """`nn.apply(fn, module)` and `nn.init_with_output(fn, module)`."""

    @functools.wraps(original)
    def enter(fn: Any, module: Any, *args: Any, **kwargs: Any) -> Any:
        names = ("mutable", "capture_intermediates")
        entry = Entry(entry_point, fn, dict(zip(names, args, strict=False)) | kwargs)
        return original(_watch_bound_function(entry), module, *args, **kwargs)

    return enter


def _watch_bound_function(entry: Entry) -> Any:
    fn = entry.method

    @functools.wraps(fn)
    def run(module: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        observers = _watch.active()
        if not observers:
            return fn(module, *args, **kwargs)
        if _wanted(observers):
            flax_internals.mark_scope(module.scope, next(_marks))
        for observer in observers:
            observer.open_run(entry, module, args, kwargs)

        def close(output: Any, error: BaseException | None) -> None:
            for observer in observers:
                observer.close_run(output, error)

        return _finish(close, fn, (module, *args), kwargs)

    return run


def _wanted(observers: tuple[Observer, ...]) -> bool:
    return any(observer.wants_run() for observer in observers)


def _watch_make_rng(original: Any) -> Any:
    @functools.wraps(original)
    def make_rng(self: Any, name: str = "params") -> Any:
        __tracebackhide__ = True
        key = original(self, name)
        served = name if self.has_rng(name) else "params"
        for observer in _watch.active():
            observer.note_draw(self, name, served, key, _watch.purpose)
        return key

    return make_rng


def _watch_initialising(original: Any) -> Any:
    """`Scope.param` and `Scope.variable` draw only for the initial value."""

    @functools.wraps(original)
    def make_variable(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        name = kwargs.get("name") or next(x for x in args[::-1] if isinstance(x, str))
        with _watch.drawing_for(f"init {name}"):
            return original(self, *args, **kwargs)

    return make_variable


def _watch_variables(original: Any) -> Any:
    @functools.wraps(original)
    def variables(self: Any) -> Any:
        all_variables = original(self)
        for observer in _watch.active():
            observer.note_read_all(self)
        return all_variables

    return variables


def _watch_get_variable(original: Any) -> Any:
    @functools.wraps(original)
    def get_variable(self: Any, col: str, name: str, default: Any = None) -> Any:
        for observer in _watch.active():
            if self.has_variable(col, name):
                observer.note_read(self, col, name)
        return original(self, col, name, default)

    return get_variable


def _watch_put_variable(original: Any) -> Any:
    @functools.wraps(original)
    def put_variable(self: Any, col: str, name: str, value: Any) -> None:
        original(self, col, name, value)
        for observer in _watch.active():
            observer.note_write(self, col, name)

    return put_variable


def _watch_variable_value(original: property) -> property:
    """`Variable.value = x` looks at the old value for its box; that is no read."""

    def assign(self: Any, value: Any) -> None:
        with _watch.muted():
            original.__set__(self, value)
        for observer in _watch.active():
            observer.note_write(self.scope, self.collection, self.name)

    return property(original.fget, assign, original.fdel, original.__doc__)


def _watch_fork_rngs(original: Any) -> Any:
    """`nn.jit` forks the streams before it looks for a compiled body."""

    @functools.wraps(original)
    @contextlib.contextmanager
    def fork_rngs(module: Any) -> Iterator[None]:
        if module.scope is not None and _wanted(_watch.active()):
            flax_internals.mark_scope(module.scope, next(_marks))
        with contextlib.ExitStack() as stack:
            with _watch.drawing_for("fork"):
                stack.enter_context(original(module))
            yield

    return fork_rngs


class _Namespace:
    """A module of which some names are replaced."""

    def __init__(self, module: Any, **replaced: Any):
        self._module = module
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _watch_random(original: Any) -> Any:
    """Lifted transforms derive the keys of their steps with `jax.random`."""

    def clone(key: Any, **options: Any) -> Any:
        cloned = original.clone(key, **options)
        for observer in _watch.active():
            observer.note_clone(key, cloned)
        return cloned

    def split(key: Any, num: int = 2, **options: Any) -> Any:
        for observer in _watch.active():
            observer.note_split(key, num)
        return original.split(key, num, **options)

    def fold_in(key: Any, data: Any, **options: Any) -> Any:
        folded = original.fold_in(key, data, **options)
        for observer in _watch.active():
            observer.note_fold_in(folded)
        return folded

    return _Namespace(original, clone=clone, split=split, fold_in=fold_in)


def _watch_jax(original: Any) -> Any:
    """`nn.vmap` and `nn.while_loop` say here how often they run their body."""

    def vmap(function: Any, in_axes: Any = 0, **options: Any) -> Any:
        @functools.wraps(function)
        def call(*args: Any) -> Any:
            n_lanes = options.get("axis_size") or _mapped_size(in_axes, args)
            for observer in _watch.active():
                observer.note_times(n_lanes)
            followers = _find_followers()
            if not followers:
                return original.vmap(function, in_axes, **options)(*args)

            def run_lane(lane: Any, *args: Any) -> Any:
                _note_step(followers, lane)
                return function(*args)

            axes = (0, *in_axes) if isinstance(in_axes, tuple) else in_axes
            lanes = jnp.arange(n_lanes)
            return original.vmap(run_lane, axes, **options)(lanes, *args)

        return call

    def while_loop(condition: Any, body: Any, carry: Any) -> Any:
        observers = _watch.active()
        loops = [(observer, observer.open_region()) for observer in observers]

        @functools.wraps(condition)
        def noted_condition(carry: Any) -> Any:
            for observer, region in loops:
                observer.note_condition(region, True)
            try:
                return condition(carry)
            finally:
                for observer, region in loops:
                    observer.note_condition(region, False)

        @functools.wraps(body)
        def noted_body(carry: Any) -> Any:
            _note_step(loops, carry[0])
            return body(carry)

        final = original.lax.while_loop(noted_condition, noted_body, carry)
        n_steps = final[0]
        for observer, region in loops:
            if not isinstance(n_steps, Tracer):
                observer.note_times(int(n_steps), region)
        return final

    lax = _Namespace(original.lax, while_loop=while_loop)
    return _Namespace(original, vmap=vmap, lax=lax)


def _watch_lax(original: Any) -> Any:
    """`nn.scan` says here how often it runs its body."""

    def scan(body: Any, init: Any, xs: Any, length: Any = None, **options: Any) -> Any:
        sizes = [length, *(leaf.shape[0] for leaf in jax.tree.leaves(xs))]
        n_steps = next((size for size in sizes if size is not None), None)
        for observer in _watch.active():
            if n_steps is not None:
                observer.note_times(int(n_steps))
        followers = _find_followers()
        if not followers:
            return original.scan(body, init, xs, length=length, **options)

        def run_step(carry: Any, numbered: Any) -> Any:
            step, x = numbered
            _note_step(followers, step)
            return body(carry, x)

        numbered = (jnp.arange(n_steps), xs)
        return original.scan(run_step, init, numbered, length=length, **options)

    return _Namespace(original, scan=scan)


def _find_followers() -> list[tuple[Observer, Any]]:
    """Finds the observers that want to know which step or lane is running."""
    return [
        (observer, observer.open_region())
        for observer in _watch.active()
        if observer.follows_steps()
    ]


def _note_step(followers: list[tuple[Observer, Any]], step: Any) -> None:
    for observer, region in followers:
        observer.note_step(region, step)


def _mapped_size(in_axes: Any, args: Any) -> int | None:
    """Returns the size of the first axis that is mapped over."""

    def sizes_of(axis: Any, tree: Any) -> list[int]:
        if axis is None:
            return []
        return [leaf.shape[axis] for leaf in jax.tree.leaves(tree)]

    sizes = jax.tree.map(sizes_of, in_axes, args, is_leaf=lambda axis: axis is None)
    return next(iter(jax.tree.leaves(sizes)), None)


def _watch_partial_pack(original: Any) -> Any:
    """Every lifted transform packs its scopes here, once a call."""

    @functools.wraps(original)
    def partial_pack(
        scope_tree: Any, ins: Any, outs: Any, rngs: Any, name: str | None = None
    ) -> Any:
        packed = original(scope_tree, ins, outs, rngs, name)
        tokens = [
            (observer, observer.open_transform(name or "transform", scope_tree))
            for observer in _watch.active()
        ]
        return _watch_packed(_Packed(*packed), tokens)

    return partial_pack


@dataclasses.dataclass(frozen=True)
class _Packed:
    scope_fn: Any
    repack_fn: Any
    variable_groups: Any
    rng_groups: Any
    publish_results_fn: Any


def _watch_packed(packed: _Packed, tokens: list[tuple[Observer, Any]]) -> Any:
    def scope_fn(*args: Any, **kwargs: Any) -> Any:
        inner_scopes = packed.scope_fn(*args, **kwargs)
        for observer, token in tokens:
            observer.note_trace(token, inner_scopes)
        return inner_scopes

    def publish_results_fn(*args: Any, **kwargs: Any) -> Any:
        with _watch.muted():
            result = packed.publish_results_fn(*args, **kwargs)
        for observer, token in tokens:
            observer.close_transform(token)
        return result

    return (
        scope_fn,
        packed.repack_fn,
        packed.variable_groups,
        packed.rng_groups,
        publish_results_fn,
    )
