"""Brings a stylesheet along with a Treescope part.

This is the only module that touches Treescope's private parts. Checked with treescope
0.1.9 and 0.1.10.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from treescope import rendering_parts
from treescope._internal.parts import basic_parts, part_interface

Part = rendering_parts.RenderableTreePart


@dataclasses.dataclass(frozen=True)
class _WithCss(basic_parts.DeferringToChild):
    """A part that brings a stylesheet along."""

    child: Part
    css: str

    def html_setup_parts(self, context: Any, /) -> set[Any]:
        rule = part_interface.CSSStyleRule(self.css)
        return {rule, *self.child.html_setup_parts(context)}


def with_css(part: Part, css: str) -> Part:
    """Returns a part that looks as the rules in `css` say, wherever it is rendered."""
    return _WithCss(part, css)
