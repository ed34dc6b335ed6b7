"""A run as plain text, for a terminal and for readers of the bare notebook file."""

from __future__ import annotations

from unflax_viz.describe.header import run_words, title_of
from unflax_viz.describe.pieces import call_pieces
from unflax_viz.describe.values import one_line
from unflax_viz.lenses.finder import finder_of
from unflax_viz.measure.numbers import format_counted
from unflax_viz.record.run import FlaxRun, Node

_MAX_LINES = 40


def run_text(run: FlaxRun) -> str:
    """Returns the header line and the first lines of the tree, indented by depth."""
    index = finder_of(run).index
    lines = ["  ".join([title_of(run.root), *run_words(index)])]
    waiting: list[tuple[int, Node]] = [(1, run.root)]
    while waiting and len(lines) <= _MAX_LINES:
        depth, node = waiting.pop()
        pieces = "  ".join(text for _, text in call_pieces(node, index))
        lines.append("  " * depth + pieces)
        waiting += [(depth + 1, child) for child in reversed(node.children)]
    n_more = len(index.table) - len(lines) + 1
    if n_more > 0:
        lines.append(f"  ... and {format_counted(n_more, 'more call')}")
    if run.error:
        lines.append(f"The run ended with {run.error}")
    return "\n".join(map(one_line, lines))
