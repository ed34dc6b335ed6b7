"""One self-contained page with the inspector of a run, which opens offline.

The page holds the bundle and every answer that the clerk would give, up to a budget
of bytes; what is beyond the budget is answered with a sentence that says so. It may
run its own script and nothing else, and may load nothing: names in it come from
somebody else's model.
"""

from __future__ import annotations

import base64
import hashlib
import html
import operator

from unflax_viz.describe.header import title_of
from unflax_viz.errors import WrongArgumentError, WrongValueError
from unflax_viz.record.run import FlaxRun
from unflax_viz.render.static_html import static_html
from unflax_viz.widget.bundle import read_bundle
from unflax_viz.widget.page_answers import collect_answers

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 12px; font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #1c1e22; color: #dfe2e6; } }
#unflax-viz-note { margin: 0 0 12px; }
"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<body>
<div id="unflax-viz"></div>
<div id="unflax-viz-static">
<p id="unflax-viz-note">This page shows only the calls until its script runs. The rest
needs JavaScript and a browser from 2023 or later.</p>
{fallback}
</div>
<script type="text/plain" id="unflax-viz-record">
{record}
</script>
<script>{script}</script>
</body>
</html>
"""


def standalone_page(run: FlaxRun, max_bytes: int) -> str:
    """Returns the page as HTML; the same page for the same run.

    Args:
      run: The run to show.
      max_bytes: Budget in bytes of what is packed into the page, after compression.
        All rows of the tree are there in any case; the details of calls, and after
        them values, as far as it reaches.

    Returns:
      A page that loads nothing from anywhere.

    Raises:
      WrongArgumentError: If `max_bytes` is not an integer.
      WrongValueError: If it is negative.
    """
    script = _inline(read_bundle("page.js"))
    return _PAGE.format(
        policy=_policy(script),
        title=html.escape(title_of(run.root)),
        style=_STYLE,
        fallback=static_html(run),
        record=collect_answers(run, _checked(max_bytes)).text(),
        script=script,
    )


def _checked(max_bytes: int) -> int:
    try:
        number = operator.index(max_bytes)
    except TypeError:
        raise WrongArgumentError(
            f"max_bytes must be an integer such as 20_000_000, not {max_bytes!r}.",
            max_bytes,
        ) from None
    if number < 0:
        raise WrongValueError(
            f"max_bytes must be at least 0, not {number:,}.", max_bytes
        )
    return number


def _inline(script: str) -> str:
    """Writes a script so that no text in it ends or hides the element around it."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(script: str) -> str:
    """Returns the page's Content-Security-Policy: this script, and no loading at all.

    Attributes of style are allowed, for the rows' colours; they cannot load anything,
    since pictures may only come from the page itself.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash_of(script)}'",
            f"style-src-elem '{_hash_of(_STYLE)}'",
            "style-src-attr 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
