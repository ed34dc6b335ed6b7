"""Draws one value with Treescope, as a page of its own for a sandboxed frame.

Treescope writes the labels of an array, and what `treescope_color` returns, into its
page as they are: so labels get no "<", and only a colour is let through. It draws a
collapsed value in full, so a large one is cut first.
"""

from __future__ import annotations

import html
import re
import threading
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import treescope
from treescope import lowering, renderers, rendering_parts

from unflax_viz.describe.record_lines import numbers_text
from unflax_viz.describe.values import describe_value, one_line, safely, shorten
from unflax_viz.measure import NoValues, statistics_of
from unflax_viz.measure.meshes import is_on_one_cpu, with_auto_axes
from unflax_viz.protocol import Axis
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.structures import is_array
from unflax_viz.render.treescope_dark import following_the_scheme
from unflax_viz.render.treescope_handlers import render_call

MAX_PAGE_BYTES = 500_000

_MAX_ELEMENTS = 10_000
_MAX_DIGITBOX = 9_999_999  # Treescope draws the digits of integers up to this
_MAX_NODES = 1_000
_MAX_CALLS = 30
_MAX_ITEMS = 50
_MAX_DEPTH = 20
_MAX_TEXT = 1_000
_MAX_LABEL = 40
_COLOR = re.compile(
    r"#[0-9a-f]{3,8}|[a-z]{1,30}|(rgba?|hsla?|oklch)\([0-9.,%/ -]{1,80}\)",
    re.ASCII | re.IGNORECASE,
)

_LOCK = threading.Lock()  # Treescope keeps what it is drawing in one place a process

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 8px; color: #1b1b1b; font: 13px monospace; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #d6d9de; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def array_page(array: Any, title: str, axes: list[tuple[int, Axis]]) -> str:
    """Draws an array with Treescope's own view.

    Args:
      array: The array, wherever it lies; the view shows the edges of one that has more
        than 10,000 elements. Complex numbers are drawn by magnitude. `NoValues` where
        there are no numbers: the page then says why.
      title: What the page is called.
      axes: Number, name and size of each axis, outermost first.

    Returns:
      A whole page of less than 500 kB, which is dark where the frame around it is.
    """
    if isinstance(array, NoValues):
        return _text_page(title, array.reason)
    if 0 in array.shape:
        return _text_page(title, "There are no values: an axis has length 0.")
    with _LOCK, np.errstate(all="ignore"):
        figure = treescope.render_array(
            _renderable(array),
            axis_labels=_labels(axes),
            truncate=True,
            maximum_size=_MAX_ELEMENTS,
        )
        body = _html_of(figure.treescope_part)
    return _page(title, body)


def value_page(value: Any, title: str = "value") -> str:
    """Draws what is not an array with Treescope, cut to what can be read.

    Args:
      value: Anything. Of containers the first 50 items are drawn, of all that is below
        1,000 things; an array in it is one line.
      title: What the page is called.

    Returns:
      A whole page of less than 500 kB; what cannot be drawn is described in it.
    """
    try:
        with _LOCK:
            body = _render_value(value)
    except Exception as error:
        text = f"Treescope cannot draw this: {type(error).__name__}."
        return _text_page(title, f"{text}\n{safely(describe_value, value)}")
    if len(body.encode()) > MAX_PAGE_BYTES - 2_000:
        text = "Treescope's view of this is too large to show."
        return _text_page(title, f"{text}\n{safely(describe_value, value)}")
    return _page(title, body)


def record_html(record: Any) -> str:
    """Draws a record for the output of a cell, as far as a reader opens it.

    Returns:
      HTML of Treescope's own, which needs its scripts to be seen; "" where Treescope
      cannot draw the record.
    """
    try:
        with _LOCK:
            return _render_value(record, compressed=True)
    except Exception:
        return ""


def _html_of(part: Any, compressed: bool = False) -> str:
    return lowering.render_to_html_as_root(
        following_the_scheme(part), compressed=compressed
    )


def _page(title: str, body: str) -> str:
    return _PAGE.format(policy=_POLICY, title=_escape(title), body=body)


def _text_page(title: str, text: str) -> str:
    return _page(title, "".join(f"<p>{_escape(line)}</p>" for line in text.split("\n")))


def _escape(text: str) -> str:
    return html.escape(one_line(text), quote=True)


def _labels(axes: list[tuple[int, Axis]]) -> dict[str | int, str]:
    """Names the axes for Treescope, which sets the labels as text.

    But it hands them to its script as JSON in a script element, which `</script>` would
    end; escaped as HTML they would be shown as `&lt;`. So there is no "<" in them.
    """
    labels: dict[str | int, str] = {}
    for position, (number, axis) in enumerate(axes):
        name = f" ({shorten(axis['name'], _MAX_LABEL)})" if axis["name"] else ""
        label = one_line(f"axis {number}{name}: {axis['size']}")
        labels[position] = label.replace("<", "\u2039")
    return labels


def _renderable(array: Any) -> Any:
    """Returns what Treescope can draw, without a copy where that can be."""
    if isinstance(array, jax.Array) and not is_on_one_cpu(array):
        array, xp = with_auto_axes(array), jnp
    else:
        array, xp = np.asarray(array), np
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        return xp.asarray(xp.abs(array))  # of one element, NumPy makes a scalar
    return array.astype(np.float32) if _is_huge(array) else array


def _is_huge(array: Any) -> bool:
    """Tells whether integers are too large for Treescope to draw their digits."""
    if not jnp.issubdtype(array.dtype, jnp.integer) or array.dtype.itemsize < 4:
        return False
    statistics = statistics_of(array)
    if isinstance(statistics, NoValues):
        return False
    return max(abs(statistics.minimum), abs(statistics.maximum)) > _MAX_DIGITBOX


def _render_value(value: Any, compressed: bool = False) -> str:
    renderer = renderers.TreescopeRenderer(
        handlers=[_draw_call_shortly, *treescope.active_renderer.get().handlers],
        # Not the hooks that are there: they would draw arrays in full, and show the
        # HTML that an object has for itself.
        wrapper_hooks=[_Budget()],
        context_builders=[],
    )
    drawn = renderer.to_foldable_representation(value, root_keypath=None)
    treescope.active_expansion_strategy.get()(drawn.renderable)
    part = rendering_parts.build_full_line_with_annotations(drawn)
    return _html_of(part, compressed)


def _draw_call_shortly(node: Any, path: str | None, subtree_renderer: Any) -> Any:
    """Draws a call with the few that a reader opens first."""
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return NotImplemented
    return render_call(node, path, subtree_renderer, _MAX_CALLS)


class _Budget:
    """A hook for Treescope that draws only so much, and nothing that is not safe."""

    def __init__(self) -> None:
        self._n_rendered = 0
        self._depth = 0

    def __call__(self, node: Any, path: str | None, node_renderer: Any) -> Any:
        self._n_rendered += 1
        if self._n_rendered > _MAX_NODES or self._depth >= _MAX_DEPTH:
            return _line("…")
        if is_array(node) or not _has_safe_color(node):
            return _line(numbers_text(node))
        self._depth += 1
        try:
            return _render_cut(node, path, node_renderer)
        except Exception:
            return _line(safely(describe_value, node))
        finally:
            self._depth -= 1


def _render_cut(node: Any, path: str | None, node_renderer: Any) -> Any:
    """Draws the beginning of what is long."""
    kind: Any = type(node)
    if isinstance(node, str | bytes) and len(node) > _MAX_TEXT:
        return _line(f"{node[:_MAX_TEXT]!r} … {len(node):,} in all")
    if kind not in (tuple, list, dict, set, frozenset):
        return node_renderer(node, path=path)
    if len(node) <= _MAX_ITEMS:
        return node_renderer(node, path=path)
    items = list(node.items() if isinstance(node, dict) else node)[:_MAX_ITEMS]
    drawn = node_renderer(cast(Any, kind)(items), path=path)
    rest = rendering_parts.text(f"  # … {len(node) - _MAX_ITEMS:,} more")
    return rendering_parts.RenderableAndLineAnnotations(
        renderable=drawn.renderable,
        annotations=rendering_parts.siblings(
            drawn.annotations, rendering_parts.comment_color(rest)
        ),
    )


def _line(text: str) -> Any:
    return rendering_parts.text(one_line(text))


def _has_safe_color(node: Any) -> bool:
    """Tells whether what an object wants to be coloured with is a colour."""
    if isinstance(node, type) or not hasattr(node, "treescope_color"):
        return True
    try:
        colors = node.treescope_color()
    except Exception:
        return False
    colors = colors if isinstance(colors, tuple) else (colors,)
    return all(color is None or _is_color(color) for color in colors)


def _is_color(text: object) -> bool:
    return isinstance(text, str) and _COLOR.fullmatch(text) is not None
