"""Guesses which of the known paths was meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_MAX_COMPARED = 1_000
"""A hundred thousand comparisons would take seconds."""


def nearest_path(wanted: str, paths: Sequence[str]) -> str:
    """Returns the most similar path, of those that share a name where there are any.

    Args:
      wanted: What was asked for.
      paths: What there is; of very many, the first are compared.

    Returns:
      One of `paths`, or "" where there is none.
    """
    names = set(wanted.split("/"))
    related = [path for path in paths if not names.isdisjoint(path.split("/"))]
    compared = (related or paths)[:_MAX_COMPARED]
    return next(iter(difflib.get_close_matches(wanted, compared, n=1, cutoff=0.0)), "")
