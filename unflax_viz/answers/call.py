"""Answers what the panels list for a call."""

from __future__ import annotations

from unflax_viz.answers.asked import Asked
from unflax_viz.describe import draws, header, items
from unflax_viz.describe.bars import bar_charts
from unflax_viz.describe.below import below_of
from unflax_viz.describe.python_code import call_code
from unflax_viz.describe.remarks import remarks_of
from unflax_viz.protocol import CallAnswer, Overview
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import rngs_of

_MAX_UNUSED = 100


def answer_call(asked: Asked) -> CallAnswer:
    """Answers a `CallRequest`."""
    return describe_call(asked.node, asked.index)


def describe_call(node: Node, index: RunIndex) -> CallAnswer:
    """Returns what the panels list for a call of the run."""
    is_call = isinstance(node, InterceptedFlaxModuleMethod)
    unused, n_more = (
        items.unused_items(index, _MAX_UNUSED) if node is index.run.root else ([], 0)
    )
    return CallAnswer(
        address=node.address,
        title=header.title_of(node),
        subtitle=header.subtitle_of(node),
        code=call_code(node),
        facts=header.call_facts(node, index),
        below=below_of(node, index),
        parameters=items.parameter_items(node),
        unused=unused,
        n_more_unused=n_more,
        state=items.state_items(node),
        constants=items.constant_items(node),
        rngs=[draws.rng_item(rng, node, index) for rng in rngs_of(node)],
        overview=Overview(
            charts=bar_charts(node, index), remarks=remarks_of(node, index)
        ),
        error=node.error if is_call else node.reason,
    )
