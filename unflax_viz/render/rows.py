"""A call as one line of the tree: name, class, shape, size and flags, no values."""

from __future__ import annotations

from treescope import rendering_parts

from unflax_viz.record.calls import InterceptedFlaxModuleMethod, Transform
from unflax_viz.record.index import (
    RunIndex,
    has_changed,
    parameters_of,
    rngs_of,
    states_of,
)
from unflax_viz.record.run import Node
from unflax_viz.render.treescope_internals import Part, StyledSpan, css_of, html_of
from unflax_viz.render.values import describe_structure, one_line
from unflax_viz.summary.numbers import format_count

_RULES = {
    "uv_row": "display: flex; flex: 1; align-items: baseline; gap: 1ch; "
    "white-space: pre; padding-right: 1ch;",
    "uv_name": "font-weight: 600;",
    "uv_class": "font-weight: 400;",
    "uv_method": "color: var(--uv-muted, #6b6b6b);",
    "uv_shape": "color: var(--uv-muted, #6b6b6b);",
    "uv_flag": "color: var(--uv-accent, #0b6bcb);",
    "uv_warning": "color: var(--uv-error, #b3261e);",
    "uv_size": "margin-left: auto; font-variant-numeric: tabular-nums;",
}


def row_html(node: Node, index: RunIndex) -> str:
    """Returns the line of a node as an HTML fragment: spans and escaped text."""
    return html_of(row_part(node, index))


def row_name(node: Node) -> str:
    """Returns what a screen reader says for the line: the address and the class."""
    if isinstance(node, InterceptedFlaxModuleMethod):
        return one_line(f"{node.address} {node.class_name}")
    return one_line(f"{node.address} not captured")


def rows_css() -> str:
    """Returns the style rules of all lines."""
    everything = rendering_parts.siblings(
        _class_part("Dense", "#ffffff"), *(_styled(name, "") for name in _RULES)
    )
    return css_of(everything)


def row_part(node: Node, index: RunIndex) -> Part:
    """Builds the line of a node as a Treescope part."""
    parts = [
        _class_part(text, node.treescope_color())
        if css_class == "uv_class"
        else _styled(css_class, text)
        for css_class, text in row_pieces(node, index)
    ]
    return StyledSpan(rendering_parts.siblings(*parts), "uv_row", _RULES["uv_row"])


def row_pieces(node: Node, index: RunIndex) -> list[tuple[str, str]]:
    """Returns the texts of a line, each with the CSS class that says what it is."""
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
    pieces += [("uv_warning", warning) for warning in index.warnings_of(node)]
    n_parameters = index.total_of(node).n_parameters
    if n_parameters:
        pieces.append(("uv_size", format_count(n_parameters)))
    return pieces


def own_transforms(node: Node, index: RunIndex) -> tuple[Transform, ...]:
    """Returns the transforms around a node that are not around its caller."""
    parent = index.parent_of(node)
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return ()
    inherited = (
        len(parent.transforms) if isinstance(parent, InterceptedFlaxModuleMethod) else 0
    )
    return node.transforms[inherited:]


def _flags(node: InterceptedFlaxModuleMethod, index: RunIndex) -> list[str]:
    n_changed = sum(map(has_changed, states_of(node).values()))
    n_draws = sum(len(rng.draws) for rng in rngs_of(node))
    n_shared = sum(p.is_shared for p in parameters_of(node).values())
    flags = [str(transform) for transform in own_transforms(node, index)]
    if n_shared:
        flags.append("shared")
    if n_changed:
        flags.append(f"~{n_changed} changed")
    if n_draws:
        flags.append(f"#{n_draws} draw{'s' if n_draws > 1 else ''}")
    return flags


def _short_name(node: Node) -> str:
    """Returns the last part of the path, with the number of a repeated call."""
    suffix = node.address.removeprefix("/".join(node.path))
    number = suffix[suffix.rfind("#") :] if "#" in suffix else ""
    return node.path[-1] + number


def _class_part(class_name: str, color: str) -> Part:
    line = _styled("uv_class", class_name)
    return rendering_parts.build_one_line_tree_node(
        line, background_color=color
    ).renderable


def _styled(css_class: str, text: str) -> Part:
    return StyledSpan(
        rendering_parts.text(one_line(text)), css_class, _RULES[css_class]
    )
