"""What was called, read, written and drawn, and under which transforms?

The recorder listens to Flax while a run goes on and keeps a tree of open records.
It holds scopes only until the run is over and never a tracer; `freeze` turns a
finished run into Penzai Structs.
"""

from __future__ import annotations

import dataclasses
import weakref
from typing import Any

import jax
from jax.core import Tracer

from unflax_viz.capture import flax_internals
from unflax_viz.record.calls import ArgsAndKwargs, Transform
from unflax_viz.record.structures import structure_of, without_tracers

Path = tuple[str, ...]
VariableKey = tuple[str, str]
"""Collection and name of a variable in its scope."""

_BRANCHING = frozenset({"cond", "switch", "while_loop"})
"""Transforms that trace several functions, each of which stays part of the run."""

_KEY_CHANGING = frozenset({"scan", "vmap", "while_loop", "jit", "fold_rngs"})
"""Transforms inside of which Flax hands out keys derived from split or forked ones."""


@dataclasses.dataclass(eq=False)
class Region:
    """One use of a lifted transform, from packing its scopes to publishing them.

    Attributes:
      kind: Flax's name of the transform.
      path: The scope that it was used in.
      outer: The trace that it was used in; None outside of every transform.
      caller: The call that used it.
      n_traces: How often the body was traced so far.
    """

    kind: str
    path: Path
    outer: Trace | None
    caller: Call
    n_traces: int = 0


@dataclasses.dataclass(eq=False)
class Trace:
    """One tracing of a region's body."""

    region: Region

    def regions(self) -> tuple[Region, ...]:
        """Returns all regions around the trace, outermost first."""
        outer = self.region.outer
        return (*(outer.regions() if outer else ()), self.region)


@dataclasses.dataclass
class Draw:
    """A draw as it was seen: the base key is known, or the regions that changed it."""

    stream: str
    served: str
    counter: int
    path: Path
    suffix: tuple[str | int, ...]
    base_key: Any
    regions: tuple[Region, ...]


@dataclasses.dataclass
class Use:
    """What a call, or a setup, did with the variables of its scope."""

    reads: set[VariableKey] = dataclasses.field(default_factory=set)
    writes: set[VariableKey] = dataclasses.field(default_factory=set)
    draws: list[Draw] = dataclasses.field(default_factory=list)

    def add(self, other: Use) -> None:
        """Takes over what `other` saw."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.draws[:0] = other.draws


@dataclasses.dataclass(eq=False)
class Missing:
    """A place where a transform ran a body that was not traced again."""

    path: Path
    kind: str
    regions: tuple[Region, ...]


@dataclasses.dataclass(eq=False)
class Call:
    """A call that is open or over."""

    module: Any
    method_name: str
    path: Path
    run: Run
    inputs: ArgsAndKwargs
    regions: tuple[Region, ...]
    use: Use = dataclasses.field(default_factory=Use)
    children: list[Call | Missing] = dataclasses.field(default_factory=list)
    output: Any = None
    has_failed: bool = False
    error: str = ""

    @property
    def transforms(self) -> tuple[Transform, ...]:
        return tuple(Transform(region.kind) for region in self.regions)


@dataclasses.dataclass(eq=False)
class Run:
    """One entry into Flax: outermost, or an `apply` inside a module.

    Attributes:
      scope: The root scope.
      before: Its variables when the run began; dicts copied, leaves by reference.
      setups: What `setup` used, by path; every call of that module has it too.
      awaits_root: Whether the next call is the root's own method, not a child.
    """

    entry_point: str
    scope: Any
    before: dict[str, Any]
    root: Call = dataclasses.field(init=False)
    after: dict[str, Any] = dataclasses.field(default_factory=dict)
    setups: dict[Path, Use] = dataclasses.field(default_factory=dict)
    awaits_root: bool = False
    output: Any = None
    error: str = ""


class Recorder:
    """Listens to one thread and keeps every outermost run; see `Observer`.

    Attributes:
      finished: The outermost runs that are over, in order; the first `max_runs`.
      n_seen: How many outermost runs there were.
    """

    def __init__(self, max_runs: int = 1):
        self.finished: list[Run] = []
        self.n_seen = 0
        self._max_runs = max_runs
        self._runs: list[Run] = []
        self._calls: list[Call] = []
        self._setups: list[tuple[Path, Use]] = []
        self._traces: dict[int, tuple[Any, Trace]] = {}
        self._clones: weakref.WeakValueDictionary[int, Any] = (
            weakref.WeakValueDictionary()
        )

    def open_run(
        self, entry_point: str, module: Any, method_name: str, args: Any, kwargs: Any
    ) -> None:
        scope = module.scope
        run = Run(entry_point, scope, flax_internals.variables_of(scope))
        call = self._new_call(module, method_name, args, kwargs, run)
        run.root = call
        run.awaits_root = True
        if self._calls:
            self._calls[-1].children.append(call)
        self._runs.append(run)
        self._calls.append(call)

    def close_run(self, output: Any, error: BaseException | None) -> None:
        run = self._runs.pop()
        call = self._calls.pop()
        self._close(call, output, error)
        if run.awaits_root and _stands_for_child(call):
            self._replace_root(run, call)
        run.after = without_tracers(flax_internals.variables_of(run.scope))
        run.before = without_tracers(run.before)
        run.output = without_tracers(_returned(run, output))
        run.error = _describe_error(error)
        if not self._runs:
            self._keep(run)

    def open_call(self, module: Any, method_name: str, args: Any, kwargs: Any) -> None:
        if not self._runs:
            self.open_run("bind", module, method_name, args, kwargs)
            self._runs[-1].awaits_root = False
            return
        run = self._runs[-1]
        if run.awaits_root and _is_root_method(run, module, method_name):
            run.awaits_root = False
            self._calls.append(run.root)
            return
        call = self._new_call(module, method_name, args, kwargs, run)
        self._calls[-1].children.append(call)
        self._calls.append(call)

    def close_call(self, output: Any, error: BaseException | None) -> None:
        run = self._runs[-1]
        if run.entry_point == "bind" and self._calls == [run.root]:
            self.close_run(output, error)
            return
        self._close(self._calls.pop(), output, error)

    def open_setup(self, module: Any) -> None:
        use = Use()
        if self._runs:
            self._runs[-1].setups[module.scope.path] = use
        self._setups.append((module.scope.path, use))

    def close_setup(self) -> None:
        self._setups.pop()

    def note_read(self, scope: Any, collection: str, name: str) -> None:
        use = self._user_of(scope)
        if use:
            use.reads.add((collection, name))

    def note_write(self, scope: Any, collection: str, name: str) -> None:
        use = self._user_of(scope)
        if use:
            use.writes.add((collection, name))

    def note_draw(self, scope: Any, stream: str, served: str) -> None:
        use = self._user_of(scope)
        if not use:
            return
        lazy = scope.rngs[served]
        counter = scope.rng_counters[served]
        regions = self._regions_of(scope)
        use.draws.append(
            Draw(
                stream=stream,
                served=served,
                counter=counter,
                path=scope.path,
                suffix=(*lazy.suffix, counter),
                base_key=self._base_key_of(lazy.rng, served, regions),
                regions=regions,
            )
        )

    def open_transform(self, kind: str, scopes: Any) -> Region | None:
        if not self._calls:
            return None
        first = jax.tree.leaves(scopes)[0]
        return Region(kind, first.path, self._trace_of(first), self._calls[-1])

    def note_trace(self, token: Region | None, inner_scopes: Any) -> None:
        if token is None:
            return
        token.n_traces += 1
        if token.kind not in _BRANCHING:
            _forget_older_traces(token)
        trace = Trace(token)
        for scope in jax.tree.leaves(inner_scopes):
            root = scope.root
            self._traces[id(root)] = (root, trace)

    def close_transform(self, token: Region | None) -> None:
        if token is not None and token.kind == "jit" and token.n_traces == 1:
            regions = (*(token.outer.regions() if token.outer else ()), token)
            token.caller.children.append(Missing(token.path, token.kind, regions))

    def _new_call(
        self, module: Any, method_name: str, args: Any, kwargs: Any, run: Run
    ) -> Call:
        unbound = module.clone(parent=None, _deep_clone=self._clones)
        inputs = ArgsAndKwargs(structure_of(tuple(args)), structure_of(dict(kwargs)))
        regions = self._regions_of(module.scope)
        return Call(unbound, method_name, module.scope.path, run, inputs, regions)

    def _close(self, call: Call, output: Any, error: BaseException | None) -> None:
        if error is None:
            call.output = structure_of(output)
            return
        call.has_failed = True
        if not _has_failed_child(call):
            call.error = _describe_error(error)

    def _replace_root(self, run: Run, stand_in: Call) -> None:
        """Puts the one call of a transformed class in the place of its root."""
        (run.root,) = [c for c in stand_in.children if isinstance(c, Call)]
        if self._calls:
            siblings = self._calls[-1].children
            siblings[siblings.index(stand_in)] = run.root

    def _keep(self, run: Run) -> None:
        self.n_seen += 1
        if len(self.finished) < self._max_runs:
            self.finished.append(run)
        self._traces.clear()

    def _user_of(self, scope: Any) -> Use | None:
        """Finds the innermost open setup or call of that scope's module."""
        if self._setups and self._setups[-1][0] == scope.path:
            return self._setups[-1][1]
        for call in reversed(self._calls):
            if call.path == scope.path:
                return call.use
        return self._calls[-1].use if self._calls else None

    def _trace_of(self, scope: Any) -> Trace | None:
        entry = self._traces.get(id(scope.root))
        return entry[1] if entry else None

    def _regions_of(self, scope: Any) -> tuple[Region, ...]:
        trace = self._trace_of(scope)
        return trace.regions() if trace else ()

    def _base_key_of(self, key: Any, served: str, regions: tuple[Region, ...]) -> Any:
        """Returns the concrete key that the draw was folded from, if there is one."""
        if not isinstance(key, Tracer):
            return key
        if any(region.kind in _KEY_CHANGING for region in regions):
            return None
        given = flax_internals.root_rngs_of(self._runs[-1].scope).get(served)
        return None if isinstance(given, Tracer) else given


def _is_root_method(run: Run, module: Any, method_name: str) -> bool:
    root = run.root
    is_same = module.scope.path == root.path and method_name == root.method_name
    return is_same and type(module) is type(root.module) and not root.children


def _stands_for_child(root: Call) -> bool:
    """Tells whether `root` is a transformed class, which Flax does not intercept.

    `nn.scan(Layer)` is a subclass of `Layer`, and of its call only the inner one, of
    `Layer` itself, is seen.
    """
    if len(root.children) != 1 or root.use != Use():
        return False
    (child,) = root.children
    return (
        isinstance(child, Call)
        and (child.path, child.method_name) == (root.path, root.method_name)
        and isinstance(root.module, type(child.module))
    )


def _forget_older_traces(region: Region) -> None:
    """Drops what the last trace of a body left: only the newest one runs."""
    caller = region.caller
    caller.children = [c for c in caller.children if region not in c.regions]
    caller.use.draws = [d for d in caller.use.draws if region not in d.regions]


def _has_failed_child(call: Call) -> bool:
    """Tells whether the last call below `call` is where the exception came from."""
    last = call.children[-1] if call.children else None
    return isinstance(last, Call) and last.has_failed


def _describe_error(error: BaseException | None) -> str:
    if error is None:
        return ""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _returned(run: Run, output: Any) -> Any:
    """Adds the variables to the result, as `apply` and `init` return them."""
    has_variables = run.entry_point != "bind" and run.scope.mutable is not False
    return (output, run.scope.mutable_variables()) if has_variables else output
