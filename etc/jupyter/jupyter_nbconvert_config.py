"""Lets `jupyter nbconvert` show the trees of unflax_viz in its HTML, offline too.

Where a notebook holds the state of its widgets, nbconvert writes the place of a widget
and a script that fetches widgets from the network; the HTML that the same output holds
is not shown. The wheel puts this file into etc/jupyter of its environment, where
nbconvert finds it. It imports nothing of unflax_viz: it may lie in a folder that other
environments read as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbconvert.preprocessors import Preprocessor

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
STATIC_TREE = 'class="unflax-viz-static"'


class PreferStaticTree(Preprocessor):
    """Leaves the HTML of an output of unflax_viz; touches nobody else's outputs."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Takes the widgets of unflax_viz out, and their states with the last one."""
        outputs = [
            output.data
            for cell in nb.cells
            for output in cell.get("outputs", ())
            if "data" in output
        ]
        states = nb.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
        ours = [data for data in outputs if is_ours(data, states)]
        for data in ours:
            self.simplify(data)
        if ours and not any(WIDGET_VIEW in data for data in outputs):
            nb.metadata.pop("widgets", None)
        return nb, resources

    def simplify(self, data: Any) -> None:
        """Takes out of one output what hides the representation that is wanted."""
        data.pop(WIDGET_VIEW, None)


class PreferText(PreferStaticTree):
    """Leaves the text: in Markdown the HTML would be a heap of tags."""

    def simplify(self, data: Any) -> None:
        """Takes the widget and the HTML out."""
        super().simplify(data)
        if "text/plain" in data:
            data.pop("text/html", None)


def is_ours(data: Any, states: Any) -> bool:
    """Tells whether unflax_viz made an output, and put HTML beside the widget."""
    if "text/html" not in data or WIDGET_VIEW not in data:
        return False
    model = data[WIDGET_VIEW].get("model_id", "")
    return STATIC_TREE in "".join(data["text/html"]) or any(
        str(state.get("_anywidget_id")).startswith("unflax_viz.")
        for state in walk_states(model, states)
    )


def walk_states(model: str, states: Any) -> Iterator[Any]:
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


c = get_config()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]
c.HTMLExporter.preprocessors.append(PreferStaticTree)
c.MarkdownExporter.preprocessors.append(PreferText)
