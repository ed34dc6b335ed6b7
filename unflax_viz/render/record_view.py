"""What a cell shows that ends with a record: a call, its scope, a parameter, a draw.

Where scripts run it is Treescope's own view. Where they do not, it is the same record
as `<details>` that any sanitiser lets through: it stands inside the element in which
Treescope's script puts its view, and what is there is only shown without that script.
"""

from __future__ import annotations

import collections
import dataclasses
import html
import itertools
import re
from typing import Any

from unflax_viz.describe.record_lines import RecordLine, line_of
from unflax_viz.render.static_html import static_frame
from unflax_viz.render.treescope_page import record_html

_MAX_TEXT_LINES = 12
_MAX_LINES = 120
_MAX_BELOW_ONE = 40
_MAX_LEVELS = 4
_MAX_HTML_BYTES = 400_000

_INDENT = "margin-left: 1.2em;"

_CONTAINER = re.compile(r"(<treescope-container [^>]*>)(</treescope-container>)")

# What the page says of its theme is only seen from outside Treescope's shadow root.
_THEME = """<style>
.unflax-viz-record { color-scheme: light dark; }
[data-jp-theme-light="true"] .unflax-viz-record,
[data-vscode-theme-kind*="light"] .unflax-viz-record,
[theme="light"] .unflax-viz-record { color-scheme: light; }
[data-jp-theme-light="false"] .unflax-viz-record,
[data-vscode-theme-kind$="dark"] .unflax-viz-record,
[data-vscode-theme-kind$="high-contrast"] .unflax-viz-record,
[theme="dark"] .unflax-viz-record { color-scheme: dark; }
</style>"""


class RecordViews:
    """Shows records, other than a whole run."""

    def line(self, record: Any) -> str:
        """Writes one line: `<FlaxParameter: params/kernel  f32[3]  12 B>`."""
        return f"<{type(record).__name__}: {line_of(record).text}>"

    def text(self, record: Any) -> str:
        """Writes a record as at most 12 lines."""
        return record_text(record)

    def html(self, record: Any) -> str:
        """Draws a record as HTML; Treescope's view of it up to 400 kB."""
        return record_page(record)


def record_text(record: Any) -> str:
    """Writes a record and what is directly below it, in at most 12 lines."""
    line = line_of(record)
    below = [child.text for child in itertools.islice(line.below(), _MAX_TEXT_LINES)]
    if len(below) == _MAX_TEXT_LINES:
        below = [*below[:-2], "... and more"]
    first = f"{type(record).__name__}  {line.text}"
    return "\n  ".join([first, *below])


def record_page(record: Any) -> str:
    """Draws a record as Treescope's view, and as `<details>` where no script runs."""
    without_script = static_frame(_static_html(record))
    drawn = record_html(record)
    if len(drawn.encode()) > _MAX_HTML_BYTES:
        return without_script
    with_script, n_places = _CONTAINER.subn(
        lambda match: match[1] + without_script + match[2], drawn, count=1
    )
    if not n_places:
        return without_script
    return f'{_THEME}<div class="unflax-viz-record">{with_script}</div>'


@dataclasses.dataclass
class _Drawn:
    """A line that is drawn.

    Attributes:
      line: The line.
      level: How deep it is, from 0.
      below: The lines that are drawn below it.
      has_more: Whether there are more below it.
    """

    line: RecordLine
    level: int
    below: list[_Drawn] = dataclasses.field(default_factory=list)
    has_more: bool = False


def _static_html(record: Any) -> str:
    root = _first_lines(line_of(record))
    root.line = dataclasses.replace(
        root.line, text=f"{type(record).__name__}  {root.line.text}"
    )
    return _details(root)


def _first_lines(line: RecordLine) -> _Drawn:
    """Chooses what is drawn: level by level, as far as a budget of lines goes."""
    root = _Drawn(line, 0)
    waiting, n_lines = collections.deque([root]), 1
    while waiting:
        drawn = waiting.popleft()
        n_here = min(_MAX_BELOW_ONE, _MAX_LINES - n_lines)
        if drawn.level == _MAX_LEVELS:
            n_here = 0
        below = list(itertools.islice(drawn.line.below(), n_here + 1))
        drawn.has_more = len(below) > n_here
        drawn.below = [_Drawn(child, drawn.level + 1) for child in below[:n_here]]
        n_lines += len(drawn.below)
        waiting += drawn.below
    return root


def _details(drawn: _Drawn) -> str:
    line = _colored(drawn.line)
    below = "".join(map(_details, drawn.below))
    if drawn.has_more:
        below += f'<div style="{_INDENT} opacity: 0.65;">…</div>'
    if not below:
        return f'<div style="{_INDENT}">{line}</div>'
    is_open = "" if drawn.level else " open"
    summary = f"<summary>{line}</summary>"
    return f'<details{is_open} style="{_INDENT}">{summary}{below}</details>'


def _colored(line: RecordLine) -> str:
    text = html.escape(line.text, quote=True)
    if not line.color:
        return text
    style = f"background-color: {line.color}; color: #1b1b1b; padding: 0 4px;"
    return f'<span style="{style}">{text}</span>'
