"""How do we wrap the functions of Flax that start a run or use its scopes?

Each `watch_...` takes an original and returns one that calls it and then tells the
listeners. Checked with flax 0.12.0 and 0.12.12.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import flax.linen.module

from unflax_viz.capture.events import (
    AllVariablesRead,
    ForksEnded,
    KeyDrawn,
    RunClosed,
    RunSkipped,
    VariableRead,
    VariableWritten,
)
from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.namespace import Namespace
from unflax_viz.capture.linen.runs import Entry, run_opened
from unflax_viz.capture.linen.shape_checks import ShapeChecks
from unflax_viz.capture.listeners import LISTENERS, finish, tell

_NAMES_OF_FLAX = frozenset({"orig_method", "module"})
"""What `flax.linen.module.run_interceptors` calls its own arguments."""


def watch_entry(entry_point: str, watching: Any, original: Any) -> Any:
    """`nn.apply(fn, module)` and `nn.init_with_output(fn, module)`."""

    @functools.wraps(original)
    def enter(fn: Any, module: Any, *args: Any, **kwargs: Any) -> Any:
        names = ("mutable", "capture_intermediates")
        options = dict(zip(names, args, strict=False)) | kwargs
        entry = Entry(entry_point, module, fn, options, watching)
        return original(_watch_bound_function(entry), module, *args, **kwargs)

    return enter


def _watch_bound_function(entry: Entry) -> Any:
    fn = entry.method

    @functools.wraps(fn)
    def run(module: Any, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        listeners = LISTENERS.active()
        if not listeners:
            return fn(module, *args, **kwargs)
        if not LISTENERS.wants_run():
            tell(listeners, RunSkipped())
            with LISTENERS.muted():
                return fn(module, *args, **kwargs)
        _mark_scope(module.scope)
        tell(listeners, run_opened(entry, module, args, kwargs))

        def close(output: Any, error: BaseException | None) -> None:
            tell(listeners, RunClosed(output, error))

        return finish(close, fn, (module, *args), kwargs)

    return run


def _mark_scope(scope: Any) -> None:
    """Lets `nn.jit` trace what it runs with `scope`, if somebody wants to see it."""
    if LISTENERS.wants_run():
        internals.mark_scope(scope, next(internals.MARKS))


def watch_run_interceptors(original: Any) -> Any:
    """Flax calls interceptors with names that an argument of the model may have too."""

    @functools.wraps(original)
    def run_interceptors(method: Any, module: Any, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if _NAMES_OF_FLAX.isdisjoint(kwargs):
            return original(method, module, *args, **kwargs)
        function: Any = functools.partial(method, module)
        name = internals.method_name_of(method)
        context = flax.linen.module.InterceptorContext(module, name, function)
        for interceptor in reversed(internals.interceptors_of_thread()):
            function = functools.partial(_intercept, interceptor, function, context)
        return function(*args, **kwargs)

    return run_interceptors


def _intercept(
    interceptor: Any, function: Any, context: Any, /, *args: Any, **kwargs: Any
) -> Any:
    __tracebackhide__ = True
    return interceptor(function, args, kwargs, context)


def watch_make_rng(original: Any) -> Any:
    """`Scope.make_rng` hands out a key."""

    @functools.wraps(original)
    def make_rng(self: Any, name: str = "params") -> Any:
        __tracebackhide__ = True
        key = original(self, name)
        served = name if self.has_rng(name) else "params"
        if listeners := LISTENERS.active():
            tell(listeners, _key_drawn(self, name, served, key))
        return key

    return make_rng


def _key_drawn(scope: Any, stream: str, served: str, key: Any) -> KeyDrawn:
    """Makes the event of a draw; the counter of the scope is already advanced."""
    lazy, counter = scope.rngs[served], scope.rng_counters[served]
    suffix = (*lazy.suffix, counter)
    return KeyDrawn(
        place=internals.place_of(scope),
        stream=stream,
        served=served,
        counter=counter,
        base_key=lazy.rng,
        suffix=suffix,
        number=internals.fold_number(suffix, internals.separates_suffixes()),
        key=key,
        purpose=LISTENERS.purpose,
    )


def watch_initialising(place: int, original: Any) -> Any:
    """`Scope.param` and `Scope.variable` draw only for the initial value.

    Args:
      place: Where the name stands among the positional arguments.
      original: The method.
    """

    @functools.wraps(original)
    def make_variable(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        # Without a name it is Flax that refuses the call.
        name = kwargs.get("name", next(iter(args[place:]), ""))
        with LISTENERS.drawing_for(f"init {name}"):
            return original(self, *args, **kwargs)

    return make_variable


def watch_shape_checks(original: Any) -> Any:
    """`Scope.param` traces the initialiser, to check the shape of what is given."""
    checks = ShapeChecks()

    def eval_shape(function: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not LISTENERS.active():
            return original.eval_shape(function, *args, **kwargs)
        return checks.trace(function, original.eval_shape)

    return Namespace(original, eval_shape=eval_shape)


def watch_variables(original: Any) -> Any:
    """`Scope.variables` hands out all variables at once."""

    @functools.wraps(original)
    def variables(self: Any) -> Any:
        all_variables = original(self)
        if listeners := LISTENERS.active():
            paths = internals.variable_paths_of(self)
            tell(listeners, AllVariablesRead(internals.place_of(self), paths))
        return all_variables

    return variables


def watch_get_variable(original: Any) -> Any:
    """`Scope.get_variable` reads one variable."""

    @functools.wraps(original)
    def get_variable(self: Any, col: str, name: str, default: Any = None) -> Any:
        value = original(self, col, name, default)
        listeners = LISTENERS.active()
        if listeners and self.has_variable(col, name):
            tell(listeners, VariableRead(internals.place_of(self), col, name, value))
        return value

    return get_variable


def watch_put_variable(original: Any) -> Any:
    """`Scope.put_variable` writes one variable."""

    @functools.wraps(original)
    def put_variable(self: Any, col: str, name: str, value: Any) -> None:
        original(self, col, name, value)
        _tell_of_write(self, col, name)

    return put_variable


def watch_variable_value(original: property) -> property:
    """`Variable.value = x` looks at the old value for its box; that is not a read."""

    def assign(self: Any, value: Any) -> None:
        with LISTENERS.muted():
            original.__set__(self, value)
        _tell_of_write(self.scope, self.collection, self.name)

    return property(original.fget, assign, original.fdel, original.__doc__)


def _tell_of_write(scope: Any, collection: str, name: str) -> None:
    if listeners := LISTENERS.active():
        place = internals.place_of(scope)
        tell(listeners, VariableWritten(place, collection, name))


def watch_fork_rngs(original: Any) -> Any:
    """`nn.jit` forks the streams before it looks for a compiled body."""

    @functools.wraps(original)
    @contextlib.contextmanager
    def fork_rngs(module: Any) -> Iterator[None]:
        if module.scope is not None:
            _mark_scope(module.scope)
        with contextlib.ExitStack() as stack:
            with LISTENERS.drawing_for("fork"):
                stack.enter_context(original(module))
            stack.callback(_end_forks, module.scope)
            yield

    return fork_rngs


def _end_forks(scope: Any) -> None:
    if scope is None:
        return
    identity, keys = internals.base_keys_of(scope)
    tell(LISTENERS.active(), ForksEnded(identity, [*keys.values()]))
