"""A run as plain HTML without scripts, for untrusted and static notebooks.

Sanitisers keep `<details>`, inline styles and hex colours, and drop everything else
that would be nicer; so this page uses nothing but those.
"""

from __future__ import annotations

import html

from unflax_viz.describe import items
from unflax_viz.describe.draws import draw_note, key_text, stream_text
from unflax_viz.describe.header import run_words, title_of
from unflax_viz.describe.pieces import call_pieces
from unflax_viz.describe.values import one_line, shorten
from unflax_viz.lenses.finder import finder_of
from unflax_viz.measure.numbers import format_counted
from unflax_viz.protocol import ArrayItem, PieceKind
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.scopes import rngs_of

_MAX_CALLS = 400
_MAX_DEPTH = 40
_MAX_OPEN_DEPTH = 1
_MAX_PIECE = 300

_MUTED = "opacity: 0.65;"
_PIECE_STYLES: dict[PieceKind, str] = {
    "name": "font-weight: 600;",
    "class": "color: #1b1b1b; padding: 0 4px;",
    "shape": _MUTED,
    "method": _MUTED,
    "flag": "color: #2f7fd3;",
    "warning": "color: #c0392b;",
    "size": _MUTED,
}


def static_html(run: FlaxRun) -> str:
    """Returns one `<div>` with the header and the tree, at most some hundred calls."""
    index = finder_of(run).index
    facts = " &nbsp; ".join(map(_escape, run_words(index)))
    page = _Page(index)
    tree = page.render_node(run.root, 0)
    n_more = len(index.table) - page.n_rendered
    counted = format_counted(n_more, "more call")
    more = f"<div>… and {counted}</div>" if n_more else ""
    error = f"<div>{_piece('warning', run.error)}</div>" if run.error else ""
    return static_frame(
        f"<div><b>{_escape(title_of(run.root))}</b> &nbsp; {facts}</div>"
        f"{error}{tree}{more}"
    )


def static_frame(html_inside: str) -> str:
    """Returns the `<div>` around what a static notebook shows."""
    return (
        '<div class="unflax-viz-static" style="font-family: monospace; '
        f'line-height: 1.5; overflow-wrap: anywhere;">{html_inside}</div>'
    )


class _Page:
    """Counts the calls that were drawn, so that a huge run stays a page."""

    def __init__(self, index: RunIndex):
        self._index = index
        self.n_rendered = 0

    def render_node(self, node: Node, depth: int) -> str:
        self.n_rendered += 1
        line = " ".join(
            _piece(kind, text, node) for kind, text in call_pieces(node, self._index)
        )
        below = self._render_scope(node)
        for child in node.children:
            if self.n_rendered < _MAX_CALLS and depth < _MAX_DEPTH:
                below += self.render_node(child, depth + 1)
        if not below:
            return f'<div style="margin-left: 1.2em;">{line}</div>'
        is_open = " open" if depth < _MAX_OPEN_DEPTH else ""
        return (
            f'<details{is_open} style="margin-left: 1.2em;"><summary>{line}</summary>'
            f"{below}</details>"
        )

    def _render_scope(self, node: Node) -> str:
        if not isinstance(node, InterceptedFlaxModuleMethod):
            return _scope_line("why", node.reason)
        lines = [
            _item_line("parameter", entry) for entry in items.parameter_items(node)
        ]
        lines += [_item_line("state", entry) for entry in items.state_items(node)]
        lines += [_item_line("constant", entry) for entry in items.constant_items(node)]
        for rng in rngs_of(node):
            keys = "; ".join(key_text(d) or draw_note(d) for d in rng.draws[:4])
            text = f"{rng.stream}  {stream_text(rng)}  {keys}"
            lines.append(_scope_line("rng", text))
        return "".join(lines)


def item_text(entry: ArrayItem) -> str:
    """Writes an entry of a panel as one line of text."""
    value = " → ".join(dict.fromkeys(entry["value_texts"]))
    details = [entry["name"], entry["text"], entry["size"], value, *entry["notes"]]
    return "  ".join(filter(None, details))


def _item_line(kind: str, entry: ArrayItem) -> str:
    return _scope_line(kind, item_text(entry))


def _scope_line(kind: str, text: str) -> str:
    return (
        f'<div style="margin-left: 2.4em;"><span style="{_MUTED}">{kind}</span> '
        f"{_escape(shorten(text, _MAX_PIECE))}</div>"
    )


def _piece(kind: PieceKind, text: str, node: Node | None = None) -> str:
    style = _PIECE_STYLES[kind]
    if kind == "class" and node is not None:
        style += f" background-color: {node.treescope_color()};"
    return f'<span style="{style}">{_escape(shorten(text, _MAX_PIECE))}</span>'


def _escape(text: str) -> str:
    return html.escape(one_line(text), quote=True)
