"""The built JavaScript, as text."""

from __future__ import annotations

import functools
import pathlib

from unflax_viz.errors import InstallationError

_FOLDER = pathlib.Path(__file__).parent / "static"


@functools.cache
def read_bundle(name: str) -> str:
    """Returns a bundle: `index.js` for the widget, `page.js` for a page of its own.

    Raises:
      InstallationError: If the package was not built.
    """
    file = _FOLDER / name
    if not file.exists():
        raise InstallationError(
            f"unflax_viz/widget/static/{name} is missing, so nothing can be shown; "
            "records work without it. In a checkout, `make` targets build it; a wheel "
            "contains it."
        )
    return file.read_text(encoding="utf-8")
