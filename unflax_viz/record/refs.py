"""What a mutable array held at one moment, in a record that does not change."""

from __future__ import annotations

from typing import Any

import jax
from penzai import pz

from unflax_viz.record.structures import has_leaf, is_ref


@pz.pytree_dataclass
class RefValue(pz.Struct):
    """A copy of what a `jax.Ref` held; a replay makes a new ref of it.

    Attributes:
      value: An array of the shape and dtype of the ref.
    """

    value: Any

    def treescope_color(self) -> str:
        """Returns Penzai's colour of a local state."""
        return "#f58566"


def without_refs(tree: Any) -> Any:
    """Replaces each ref of a pytree by a copy of what it holds now.

    Returns:
      The very object where there is none.
    """
    if not has_leaf(tree, is_ref):
        return tree
    # In a trace, too, what the ref holds is read and not the reading traced.
    with jax.ensure_compile_time_eval():
        return jax.tree.map(
            lambda leaf: RefValue(leaf[...]) if is_ref(leaf) else leaf, tree
        )


def with_refs(tree: Any) -> Any:
    """Makes a new ref of each value that `without_refs` put into a pytree."""
    return jax.tree.map(
        lambda leaf: jax.new_ref(leaf.value) if _is_ref_value(leaf) else leaf,
        tree,
        is_leaf=_is_ref_value,
    )


def holds_ref_value(tree: Any) -> bool:
    """Tells whether a value of a record was a ref, or held one."""
    return any(map(_is_ref_value, jax.tree.leaves(tree, is_leaf=_is_ref_value)))


def _is_ref_value(leaf: Any) -> bool:
    return isinstance(leaf, RefValue)
