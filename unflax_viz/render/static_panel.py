"""One call's panel as plain text and as HTML without scripts, for static notebooks."""

from __future__ import annotations

import html

from unflax_viz.describe.values import one_line
from unflax_viz.protocol import CallAnswer, RngItem, Tab
from unflax_viz.render.static_html import item_text, static_frame

_MAX_LINES = 100


def panel_lines(call: CallAnswer, panel: Tab) -> list[str]:
    """Returns the lines of a panel, the title first.

    Args:
      call: What the panels list for the call.
      panel: Which of them is meant.
    """
    title = "  ".join(filter(None, [call["title"], call["subtitle"]]))
    lines = [title, *([call["error"]] if call["error"] else []), *_body(call, panel)]
    n_more = len(lines) - _MAX_LINES
    if n_more > 0:
        lines = [*lines[:_MAX_LINES], f"… and {n_more:,} more"]
    return list(map(one_line, lines))


def panel_html(call: CallAnswer, panel: Tab) -> str:
    """Returns the lines of a panel as one `<div>`, with the title in bold."""
    title, *lines = (html.escape(line, quote=True) for line in panel_lines(call, panel))
    rows = "".join(f'<div style="margin-left: 1.2em;">{line}</div>' for line in lines)
    return static_frame(f"<div><b>{title}</b></div>{rows}")


def _body(call: CallAnswer, panel: Tab) -> list[str]:
    if panel == "parameters":
        listed = [*call["parameters"], *call["unused"]]
        return [item_text(entry) for entry in listed] or ["no parameters"]
    if panel == "state":
        listed = [*call["state"], *call["constants"]]
        return [item_text(entry) for entry in listed] or ["no state"]
    if panel == "rngs":
        lines = [line for rng in call["rngs"] for line in _rng_lines(rng)]
        return lines or ["no draws"]
    return [f"{fact['label']}  {fact['text']}" for fact in call["facts"]]


def _rng_lines(rng: RngItem) -> list[str]:
    return [
        f"{rng['stream']}  {rng['text']}",
        *(
            "  ".join(filter(None, [str(draw["counter"]), draw["key"], draw["note"]]))
            for draw in rng["draws"]
        ),
    ]
