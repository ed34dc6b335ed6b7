"""Answers what was called, with what arguments and results, and its source."""

from __future__ import annotations

from unflax_viz.answers.asked import Asked
from unflax_viz.describe.fields import fields_of
from unflax_viz.describe.header import has_returned
from unflax_viz.describe.source import find_method, source_of
from unflax_viz.describe.structure_lines import argument_lines, structure_lines
from unflax_viz.describe.values import one_line
from unflax_viz.protocol import MethodAnswer
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node


def answer_method(asked: Asked) -> MethodAnswer:
    """Answers a `MethodRequest`."""
    return describe_method(asked.node, asked.index)


def describe_method(node: Node, index: RunIndex) -> MethodAnswer:
    """Says what is known of the method that a call ran; never raises.

    Of a place that was not captured only its neighbours are known.
    """
    answer = MethodAnswer(
        address=node.address,
        inputs=[],
        outputs=[],
        fields=[],
        transforms=[],
        number=0,
        n_calls=index.total_of(index.run.root).n_calls,
        previous=_neighbour(node, index, -1),
        next=_neighbour(node, index, 1),
        docstring="",
        source="",
        file="",
        line=0,
    )
    if isinstance(node, InterceptedFlaxModuleMethod):
        _describe_call(answer, node, index)
    return answer


def _describe_call(
    answer: MethodAnswer, call: InterceptedFlaxModuleMethod, index: RunIndex
) -> None:
    is_root = call is index.run.root
    method = find_method(call, index.run.recipe.method if is_root else None)
    source = source_of(method, call.module)
    answer["inputs"] = argument_lines(call.input_structure, method)
    if has_returned(call, index):
        answer["outputs"] = structure_lines(call.output_structure)
    answer["fields"] = fields_of(call.module)
    answer["transforms"] = [one_line(str(transform)) for transform in call.transforms]
    answer["number"] = index.table.n_calls_until(index.row_of(call))
    answer["docstring"] = source.docstring
    answer["source"] = source.source
    answer["file"] = one_line(source.file)
    answer["line"] = source.line


def _neighbour(node: Node, index: RunIndex, step: int) -> str:
    """Returns the address of the call made before (-1) or after (1) a node."""
    table = index.table
    row = index.row_of(node) + step
    while 0 <= row < len(table):
        if isinstance(table.nodes[row], InterceptedFlaxModuleMethod):
            return table.addresses[row]
        row += step
    return ""
