"""A call as one line of the tree: name, class, shape, size and flags, no values.

A line is a row of pieces, each a text with the CSS class that says what it is. The
other lenses make their lines of the same pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

from treescope import rendering_parts

from unflax_viz.describe.values import describe_structure, one_line, shorten
from unflax_viz.measure.numbers import format_bytes, format_count, format_counted
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, Transform
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import parameters_of, rngs_of, states_of
from unflax_viz.render.treescope_internals import Part, StyledSpan, css_of, html_of

Piece = tuple[str, str]
"""The CSS class of a piece of a line, and its text."""

_MAX_PIECE = 80
_MAX_NAME = 200

_RULES = {
    "uv_row": "display: flex; flex: 1; align-items: baseline; gap: 1ch; "
    "white-space: pre; padding-right: 1ch;",
    "uv_name": "font-weight: 600;",
    "uv_method": "color: var(--uv-muted, #6b6b6b);",
    "uv_shape": "color: var(--uv-muted, #6b6b6b);",
    "uv_flag": "color: var(--uv-accent, #0b6bcb);",
    "uv_warning": "color: var(--uv-error, #b3261e);",
    "uv_size": "margin-left: auto; font-variant-numeric: tabular-nums;",
}


def row_html(node: Node, index: RunIndex, has_nan: bool = False) -> str:
    """Returns the line of a node as an HTML fragment: spans and escaped text.

    Args:
      node: The node.
      index: The index of its run.
      has_nan: Whether an array that it used is known to hold NaN.
    """
    return pieces_html(row_pieces(node, index, has_nan), node.treescope_color())


def row_name(node: Node) -> str:
    """Returns what a screen reader says for the line: the address and the class."""
    return spoken_name(node.address, node.class_name)


def spoken_name(*texts: str) -> str:
    """Joins texts for a screen reader; of a long one the beginning and the end stay."""
    text = " ".join(_cut_middle(text) for text in texts if text)
    return one_line(text)


def pieces_html(pieces: Sequence[Piece], color: str) -> str:
    """Returns a line as an HTML fragment: spans and escaped text.

    Args:
      pieces: Its pieces; a long text is cut.
      color: The colour of the piece "uv_class", as `#rrggbb`.
    """
    parts = [
        _class_part(_one_piece(text), color)
        if css_class == "uv_class"
        else _styled(css_class, _one_piece(_aligned(css_class, text)))
        for css_class, text in pieces
    ]
    line = StyledSpan(rendering_parts.siblings(*parts), "uv_row", _RULES["uv_row"])
    return html_of(line)


def rows_css() -> str:
    """Returns the style rules of all lines."""
    everything = rendering_parts.siblings(
        _class_part("Dense", "#ffffff"), *(_styled(name, "") for name in _RULES)
    )
    return css_of(everything)


def row_pieces(node: Node, index: RunIndex, has_nan: bool = False) -> list[Piece]:
    """Returns the pieces of the line of a node."""
    name = [("uv_name", _short_name(node))] if node.path else []
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return [*name, ("uv_warning", f"nn.{node.kind} not captured")]
    pieces = [*name, ("uv_class", node.class_name)]
    if node.method_name != "__call__":
        pieces.append(("uv_method", f".{node.method_name}"))
    if node.error:
        pieces.append(("uv_warning", f"raised {node.error.split(':')[0]}"))
    elif node.output_structure is not None:
        pieces.append(("uv_shape", describe_structure(node.output_structure)))
    pieces += [("uv_flag", flag) for flag in _flags(node, index)]
    if has_nan:
        pieces.append(("uv_warning", "NaN"))
    pieces += [("uv_warning", warning) for warning in index.warnings_of(node)]
    total = index.total_of(node)
    return [*pieces, *size_pieces(total.n_parameters, total.n_bytes)]


def size_pieces(n_elements: int, n_bytes: int) -> list[Piece]:
    """Returns the piece at the end of a line, if there is anything to count."""
    if not n_elements:
        return []
    return [("uv_size", f"{format_count(n_elements)}  {format_bytes(n_bytes)}")]


def _aligned(css_class: str, text: str) -> str:
    """Gives bytes one width, so that both figures of all lines stand in columns."""
    if css_class != "uv_size":
        return text
    n_elements, _, n_bytes = text.partition("  ")
    return f"{n_elements}  {n_bytes:>7}"


def own_transforms(node: Node, index: RunIndex) -> tuple[Transform, ...]:
    """Returns the transforms around a node that are not around its caller."""
    parent = index.parent_of(node)
    n_inherited = len(parent.transforms) if parent else 0
    return node.transforms[n_inherited:]


def _flags(node: InterceptedFlaxModuleMethod, index: RunIndex) -> list[str]:
    changes = [state.change for state in states_of(node).values() if state.change]
    n_draws = sum(len(rng.draws) for rng in rngs_of(node))
    n_shared = sum(p.is_shared for p in parameters_of(node).values())
    flags = [str(transform) for transform in own_transforms(node, index)]
    if n_shared:
        flags.append("shared")
    if changes:
        word = "changed" if "changed" in changes else "written"
        flags.append(f"~{len(changes)} {word}")
    if n_draws:
        flags.append(format_counted(n_draws, "draw"))
    return flags


def _short_name(node: Node) -> str:
    """Returns the last part of the path, with the number of a repeated call."""
    suffix = node.address.removeprefix("/".join(node.path))
    number = suffix[suffix.rfind("#") :] if "#" in suffix else ""
    return node.path[-1] + number


def _class_part(class_name: str, color: str) -> Part:
    line = rendering_parts.text(class_name)
    return rendering_parts.build_one_line_tree_node(
        line, background_color=color
    ).renderable


def _styled(css_class: str, text: str) -> Part:
    return StyledSpan(rendering_parts.text(text), css_class, _RULES[css_class])


def _one_piece(text: str) -> str:
    return one_line(shorten(text, _MAX_PIECE))


def _cut_middle(text: str) -> str:
    if len(text) <= _MAX_NAME:
        return text
    half = _MAX_NAME // 2
    return f"{text[: half - 1]}…{text[-half:]}"
