"""How does Treescope's own view look in a dark notebook, which it knows nothing of?

The frame around it hands down the scheme of the notebook, so the rules ask for it and
follow it. Treescope's grounds give way to the notebook's; the cells of an array, which
are painted on a canvas, keep their colours. Checked with treescope 0.1.9 and 0.1.10.
"""

from __future__ import annotations

from unflax_viz.render.treescope_internals import Part, with_css

# Treescope's rules may come after these, hence the longer selectors. The lines of the
# axes are black, and the fields of a Penzai Struct #00225f, by styles of their own.
_RULES = """
.treescope_root.treescope_root { background: transparent; }
@media (prefers-color-scheme: dark) {
  .treescope_root.treescope_root { color: #d6d9de; }
  .treescope_root .arrayviz_container .info { color: #949ba4; }
  .treescope_root .arrayviz_container div { border-color: #949ba4 !important; }
  .treescope_root .arrayviz_container .hovertip { background: #2b2e34; }
  .treescope_root .arrayviz_container .info input[type="number"] {
    border: 1px solid #6b7078; background: transparent; color: inherit;
  }
  .treescope_root .colored_line {
    border-color: transparent;
    background: oklch(from var(--block-color) 0.42 0.1 h);
    color: inherit;
  }
  .treescope_root .patterned_line { color: inherit; }
  .treescope_root .color_keyword { color: #7db4f0; }
  .treescope_root .color_number { color: #8fcfa4; }
  .treescope_root .color_string { color: #e0a08c; }
  .treescope_root .color_abbrev { color: #c9a27e; }
  .treescope_root :is(.color_comment, .color_comment a:not(:hover)) { color: #949ba4; }
  .treescope_root [style*="#00225f"] { color: #9db8e8 !important; }
  .treescope_root .foldable_node > label:not(:hover)::before { color: #6b7078; }
  .treescope_root .color_error { color: #f48771; }
}
"""


def following_the_scheme(part: Part) -> Part:
    """Returns a part whose page is dark where the frame around it is."""
    return with_css(part, _RULES)
