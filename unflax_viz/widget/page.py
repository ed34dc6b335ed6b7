"""One self-contained page with the inspector of a run, which opens offline.

The page holds the bundle and every answer that the clerk would give, up to a budget
of bytes; a value beyond the budget is answered with a sentence that says so.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from typing import Any

from unflax_viz.protocol import ROWS_PER_WINDOW, ArrayEntry, CallAnswer, Failure
from unflax_viz.record.index import children_of
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.render.static_html import static_html
from unflax_viz.widget.bundle import read_bundle
from unflax_viz.widget.clerk import Clerk

_MAX_BYTES = 24_000_000
_LEFT_OUT = (
    "This value was left out of the file to keep it small; the notebook still has it."
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 12px; font-family: system-ui, sans-serif; }}
</style>
<body>
<div id="unflax-viz"><noscript>{fallback}</noscript></div>
<script type="application/json" id="unflax-viz-record">{record}</script>
<script>{script}</script>
</body>
</html>
"""


def standalone_page(run: FlaxRun, max_bytes: int = _MAX_BYTES) -> str:
    """Returns the page as HTML.

    Args:
      run: The run to show.
      max_bytes: Budget in bytes of JSON. All calls are there; beyond the budget their
        values are left out.

    Returns:
      A page that loads nothing from anywhere.
    """
    clerk = Clerk(run)
    opening = clerk.opening()
    record = {
        "opening": opening,
        "selected": run.root.address,
        "answers": _collect_answers(run, clerk, max_bytes),
    }
    return _PAGE.format(
        title=html.escape(opening["title"]),
        fallback=static_html(run),
        record=_json_for_script(record),
        script=read_bundle("page.js").replace("</script", "<\\/script"),
    )


def _collect_answers(run: FlaxRun, clerk: Clerk, max_bytes: int) -> dict[str, Any]:
    """Asks the clerk everything: first all calls, then values until the budget ends."""
    answers: dict[str, Any] = {}
    n_bytes = 0
    value_requests: list[dict[str, Any]] = []
    for node in run.nodes_by_address.values():
        for request in _call_requests(node):
            answer, _ = clerk.answer(request)
            n_bytes += _keep(answers, request, answer, [])
            if answer["kind"] == "call":
                value_requests += _value_requests(answer)
    for request in value_requests:
        if n_bytes > max_bytes:
            answer = Failure(kind="failure", id=0, message=_LEFT_OUT)
            _keep(answers, request, answer, [])
        else:
            n_bytes += _keep(answers, request, *clerk.answer(request))
    return answers


def _call_requests(node: Node) -> Iterator[dict[str, Any]]:
    yield {"kind": "call", "address": node.address}
    for start in range(0, len(children_of(node)), ROWS_PER_WINDOW):
        yield {"kind": "children", "address": node.address, "start": start}


def _value_requests(call: CallAnswer) -> Iterator[dict[str, Any]]:
    listed: list[ArrayEntry] = [
        *call["parameters"],
        *call["state"],
        *call["constants"],
    ]
    for entry in filter(lambda entry: entry["is_array"], listed):
        for moment in entry["moments"]:
            yield {
                "kind": "array",
                "address": call["address"],
                "group": entry["group"],
                "collection": entry["collection"],
                "name": entry["name"],
                "moment": moment,
            }


def _keep(
    answers: dict[str, Any], request: dict[str, Any], answer: Any, buffers: list[bytes]
) -> int:
    """Files an answer under its request; returns how many bytes it takes."""
    kept = {
        "answer": answer,
        "buffers": [base64.b64encode(buffer).decode() for buffer in buffers],
    }
    answers[json.dumps(sorted(request.items()), separators=(",", ":"))] = kept
    return len(json.dumps(kept))


def _json_for_script(value: Any) -> str:
    """Writes JSON that cannot end the script element that holds it."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
