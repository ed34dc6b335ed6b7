"""Lets `jupyter nbconvert` show the trees of unflax_viz in its HTML, offline too."""

from __future__ import annotations

# Environments that do not have unflax_viz may read this folder as well.
try:
    from unflax_viz_nbconvert import add_preprocessors
except ImportError:
    pass
else:
    add_preprocessors(get_config())  # noqa: F821  # pyright: ignore[reportUndefinedVariable]
