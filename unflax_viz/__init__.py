"""See what a Flax model really did in one run, inside the notebook."""

from unflax_viz.capture.linen import (
    capture,
    capture_abstract,
    partial_run,
    unflaxify_apply,
)
from unflax_viz.capture.recording import recording
from unflax_viz.record.calls import (
    ArgsAndKwargs,
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.run import FlaxRun

__all__ = [
    "ArgsAndKwargs",
    "FlaxParameter",
    "FlaxRng",
    "FlaxRun",
    "FlaxState",
    "InterceptedFlaxModuleMethod",
    "InterceptedFlaxScopeData",
    "NotCaptured",
    "RngDraw",
    "capture",
    "capture_abstract",
    "partial_run",
    "recording",
    "unflaxify_apply",
]
