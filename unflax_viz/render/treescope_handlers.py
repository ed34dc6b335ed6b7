"""How does `treescope.render` draw a run or a call?

Treescope renders a collapsed subtree in full, at hundreds of DOM nodes a call. So a
call is drawn as one line with its scope data and its calls below it, only so many
levels down as a budget of calls allows; what is deeper is a line that says so.
"""

from __future__ import annotations

from typing import Any

from treescope import rendering_parts, type_registries

from unflax_viz.describe.values import describe_structure, one_line
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, NotCaptured
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.scopes import children_of

_MAX_CALLS = 200
_MAX_LEVELS = 8


def register_handlers() -> None:
    """Tells Treescope how to draw our Structs; harmless when done twice."""
    registry = type_registries.TREESCOPE_HANDLER_REGISTRY
    registry[FlaxRun] = render_run
    registry[InterceptedFlaxModuleMethod] = render_call
    registry[NotCaptured] = render_call


def render_run(node: FlaxRun, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a run: its root call, its output and the parameters that no call read."""
    children = [
        rendering_parts.siblings_with_annotations(
            "root=",
            _render_root(node.root, _join(path, ".root"), subtree_renderer),
            ", ",
        )
    ]
    # Not node.unused_variables: its dicts are nested as deep as the model, even where
    # all was read, and Treescope follows them to the end.
    rest = {"output": node.output, "unused_parameters()": node.unused_parameters()}
    for name, value in rest.items():
        child = subtree_renderer(value, path=_join(path, f".{name}"))
        children.append(
            rendering_parts.siblings_with_annotations(f"{name}=", child, ", ")
        )
    return rendering_parts.build_foldable_tree_node_from_children(
        prefix=f"FlaxRun({node.entry_point}: ",
        children=children,
        suffix=")",
        path=path,
        expand_state=rendering_parts.ExpandState.WEAKLY_EXPANDED,
    )


def render_call(node: Node, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a call that is not inside a drawn run."""
    return _render_root(node, path, subtree_renderer)


def _render_root(node: Node, path: str | None, subtree_renderer: Any) -> Any:
    n_levels = _levels_within(node, _MAX_CALLS)
    return _render_node(node, path, subtree_renderer, n_levels)


def _render_node(
    node: Node, path: str | None, subtree_renderer: Any, n_levels: int
) -> Any:
    if not isinstance(node, InterceptedFlaxModuleMethod):
        line = rendering_parts.text(f"{node.address}  not captured: {node.reason}")
        return rendering_parts.build_one_line_tree_node(line, path)
    children = []
    if node.scope_data is not None:
        scope_path = _join(path, ".scope_data")
        children.append(_render_safely(node.scope_data, scope_path, subtree_renderer))
    if n_levels > 1:
        children += [
            _render_node(
                child,
                _join(path, f".submodule_calls[{key!r}]"),
                subtree_renderer,
                n_levels - 1,
            )
            for key, child in node.submodule_calls.items()
        ]
    elif node.submodule_calls:
        children.append(_render_rest(node))
    return rendering_parts.build_foldable_tree_node_from_children(
        prefix=_describe_call(node) + " (",
        children=children,
        suffix=")",
        path=path,
        background_color=node.treescope_color(),
    )


def _render_safely(value: Any, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a value, or in its place a line that says why it cannot be drawn."""
    try:
        return subtree_renderer(value, path=path)
    except Exception as error:
        text = f"{type(value).__name__} cannot be drawn: {type(error).__name__}"
        return rendering_parts.error_color(rendering_parts.text(text))


def _render_rest(node: InterceptedFlaxModuleMethod) -> Any:
    n_calls = sum(1 for _ in node.walk()) - 1
    text = f"{n_calls:,} calls below; .at({node.address!r}) or the inspector shows them"
    return rendering_parts.comment_color(rendering_parts.text(text))


def _describe_call(call: InterceptedFlaxModuleMethod) -> str:
    if call.error:
        outcome = f"raised {call.error}"
    else:
        outcome = f"-> {describe_structure(call.output_structure)}"
    name = f"{call.address}: {call.class_name}.{call.method_name}"
    return one_line(f"{name} {outcome}")


def _levels_within(node: Node, max_calls: int) -> int:
    """Counts how many levels can be drawn in full within a budget of calls."""
    level, n_calls, n_levels = [node], 0, 0
    while level and n_levels < _MAX_LEVELS:
        n_calls += len(level)
        if n_calls > max_calls and n_levels:
            break
        n_levels += 1
        level = [child for parent in level for child in children_of(parent)]
    return n_levels


def _join(path: str | None, step: str) -> str | None:
    return None if path is None else path + step
