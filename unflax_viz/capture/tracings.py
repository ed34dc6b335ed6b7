"""What the tracings of the body of a transform leave in the record.

Flax may trace a body more than once, and the newest tracing is the one that runs. Under
`jax.disable_jit` the steps of a loop run one by one instead: each draws its own keys,
and may call what others do not; the record has them as one.
"""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

from unflax_viz.capture.keys import Stacked, without_region
from unflax_viz.capture.notes import Call, Draw, Tracing, walk
from unflax_viz.capture.transforms import Region, Trace

Place = tuple[Any, ...]


def supersede(region: Region, trace: Trace) -> None:
    """Takes out what the tracing before left: void, or a step that is over."""
    older = region.newest.get(trace.is_condition)
    region.newest[trace.is_condition] = trace
    if older is None:
        return
    taken = region.caller.take_out(older)
    if older.index is None:
        region.void_draws += [draw for _, draw in taken.all_draws()]
    else:
        region.eager_steps[older.is_condition][older.index] = taken


def restore_initial_draws(region: Region) -> None:
    """Gives the draws for variables that only the probe of `nn.scan` made back.

    The probe really makes the variables that all steps share; the later tracing, the
    one that runs, finds them and does not draw again.
    """
    if not region.void_draws:
        return
    calls = region.caller.calls_since(region)
    drawn = {(d.path, d.purpose) for call in calls for d in call.use.draws}
    for draw in region.void_draws:
        place = (draw.path, draw.purpose)
        owner = next((call for call in calls if call.path == draw.path), None)
        if draw.purpose.startswith("init") and owner and place not in drawn:
            expression = without_region(draw.expression, region)
            owner.use.draws.append(dataclasses.replace(draw, expression=expression))


def merge_steps(region: Region, newest: Trace) -> None:
    """Leaves one call in the record for what several steps called.

    Args:
      region: The loop, which is over.
      newest: Its last tracing, of the body or the condition. Nothing is done where it
        stands for all steps.
    """
    if newest.index is None:
        return
    steps: dict[int, Tracing] = dict(region.eager_steps[newest.is_condition])
    steps[newest.index] = region.caller.take_out(newest)
    in_order = [steps[index] for index in sorted(steps)]
    _stack_keys(in_order, _n_axes_around(region))
    merged = steps.pop(newest.index)
    for index in sorted(steps, reverse=True):
        _add_step(merged, steps[index])
    region.caller.put_back(merged)


def _n_axes_around(region: Region) -> int:
    """Counts the axes that the keys of one step have before those of the steps."""
    around = region.outer.around() if region.outer else ()
    return sum(trace.is_traced_once for trace in around)


def _stack_keys(steps: list[Tracing], axis: int) -> None:
    """Gives the last draw of each place what all steps drew there; drops the others."""
    by_place: dict[Place, dict[int, Draw]] = collections.defaultdict(dict)
    for number, step in enumerate(steps):
        for place, draw in _draws_by_place(step).items():
            by_place[place][number] = draw
    stays: set[int] = set()
    for drawn in by_place.values():
        last = drawn[max(drawn)]
        parts = [drawn[n].expression if n in drawn else None for n in range(len(steps))]
        last.expression = Stacked(tuple(parts), axis)
        stays.add(id(last))
    for step in steps:
        step.draws = [pair for pair in step.draws if id(pair[1]) in stays]
        for call in walk(*step.children):
            if isinstance(call, Call):
                call.use.draws = [d for d in call.use.draws if id(d) in stays]


def _draws_by_place(step: Tracing) -> dict[Place, Draw]:
    n_drawn: collections.Counter[Place] = collections.Counter()
    places: dict[Place, Draw] = {}
    for call, draw in step.all_draws():
        place = (call.site, draw.path, draw.stream, draw.purpose)
        n_drawn[place] += 1
        places[*place, n_drawn[place]] = draw
    return places


def _add_step(merged: Tracing, step: Tracing) -> None:
    """Adds what only this step did to what other steps did."""
    merged.draws += step.draws
    waiting = [(merged.children, step.children)]
    while waiting:
        known, added = waiting.pop()
        by_site = {node.site: node for node in known if isinstance(node, Call)}
        for node in added:
            if isinstance(node, Call) and node.site in by_site:
                same = by_site[node.site]
                same.use.add_step(node.use)
                waiting.append((same.children, node.children))
            else:
                known.append(node)
