"""Finds a deleted array and names it; JAX's own error does not say which it is."""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

from unflax_viz.errors import DeletedArrayError

RECORD_ADVICE = (
    "A record refers to arrays and does not copy them: use it before that call, or "
    "capture with what the call returned."
)
"""What to do where an array of a record was deleted."""


def is_deleted(leaf: Any) -> bool:
    """Tells whether a leaf is an array of JAX whose memory is gone."""
    is_concrete = isinstance(leaf, jax.Array) and not isinstance(leaf, Tracer)
    return is_concrete and leaf.is_deleted()


def check_not_deleted(tree: Any, name: str, advice: str) -> None:
    """Raises if an array of a tree was deleted, most likely donated to a jitted call.

    Args:
      tree: A pytree. One that JAX cannot flatten is not searched.
      name: Python that gives the tree, such as `variables`.
      advice: A sentence that says what to do.

    Raises:
      DeletedArrayError: With the place of the first such array.
    """
    try:
        leaves = jax.tree_util.tree_leaves_with_path(tree)
    except Exception:
        return
    for place, leaf in leaves:
        if is_deleted(leaf):
            raise DeletedArrayError(
                f"{name}{jax.tree_util.keystr(place)} was deleted; most likely its "
                f"memory was donated to a jitted call. {advice}"
            )
