"""How Treescope draws a run, a call and the other records.

Treescope renders a collapsed subtree in full, at hundreds of DOM nodes a call. So a
call is drawn as one line with its scope data and its calls below it, level by level as
far as a budget of calls goes; what is beyond it is a line that says so.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import Any

from treescope import rendering_parts, type_registries

from unflax_viz.describe.record_lines import (
    array_or_value_text,
    call_text,
    not_captured_text,
)
from unflax_viz.describe.values import one_line
from unflax_viz.record.calls import (
    ArgsAndKwargs,
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.structures import is_array, is_key

_MAX_CALLS = 200
_MAX_LEVELS = 8

_BY_FIELDS = (
    ArgsAndKwargs,
    FlaxParameter,
    FlaxRng,
    FlaxState,
    InterceptedFlaxScopeData,
    RngDraw,
)


def register_handlers() -> None:
    """Tells Treescope how to draw our Structs; harmless when done twice."""
    registry = type_registries.TREESCOPE_HANDLER_REGISTRY
    registry[FlaxRun] = render_run
    registry[InterceptedFlaxModuleMethod] = render_call
    registry[NotCaptured] = render_call
    for record in _BY_FIELDS:
        registry[record] = render_record


def render_run(node: FlaxRun, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a run: its root call, its output and the parameters that no call read."""
    children = [
        rendering_parts.siblings_with_annotations(
            "root=",
            render_call(node.root, _join(path, ".root"), subtree_renderer),
            ", ",
        )
    ]
    # Not node.unused_variables: its dicts are nested as deep as the model, even where
    # all was read, and Treescope follows them to the end.
    rest = {"output": node.output, "unused_parameters()": node.unused_parameters()}
    for name, value in rest.items():
        child = _render_safely(value, _join(path, f".{name}"), subtree_renderer)
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


def render_call(
    node: Node, path: str | None, subtree_renderer: Any, max_calls: int = _MAX_CALLS
) -> Any:
    """Draws a call that is not inside a drawn run, at most `max_calls` in all."""
    drawn = _first_below(node, max_calls)
    return _render_node(node, path, subtree_renderer, drawn)


def render_record(node: Any, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a record by its fields; one that cannot be drawn fails in its place."""
    children = [
        rendering_parts.siblings_with_annotations(
            f"{field.name}=",
            _render_safely(
                getattr(node, field.name),
                _join(path, f".{field.name}"),
                subtree_renderer,
            ),
        )
        for field in dataclasses.fields(node)
    ]
    color = getattr(node, "treescope_color", None)
    return rendering_parts.build_foldable_tree_node_from_children(
        prefix=f"{type(node).__name__}(",
        children=children,
        suffix=")",
        comma_separated=True,
        path=path,
        background_color=color() if color else None,
    )


def _render_node(
    node: Node, path: str | None, subtree_renderer: Any, drawn: dict[int, list[Any]]
) -> Any:
    if not isinstance(node, InterceptedFlaxModuleMethod):
        text = rendering_parts.text(one_line(not_captured_text(node)))
        return rendering_parts.build_one_line_tree_node(text, path)
    children = []
    if node.scope_data is not None:
        scope_path = _join(path, ".scope_data")
        children.append(_render_safely(node.scope_data, scope_path, subtree_renderer))
    below = drawn.get(id(node), [])
    children += [
        _render_node(
            child, _join(path, f".submodule_calls[{key!r}]"), subtree_renderer, drawn
        )
        for key, child in below
    ]
    if len(below) < len(node.submodule_calls):
        children.append(_render_rest(node, len(below)))
    return rendering_parts.build_foldable_tree_node_from_children(
        prefix=call_text(node) + " (",
        children=children,
        suffix=")",
        path=path,
        background_color=node.treescope_color(),
    )


def _render_safely(value: Any, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a value, or in its place a line that says why it cannot be drawn."""
    try:
        return subtree_renderer(_without_keys(value), path=path)
    except Exception as error:
        text = f"{type(value).__name__} cannot be drawn: {type(error).__name__}"
        failure = rendering_parts.error_color(rendering_parts.text(one_line(text)))
        return rendering_parts.build_one_line_tree_node(failure, path)


def _render_rest(node: InterceptedFlaxModuleMethod, n_drawn: int) -> Any:
    rest = itertools.islice(node.submodule_calls.values(), n_drawn, None)
    n_calls = sum(_count_calls(child) for child in rest)
    which = f"{n_calls:,} more" if n_drawn else f"{n_calls:,}"
    noun = "call" if n_calls == 1 else "calls"
    text = f"{which} {noun} below; .at({node.address!r}) or the inspector shows them"
    return rendering_parts.comment_color(rendering_parts.text(one_line(text)))


def _count_calls(node: Node) -> int:
    is_call = isinstance(node, InterceptedFlaxModuleMethod)
    return sum(1 for _ in node.walk()) if is_call else 1


def _first_below(node: Node, max_calls: int) -> dict[int, list[tuple[Any, Node]]]:
    """Chooses what is drawn, level by level, as far as a budget of calls goes.

    Returns:
      By the `id` of a call, those of its calls that are drawn, with their keys.
    """
    drawn: dict[int, list[tuple[Any, Node]]] = {}
    waiting, n_more = collections.deque([(node, 1)]), max_calls - 1
    while waiting and n_more > 0:
        call, level = waiting.popleft()
        if not isinstance(call, InterceptedFlaxModuleMethod) or level == _MAX_LEVELS:
            continue
        below = list(itertools.islice(call.submodule_calls.items(), n_more))
        drawn[id(call)] = below
        n_more -= len(below)
        waiting += [(child, level + 1) for _, child in below]
    return drawn


def _without_keys(value: Any) -> Any:
    """Replaces arrays of PRNG keys, of which Treescope cannot draw large ones.

    Only containers of Python's own are looked into: no other class is built anew.
    """
    if type(value) is dict:
        return {key: _without_keys(child) for key, child in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_without_keys, value))
    return _Keys(value) if is_array(value) and is_key(value) else value


class _Keys:
    """Stands for an array of PRNG keys, and is drawn by their data."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        del subtree_renderer
        text = one_line(array_or_value_text(self._keys))
        line = rendering_parts.text(text)
        return rendering_parts.build_one_line_tree_node(line, path)


def _join(path: str | None, step: str) -> str | None:
    return None if path is None else path + step
