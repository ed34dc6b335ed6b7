"""What does nbconvert write of a notebook that holds widgets of unflax_viz?

Where a notebook holds the state of its widgets, nbconvert writes the place of a widget
and a script that fetches widgets from the network; the HTML that the same output holds
is not shown. Here the HTML is preferred. The wheel's files in etc/jupyter bring this to
`jupyter nbconvert`, and to a Jupyter server, whose *Save and Export* reads another
configuration. It is no part of the package, which would load JAX into every server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
STATIC_TREE = 'class="unflax-viz-static"'


def add_preprocessors(config: Any) -> None:
    """Puts ours behind those that a configuration of traitlets names already."""
    config.HTMLExporter.preprocessors.append(prefer_static_tree)
    config.MarkdownExporter.preprocessors.append(prefer_text)


# A Jupyter server calls the next two by these names.
def _jupyter_server_extension_points() -> Any:  # pyright: ignore[reportUnusedFunction]
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:  # pyright: ignore[reportUnusedFunction]
    add_preprocessors(server.config)


def prefer_static_tree(nb: Any, resources: Any) -> tuple[Any, Any]:
    """Leaves the HTML of an output of unflax_viz; touches nobody else's outputs."""
    return _simplify_ours(nb, _drop_widget), resources


def prefer_text(nb: Any, resources: Any) -> tuple[Any, Any]:
    """Leaves the text: in Markdown the HTML would be a heap of tags."""
    return _simplify_ours(nb, _drop_widget_and_html), resources


def _simplify_ours(nb: Any, simplify: Callable[[Any], None]) -> Any:
    """Takes the widgets of unflax_viz out, and their states with the last one."""
    outputs = [
        output.data
        for cell in nb.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    states = nb.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    ours = [data for data in outputs if _is_ours(data, states)]
    for data in ours:
        simplify(data)
    if ours and not any(WIDGET_VIEW in data for data in outputs):
        nb.metadata.pop("widgets", None)
    return nb


def _drop_widget(data: Any) -> None:
    data.pop(WIDGET_VIEW, None)


def _drop_widget_and_html(data: Any) -> None:
    _drop_widget(data)
    if "text/plain" in data:
        data.pop("text/html", None)


def _is_ours(data: Any, states: Any) -> bool:
    """Tells whether unflax_viz made an output, and put HTML beside the widget."""
    if "text/html" not in data or WIDGET_VIEW not in data:
        return False
    model = data[WIDGET_VIEW].get("model_id", "")
    return STATIC_TREE in "".join(data["text/html"]) or any(
        str(state.get("_anywidget_id")).startswith("unflax_viz.")
        for state in _walk_states(model, states)
    )


def _walk_states(model: str, states: Any) -> Iterator[Any]:
    """Yields the state of a widget and of those that are shown inside it."""
    waiting, seen = [model], set()
    while waiting:
        model = waiting.pop()
        if model in seen or model not in states:
            continue
        seen.add(model)
        state = states[model].get("state", {})
        yield state
        children = state.get("children")
        for child in children if isinstance(children, list) else ():
            waiting.append(str(child).removeprefix("IPY_MODEL_"))
