"""Lets Treescope's own view be dark in a dark notebook, which it knows nothing of.

The page or the frame around it hands down its colour scheme, and `light-dark()` follows
that, with Treescope's own colour first. Treescope's grounds give way to the notebook's;
the cells of an array, which are painted on a canvas, keep their colours. Checked with
treescope 0.1.9 and 0.1.10.
"""

from __future__ import annotations

from unflax_viz.render.treescope_internals import Part, with_css

# Treescope's rules may come after these, hence the longer selectors. The lines of the
# axes are black, and the fields of a Penzai Struct #00225f, by styles of their own.
_RULES = """
.treescope_root.treescope_root {
  background: transparent;
  color: light-dark(black, #d6d9de);
}
.treescope_root .arrayviz_container .info { color: light-dark(#777777, #949ba4); }
.treescope_root .arrayviz_container div {
  border-color: light-dark(black, #949ba4) !important;
}
.treescope_root .arrayviz_container .hovertip {
  background: light-dark(white, #2b2e34);
}
.treescope_root .arrayviz_container .info input[type="number"] {
  border: 1px solid light-dark(#767676, #6b7078);
  background: transparent;
  color: inherit;
}
.treescope_root .colored_line {
  border-color: light-dark(var(--block-color), transparent);
  background: light-dark(
    var(--block-color), oklch(from var(--block-color) 0.42 0.1 h)
  );
  color: inherit;
}
.treescope_root .patterned_line { color: inherit; }
.treescope_root .color_keyword { color: light-dark(#0000ff, #7db4f0); }
.treescope_root .color_number { color: light-dark(#098156, #8fcfa4); }
.treescope_root .color_string { color: light-dark(#a31515, #e0a08c); }
.treescope_root .color_abbrev { color: light-dark(#682a00, #c9a27e); }
.treescope_root :is(.color_comment, .color_comment a:not(:hover)) {
  color: light-dark(#6b6b6b, #949ba4);
}
.treescope_root [style*="#00225f"] { color: light-dark(#00225f, #9db8e8) !important; }
.treescope_root .foldable_node > label:not(:hover)::before {
  color: light-dark(#8a8a8a, #8b9098);
}
.treescope_root .color_error { color: light-dark(#c00000, #f48771); }
"""


def following_the_scheme(part: Part) -> Part:
    """Returns a part that is dark where what is around it is."""
    return with_css(part, _RULES)
