"""The warnings that rows of several lenses have."""

from __future__ import annotations

from unflax_viz.lenses.lens import Searched
from unflax_viz.protocol import Piece


def nan_pieces(run: Searched, value: int) -> list[Piece]:
    """Returns what the row of a value says of NaN in it, if that is known."""
    broken = run.broken_values
    return [("warning", "NaN")] if broken and broken.has_nan[value] else []
