"""Which Python gives what the reader looks at? Lines that can be pasted and run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from unflax_viz.describe.values import one_line
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.run import Node


def quoted(name: Any) -> str:
    """Writes a name as a Python literal on one line, strings in double quotes.

    Letters that are not printable, direction marks among them, become escapes.
    """
    if not isinstance(name, str):
        return one_line(repr(name))
    # Not ensure_ascii: JSON would write one letter as two surrogates.
    return one_line(json.dumps(name, ensure_ascii=False))


def call_code(node: Node) -> str:
    """Returns Python that gives a call: `run.at("encoder/Dense_0")`.

    Empty for a place that was not captured.
    """
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return ""
    return "run.root" if node.address == "/" else f"run.at({quoted(node.address)})"


def scope_code(node: Node) -> str:
    """Returns Python that gives the scope data of a call."""
    return f"{call_code(node)}.scope_data"


def items_code(names: Iterable[Any]) -> str:
    """Returns the look-ups of names one in another: `["params"]["Dense_0"]`."""
    return "".join(f"[{quoted(name)}]" for name in names)
