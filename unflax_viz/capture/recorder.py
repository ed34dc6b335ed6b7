"""What was called, read, written and drawn, and under which transforms?

The recorder listens while a run goes on and keeps a tree of open records. It holds
tracers only until the run is over; `freeze` turns a finished run into Penzai Structs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from unflax_viz.capture.events import (
    AllVariablesRead,
    BranchBegun,
    CallClosed,
    CallOpened,
    ConditionNoted,
    Event,
    ForksEnded,
    KeyDrawn,
    Place,
    RunClosed,
    RunGivenUp,
    RunOpened,
    RunSkipped,
    SetupClosed,
    SetupOpened,
    StepNoted,
    StreamsMapped,
    TimesKnown,
    TracingBegun,
    Transform,
    TransformClosed,
    TransformOpened,
    VariableRead,
    VariableWritten,
)
from unflax_viz.capture.keys import Derived
from unflax_viz.capture.notes import Call, Draw, Missing, Run, Use, is_any
from unflax_viz.capture.streams import Streams
from unflax_viz.capture.tracings import (
    merge_steps,
    restore_initial_draws,
    supersede,
)
from unflax_viz.capture.transforms import Counters, Region, Trace
from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.lineage import KeyStep
from unflax_viz.record.refs import without_refs
from unflax_viz.record.structures import structure_of

Kept = TypeVar("Kept")


class Recorder(Generic[Kept]):
    """Listens to one thread and keeps every outermost run.

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
        self._setups: list[tuple[SetupOpened, Use]] = []
        self._regions: dict[Transform | None, Region] = {}
        self._traces: dict[int, Trace] = {}
        self._streams = Streams()
        self._n_entries = 0

    @property
    def innermost_call(self) -> Call:
        """The call that was opened last and is open."""
        return self._calls[-1]

    def wants_run(self) -> bool:
        """Tells whether a run that began now would be kept."""
        return bool(self._runs) or self.n_seen < self._max_runs

    def handle(self, event: Event) -> None:
        """Notes what happened; ignores what does not belong in a record."""
        note = _NOTES.get(type(event))
        if note is not None:
            note(self, event)

    def _skip_run(self, event: RunSkipped) -> None:
        del event
        self.n_seen += 1

    def _give_up_run(self, event: RunGivenUp) -> None:
        del event
        self.n_seen += 1
        self._begin_anew()

    def _open_run(self, event: RunOpened) -> None:
        """Opens the root call; the root's own method will not be a second one."""
        source = event.source
        variables = source.variables(is_any)
        before = without_refs(variables)
        run = Run(
            recipe=event.recipe,
            source=source,
            identity=source.identity,
            can_write=source.can_write,
            before=before,
            has_refs=before is not variables,
            rngs=source.rngs,
            entry=self._n_entries,
            counters=self._counters_of_new_run(),
        )
        self._n_entries += 1
        run.root = self._new_call(event, run)
        run.awaits_root = True
        if self._calls:
            self._calls[-1].children.append(run.root)
        self._runs.append(run)
        self._calls.append(run.root)

    def _close_run(self, event: RunClosed | CallClosed) -> None:
        """Closes the root call and keeps the run if it was an outermost one."""
        run = self._runs.pop()
        root = self._calls.pop()
        root.close(event.output, event.error)
        if run.awaits_root and _stands_for_child(root):
            self._replace_root(run, root)
        run.close(event.output, event.error)
        if not self._runs:
            self._keep(run)

    def _open_call(self, event: CallOpened) -> None:
        """Opens a call inside the innermost open one."""
        if not self._is_inside(event.place):
            self._open_run(event.as_run())
            self._runs[-1].awaits_root, self._runs[-1].is_one_call = False, True
            return
        run = self._runs[-1]
        if run.awaits_root and _is_root_method(run, event):
            run.awaits_root = False
            self._calls.append(run.root)
            return
        call = self._new_call(event, run)
        self._calls[-1].children.append(call)
        self._calls.append(call)

    def _close_call(self, event: CallClosed) -> None:
        """Closes the innermost open call."""
        run = self._runs[-1]
        if run.is_one_call and self._calls[-1] is run.root:
            self._close_run(event)
            return
        call = self._calls.pop()
        call.close(event.output, event.error)
        if self._regions:  # One that failed was not closed.
            left = [it for it in self._regions.items() if it[1].caller is not call]
            self._regions = dict(left)

    def _open_setup(self, event: SetupOpened) -> None:
        """Notes from now on what a module's `setup` uses."""
        use = Use()
        if self._runs:
            self._runs[-1].setups[event.place.identity, event.place.path] = use
        self._setups.append((event, use))

    def _close_setup(self, event: SetupClosed) -> None:
        """Ends the last setup; a module that fails there was never called."""
        opened, _ = self._setups.pop()
        error = event.error
        if error is None or not self._calls or self._calls[-1].has_failed_below():
            return
        if self._calls[-1].path != opened.place.path:
            call = self._new_call(opened, self._runs[-1])
            call.close(None, error)
            self._calls[-1].children.append(call)

    def _note_read(self, event: VariableRead) -> None:
        """Notes the variable, and what it looks like, with the call that has it."""
        use = self._user_at(event.place)
        if use is not None:
            key = (event.collection, (*event.place.path, event.name))
            use.reads.add(key)
            use.seen[key] = structure_of(event.value)

    def _note_read_all(self, event: AllVariablesRead) -> None:
        use = self._user_at(event.place)
        if use is not None:
            use.reads.update(event.variables)

    def _note_write(self, event: VariableWritten) -> None:
        use = self._user_at(event.place)
        if use is not None:
            use.writes.add((event.collection, (*event.place.path, event.name)))

    def _note_draw(self, event: KeyDrawn) -> None:
        """Notes the draw with the call that drew, and how its key came about."""
        use = self._user_at(event.place)
        if use is None:
            return
        path, identity = event.place
        base = self._streams.base_of(identity, event.served, event.base_key)
        step = KeyStep("fold", suffix=event.suffix, number=event.number)
        expression = Derived(base, step)
        if event.purpose == "fork":
            self._streams.note_fork(identity, event.key, expression)
        trace = self._traces.get(identity)
        use.draws.append(
            Draw(
                stream=event.stream,
                served=event.served,
                counter=event.counter,
                path=path,
                expression=expression,
                purpose=event.purpose,
                traces=trace.around() if trace else (),
            )
        )

    def _end_forks(self, event: ForksEnded) -> None:
        self._streams.end_forks(event.identity, event.keys)

    def _open_transform(self, event: TransformOpened) -> None:
        """Opens a region inside the innermost open call."""
        if not self._calls:
            return
        path, identity = event.place
        kind = event.transform.kind
        outer = self._traces.get(identity)
        counters = outer.counters if outer else self._runs[-1].counters
        caller = self._calls[-1]
        self._regions[event.transform] = Region(
            kind=kind,
            outside=event.outside,
            path=path,
            outer=outer,
            caller=caller,
            site=counters.next_site(kind, path),
            n_children=len(caller.children),
            n_draws=len(caller.use.draws),
        )

    def _begin_tracing(self, event: TracingBegun) -> None:
        """Begins a tracing of the region's body, which makes older ones void."""
        region = self._regions.get(event.transform)
        if region is None:
            return
        number = region.branch if region.is_branching else region.n_traces
        trace = Trace(region, number, region.is_in_condition, region.eager_index())
        region.n_traces += 1
        if not region.is_branching:
            supersede(region, trace)
        for outside, inside in zip(region.outside, event.inside, strict=True):
            self._traces[inside.identity] = trace
            self._streams.enter(trace, outside, inside)

    def _close_transform(self, event: TransformClosed) -> None:
        """Closes the region; `nn.jit` that did not trace its body leaves a mark."""
        region = self._regions.pop(event.transform, None)
        if region is None:
            return
        for is_condition in (True, False):
            if is_condition in region.newest:
                merge_steps(region, region.newest[is_condition])
        restore_initial_draws(region)
        if region.kind == "jit" and region.n_traces == 1:
            around = region.outer.around() if region.outer else ()
            missing = Missing(region.path, region.kind, (*around, Trace(region, 0)))
            region.caller.children.append(missing)
        region.close()

    def _note_times(self, event: TimesKnown) -> None:
        if region := self._regions.get(event.transform):
            region.n_times = event.n_times

    def _note_mapped_streams(self, event: StreamsMapped) -> None:
        if region := self._regions.get(event.transform):
            region.mapped_streams |= event.streams
            region.n_times = event.n_times or region.n_times

    def _note_branch(self, event: BranchBegun) -> None:
        if region := self._regions.get(event.transform):
            region.branch = event.branch

    def _note_condition(self, event: ConditionNoted) -> None:
        if region := self._regions.get(event.transform):
            region.is_in_condition = event.is_running

    def _note_step(self, event: StepNoted) -> None:
        if region := self._regions.get(event.transform):
            region.step = event.step

    def _new_call(self, event: RunOpened | CallOpened | SetupOpened, run: Run) -> Call:
        assert run.source is not None
        unbound = run.source.unbound(event.module)
        if isinstance(event, SetupOpened):
            name, inputs = "setup", ArgsAndKwargs((), {})
        else:
            args = structure_of(tuple(event.args))
            kwargs = structure_of(dict(event.kwargs))
            name, inputs = event.method_name, ArgsAndKwargs(args, kwargs)
        path, identity = event.place
        trace = self._traces.get(identity)
        counters = trace.counters if trace else run.counters
        return Call(
            module=unbound,
            method_name=name,
            path=path,
            identity=identity,
            run=run,
            inputs=inputs,
            traces=trace.around() if trace else (),
            site=counters.next_site(path, name),
        )

    def _replace_root(self, run: Run, stand_in: Call) -> None:
        """Replaces the root of a transformed class with the one call in it."""
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

    def _user_at(self, place: Place) -> Use | None:
        """Finds the innermost open setup or call of that place's module."""
        path = place.path
        if self._setups and self._setups[-1][0].place.path == path:
            return self._setups[-1][1]
        for call in reversed(self._calls):
            if call.path == path and call.run is self._runs[-1]:
                return call.use
        return self._calls[-1].use if self._calls else None

    def _is_inside(self, place: Place) -> bool:
        """Tells whether a place belongs to the innermost open run."""
        if not self._runs:
            return False
        identity = place.identity
        return identity == self._runs[-1].identity or identity in self._traces

    def _counters_of_new_run(self) -> Counters:
        if not self._calls:
            return Counters()
        caller = self._calls[-1]
        outer = caller.traces[-1].counters if caller.traces else caller.run.counters
        return Counters(outer.next_site("entry"))


_NOTES: dict[type[Event], Callable[[Recorder[Any], Any], None]] = {
    RunSkipped: Recorder._skip_run,
    RunGivenUp: Recorder._give_up_run,
    RunOpened: Recorder._open_run,
    RunClosed: Recorder._close_run,
    CallOpened: Recorder._open_call,
    CallClosed: Recorder._close_call,
    SetupOpened: Recorder._open_setup,
    SetupClosed: Recorder._close_setup,
    VariableRead: Recorder._note_read,
    AllVariablesRead: Recorder._note_read_all,
    VariableWritten: Recorder._note_write,
    KeyDrawn: Recorder._note_draw,
    ForksEnded: Recorder._end_forks,
    TransformOpened: Recorder._open_transform,
    TracingBegun: Recorder._begin_tracing,
    TransformClosed: Recorder._close_transform,
    TimesKnown: Recorder._note_times,
    StreamsMapped: Recorder._note_mapped_streams,
    BranchBegun: Recorder._note_branch,
    ConditionNoted: Recorder._note_condition,
    StepNoted: Recorder._note_step,
}
"""What a recorder does about each event; the others change no record."""


def _is_root_method(run: Run, event: CallOpened) -> bool:
    root = run.root
    is_same = event.place.path == root.path and event.method_name == root.method_name
    return is_same and type(event.module) is type(root.module) and not root.children


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
