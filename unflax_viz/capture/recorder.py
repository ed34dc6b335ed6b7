"""What was called, read, written and drawn, and under which transforms?

The recorder listens to Flax while a run goes on and keeps a tree of open records.
It holds scopes and tracers only until the run is over; `freeze` turns a finished run
into Penzai Structs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import jax

from unflax_viz.capture.keys import fold_suffix
from unflax_viz.capture.linen import internals
from unflax_viz.capture.notes import Call, Draw, Missing, Run, Use
from unflax_viz.capture.observer import Entry
from unflax_viz.capture.streams import Streams
from unflax_viz.capture.tracings import (
    merge_steps,
    restore_initial_draws,
    supersede,
)
from unflax_viz.capture.transforms import Counters, Path, Region, Trace
from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.recipe import Recipe
from unflax_viz.record.refs import without_refs
from unflax_viz.record.structures import leaf_paths, structure_of

Kept = TypeVar("Kept")


class Recorder(Generic[Kept]):
    """Listens to one thread and keeps every outermost run; see `Observer`.

    Attributes:
      finished: What `freeze` made of the outermost runs that are over, in order; the
        first `max_runs`.
      n_seen: How many outermost runs there were.
    """

    def __init__(self, freeze: Callable[[Run], Kept], max_runs: int = 1):
        self.finished: list[Kept] = []
        self.n_seen = 0
        self._freeze = freeze
        self._max_runs = max_runs
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Forgets everything of a run that is over, or given up."""
        self._runs: list[Run] = []
        self._calls: list[Call] = []
        self._setups: list[tuple[Path, Use]] = []
        self._regions: list[Region] = []
        self._traces: dict[int, Trace] = {}
        self._streams = Streams()
        self._copies = internals.UnboundCopies()
        self._n_entries = 0

    def wants_run(self) -> bool:
        """Tells whether a run that began now would be kept."""
        return bool(self._runs) or self.n_seen < self._max_runs

    def skip_run(self) -> None:
        """Counts a run that would not be kept."""
        self.n_seen += 1

    def give_up_run(self) -> None:
        """Forgets a run that cannot be recorded to its end."""
        self.n_seen += 1
        self._begin_anew()

    def open_run(self, entry: Entry, module: Any, args: Any, kwargs: Any) -> None:
        """Opens the root call; the root's own method will not be a second one."""
        scope = module.scope.root
        variables = internals.variables_of(scope)
        before = without_refs(variables)
        run = Run(
            recipe=self._recipe_of(entry, module),
            scope=scope,
            mutable=scope.mutable,
            before=before,
            has_refs=before is not variables,
            rngs=internals.rngs_of(scope),
            entry=self._n_entries,
            counters=self._counters_of_new_run(),
        )
        self._n_entries += 1
        method_name = internals.method_name_of(entry.method)
        run.root = self._new_call(module, method_name, args, kwargs, run)
        run.awaits_root = True
        if self._calls:
            self._calls[-1].children.append(run.root)
        self._runs.append(run)
        self._calls.append(run.root)

    def close_run(self, output: Any, error: BaseException | None) -> None:
        """Closes the root call and keeps the run if it was an outermost one."""
        run = self._runs.pop()
        root = self._calls.pop()
        root.close(output, error)
        if run.awaits_root and _stands_for_child(root):
            self._replace_root(run, root)
        run.close(_returned(run, output), error)
        if not self._runs:
            self._keep(run)

    def open_call(self, module: Any, method_name: str, args: Any, kwargs: Any) -> None:
        """Opens a call inside the innermost open one."""
        if not self._is_inside(module.scope):
            method = getattr(type(module), method_name, None)
            self.open_run(Entry("bind", None, method, {}), module, args, kwargs)
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
        """Closes the innermost open call."""
        run = self._runs[-1]
        if run.recipe.entry_point == "bind" and self._calls[-1] is run.root:
            self.close_run(output, error)
            return
        call = self._calls.pop()
        call.close(output, error)
        self._regions = [r for r in self._regions if r.caller is not call]

    def replace_output(self, args: Any, kwargs: Any, output: Any) -> Any:
        """Returns `output`: a recording changes nothing."""
        del args, kwargs
        return output

    def follows_steps(self) -> bool:
        """Returns False: a recording does not look at single steps."""
        return False

    def note_step(self, token: Region | None, step: Any) -> None:
        """Notes the number of the step that the newest trace of a region runs for."""
        if token is not None:
            token.step = step

    def open_setup(self, module: Any) -> None:
        """Notes from now on what a module's `setup` uses."""
        use = Use()
        if self._runs:
            place = (internals.identity_of(module.scope), module.scope.path)
            self._runs[-1].setups[place] = use
        self._setups.append((module.scope.path, use))

    def close_setup(self, module: Any, error: BaseException | None) -> None:
        """Ends the last `open_setup`; a module that fails there was never called."""
        self._setups.pop()
        if error is None or not self._calls or self._calls[-1].has_failed_below():
            return
        if self._calls[-1].path != module.scope.path:
            call = self._new_call(module, "setup", (), {}, self._runs[-1])
            call.close(None, error)
            self._calls[-1].children.append(call)

    def note_read(self, scope: Any, collection: str, name: str, value: Any) -> None:
        """Notes the variable, and what it looks like, with the call that has it."""
        use = self._user_of(scope)
        if use is not None:
            key = (collection, (*scope.path, name))
            use.reads.add(key)
            use.seen[key] = structure_of(value)

    def note_read_all(self, scope: Any) -> None:
        """Notes all variables in and below the scope with the call that has it."""
        use = self._user_of(scope)
        if use is not None:
            for collection, tree in internals.variables_of(scope).items():
                paths = leaf_paths(tree, scope.path)
                use.reads.update((collection, path) for path in paths)

    def note_write(self, scope: Any, collection: str, name: str) -> None:
        """Notes the variable with the call whose scope it is in."""
        use = self._user_of(scope)
        if use is not None:
            use.writes.add((collection, (*scope.path, name)))

    def note_draw(
        self, scope: Any, stream: str, served: str, key: Any, purpose: str
    ) -> None:
        """Notes the draw with the call whose scope drew, and how its key came about."""
        use = self._user_of(scope)
        if use is None:
            return
        lazy, counter = scope.rngs[served], scope.rng_counters[served]
        base = self._streams.base_of(scope, served)
        expression = fold_suffix(base, (*lazy.suffix, counter))
        if purpose == "fork":
            self._streams.note_fork(scope, key, expression)
        use.draws.append(
            Draw(
                stream=stream,
                served=served,
                counter=counter,
                path=scope.path,
                expression=expression,
                purpose=purpose,
                traces=self._traces_of(scope),
            )
        )

    def open_transform(self, kind: str, scopes: Any) -> Region | None:
        """Opens a region inside the innermost open call."""
        if not self._calls:
            return None
        leaves = tuple(jax.tree.leaves(scopes))
        outer = self._trace_of(leaves[0])
        counters = outer.counters if outer else self._runs[-1].counters
        caller = self._calls[-1]
        region = Region(
            kind=kind,
            scopes=leaves,
            path=leaves[0].path,
            outer=outer,
            caller=caller,
            site=counters.next_site(kind, leaves[0].path),
            n_children=len(caller.children),
            n_draws=len(caller.use.draws),
        )
        self._regions.append(region)
        return region

    def note_trace(self, token: Region | None, inner_scopes: Any) -> None:
        """Begins a tracing of the region's body, which makes older ones void."""
        if token is None:
            return
        scopes = jax.tree.leaves(inner_scopes)
        number = token.branch if token.is_branching else token.n_traces
        trace = Trace(token, number, token.is_in_condition, token.eager_index())
        token.n_traces += 1
        if not token.is_branching:
            supersede(token, trace)
        for outer_scope, scope in zip(token.scopes, scopes, strict=True):
            self._traces[internals.identity_of(scope)] = trace
            self._streams.enter(trace, outer_scope, scope)

    def close_transform(self, token: Region | None) -> None:
        """Closes the region; `nn.jit` that did not trace its body leaves a mark."""
        if token is None:
            return
        if token in self._regions:
            self._regions.remove(token)
        for is_condition in (True, False):
            if is_condition in token.newest:
                merge_steps(token, token.newest[is_condition])
        restore_initial_draws(token)
        if token.kind == "jit" and token.n_traces == 1:
            traces = (*(token.outer.around() if token.outer else ()), Trace(token, 0))
            token.caller.children.append(Missing(token.path, token.kind, traces))
        token.close()

    def open_region(self) -> Region | None:
        """Returns the region that was opened last and is open."""
        return self._regions[-1] if self._regions else None

    def note_times(self, n_times: int | None, token: Region | None = None) -> None:
        """Notes how often a region runs its body."""
        region = token or self.open_region()
        if region:
            region.n_times = n_times

    def note_branch(self, token: Region | None, branch: int) -> None:
        """Notes which function of a region is traced now."""
        if token is not None:
            token.branch = branch

    def note_condition(self, token: Region | None, is_running: bool) -> None:
        """Notes that what a loop traces now is its condition, or no longer."""
        if token is not None:
            token.is_in_condition = is_running

    def note_mapped_streams(self, streams: Any, n_times: int | None) -> None:
        """Notes for the innermost open transform which streams it derives keys of."""
        if self._regions:
            self._regions[-1].mapped_streams |= set(streams)
            self._regions[-1].n_times = n_times or self._regions[-1].n_times

    def end_forks(self, scope: Any, keys: Any) -> None:
        """Forgets base keys of `nn.jit`, which is over."""
        self._streams.end_forks(scope, keys)

    def _new_call(
        self, module: Any, method_name: str, args: Any, kwargs: Any, run: Run
    ) -> Call:
        unbound = self._copies.copy(module)
        inputs = ArgsAndKwargs(structure_of(tuple(args)), structure_of(dict(kwargs)))
        path, trace = module.scope.path, self._trace_of(module.scope)
        counters = trace.counters if trace else run.counters
        return Call(
            module=unbound,
            method_name=method_name,
            path=path,
            identity=internals.identity_of(module.scope),
            run=run,
            inputs=inputs,
            traces=trace.around() if trace else (),
            site=counters.next_site(path, method_name),
        )

    def _recipe_of(self, entry: Entry, module: Any) -> Recipe:
        given = entry.module
        is_unbound = given is not None and given.scope is None
        return Recipe(
            module=given if is_unbound else self._copies.copy(module),
            method=entry.method,
            entry_point=entry.entry_point,
            mutable=entry.options.get("mutable", module.scope.mutable),
            capture_intermediates=entry.options.get("capture_intermediates", False),
            rng_counters=internals.rng_counters_of(module.scope.root),
        )

    def _replace_root(self, run: Run, stand_in: Call) -> None:
        """Puts the one call of a transformed class in the place of its root."""
        (run.root,) = [c for c in stand_in.children if isinstance(c, Call)]
        if self._calls:
            siblings = self._calls[-1].children
            siblings[siblings.index(stand_in)] = run.root

    def _keep(self, run: Run) -> None:
        """Freezes the run at once: what it was given may be donated afterwards."""
        if len(self.finished) < self._max_runs:
            self.finished.append(self._freeze(run))
        self.n_seen += 1
        self._begin_anew()

    def _user_of(self, scope: Any) -> Use | None:
        """Finds the innermost open setup or call of that scope's module."""
        if self._setups and self._setups[-1][0] == scope.path:
            return self._setups[-1][1]
        for call in reversed(self._calls):
            if call.path == scope.path and call.run is self._runs[-1]:
                return call.use
        return self._calls[-1].use if self._calls else None

    def _is_inside(self, scope: Any) -> bool:
        """Tells whether a scope belongs to the innermost open run."""
        if not self._runs:
            return False
        identity = internals.identity_of(scope)
        is_root = identity == internals.identity_of(self._runs[-1].scope)
        return is_root or identity in self._traces

    def _counters_of_new_run(self) -> Counters:
        if not self._calls:
            return Counters()
        caller = self._calls[-1]
        outer = caller.traces[-1].counters if caller.traces else caller.run.counters
        return Counters(outer.next_site("entry"))

    def _trace_of(self, scope: Any) -> Trace | None:
        return self._traces.get(internals.identity_of(scope))

    def _traces_of(self, scope: Any) -> tuple[Trace, ...]:
        trace = self._trace_of(scope)
        return trace.around() if trace else ()


def _is_root_method(run: Run, module: Any, method_name: str) -> bool:
    root = run.root
    is_same = module.scope.path == root.path and method_name == root.method_name
    return is_same and type(module) is type(root.module) and not root.children


def _stands_for_child(root: Call) -> bool:
    """Tells whether `root` is a transformed class, which Flax does not intercept.

    `nn.scan(Layer)` is a subclass of `Layer`, and of its call only the inner one, of
    `Layer` itself, is seen.
    """
    if len(root.children) != 1 or not root.use.is_empty:
        return False
    (child,) = root.children
    return (
        isinstance(child, Call)
        and (child.path, child.method_name) == (root.path, root.method_name)
        and isinstance(root.module, type(child.module))
    )


def _returned(run: Run, output: Any) -> Any:
    """Adds the variables to the result, as `apply` and `init` return them."""
    has_variables = run.recipe.entry_point != "bind" and run.scope.mutable is not False
    return (output, run.scope.mutable_variables()) if has_variables else output
