"""See what a Flax model really did in one run, inside the notebook."""

from IPython.core.getipython import get_ipython

from unflax_viz.capture.linen.front_end import (
    capture,
    capture_abstract,
    partial_run,
    unflaxify_apply,
)
from unflax_viz.capture.recording import recording
from unflax_viz.extension import (
    load_ipython_extension,
    unflax,
    unload_ipython_extension,
)
from unflax_viz.lenses.finder import QuerySearch
from unflax_viz.record.calls import (
    ArgsAndKwargs,
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.ports import RECORD_DISPLAY, RUN_DISPLAY, RUN_SEARCH
from unflax_viz.record.replacements import AddNoise, Fixed, Identity, Scale, Zero
from unflax_viz.record.rng_report import RngReport
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.record_view import RecordViews
from unflax_viz.render.treescope_handlers import register_handlers
from unflax_viz.widget.display import InspectorDisplay, prefer_own_html
from unflax_viz.widget.inspector import Inspector, inspect
from unflax_viz.widget.panels import CallPanel, ParameterPanel, RngPanel, StatePanel

RUN_DISPLAY.register(InspectorDisplay())
RUN_SEARCH.register(QuerySearch())
RECORD_DISPLAY.register(RecordViews())
register_handlers()
prefer_own_html(get_ipython())

__all__ = [
    "AddNoise",
    "ArgsAndKwargs",
    "CallPanel",
    "Fixed",
    "FlaxParameter",
    "FlaxRng",
    "FlaxRun",
    "FlaxState",
    "Identity",
    "Inspector",
    "InterceptedFlaxModuleMethod",
    "InterceptedFlaxScopeData",
    "NotCaptured",
    "ParameterPanel",
    "RngDraw",
    "RngPanel",
    "RngReport",
    "Scale",
    "StatePanel",
    "Zero",
    "capture",
    "capture_abstract",
    "inspect",
    "load_ipython_extension",
    "partial_run",
    "recording",
    "unflax",
    "unflaxify_apply",
    "unload_ipython_extension",
]
