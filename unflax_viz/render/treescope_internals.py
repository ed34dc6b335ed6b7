"""Writes one Treescope part as a fragment of HTML, without a page around it.

Treescope renders whole trees into a page with its own scripts. The inspector folds
by itself and wants single lines, so it asks the parts directly. This is the only
module that touches Treescope's private parts. Checked with treescope 0.1.9 and
0.1.10.
"""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from treescope import rendering_parts
from treescope._internal.parts import basic_parts, part_interface

Part = rendering_parts.RenderableTreePart

_NEVER = ".uv_never"
"""A selector that matches nothing: our lines are neither collapsed nor roundtrip."""


@dataclasses.dataclass(frozen=True)
class StyledSpan(basic_parts.BaseSpanGroup):
    """A part in a span of one CSS class.

    Attributes:
      child: What is in the span.
      css_class: Its class, ours to choose.
      css_rule: The declarations of that class, without braces.
    """

    child: Part
    css_class: str
    css_rule: str

    def _span_css_class(self) -> str:
        return self.css_class

    def _span_css_rule(self, context: object, /) -> part_interface.CSSStyleRule:
        del context
        return part_interface.CSSStyleRule(f".{self.css_class} {{{self.css_rule}}}")


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


def html_of(part: Part) -> str:
    """Returns the HTML fragment of a part: spans and escaped text, no script."""
    stream = io.StringIO()
    part.render_to_html(stream, render_context={})
    return stream.getvalue()


def css_of(part: Part) -> str:
    """Returns the style rules that the classes in a part's HTML need."""
    context = part_interface.HtmlContextForSetup(_NEVER, _NEVER, _NEVER)
    rules = {
        setup.rule
        for setup in part.html_setup_parts(context)
        if isinstance(setup, part_interface.CSSStyleRule)
    }
    return "\n".join(sorted(rules))
