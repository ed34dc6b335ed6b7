"""Replaces the results of some calls while a run is made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from unflax_viz.capture.events import Event, OutputReady
from unflax_viz.capture.recorder import Recorder
from unflax_viz.capture.transforms import Site, Trace
from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.replacements import ReplacedCall


class Redirector:
    """Listens to a replay, and replaces some outputs.

    A recorder beside it says which call it is that ends.
    """

    def __init__(self, replaced: Mapping[Site, ReplacedCall]):
        self._replaced = replaced
        self._recorder = Recorder(freeze=lambda run: None)

    @property
    def follows_steps(self) -> bool:
        """Whether a call is to be replaced at single steps."""
        return any(replaced.step for replaced in self._replaced.values())

    def wants_run(self) -> bool:
        """Tells whether a run that began now would be followed."""
        return self._recorder.wants_run()

    def handle(self, event: Event) -> None:
        """Follows the run, and replaces what is to be replaced."""
        self._recorder.handle(event)
        if isinstance(event, OutputReady):
            self._replace_output(event)

    def _replace_output(self, event: OutputReady) -> None:
        call = self._recorder.innermost_call
        replaced = self._replaced.get(call.site)
        if replaced is None:
            return
        inputs = ArgsAndKwargs(tuple(event.args), dict(event.kwargs))
        new_output = replaced.replacement.replace_output(inputs, event.output)
        if replaced.step:
            is_meant = _is_step(call.traces, replaced.step)
            new_output = jax.tree.map(
                lambda new, old: jnp.where(is_meant, new, old), new_output, event.output
            )
        event.output = new_output


def _is_step(traces: tuple[Trace, ...], wanted: tuple[int, ...]) -> Any:
    """Compares the numbers of the running steps and lanes, outermost first."""
    steps = [trace.region.step for trace in traces if trace.region.is_repeating]
    is_step = jnp.asarray(True)
    for step, number in zip(steps, wanted, strict=False):
        is_step = is_step & (step == number)
    return is_step
