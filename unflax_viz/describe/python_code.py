"""Writes Python that gives what the reader looks at, ready to be pasted and run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp

from unflax_viz.describe.values import array_of, one_line
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.run import Node
from unflax_viz.record.structures import is_array


def quoted(name: Any) -> str:
    """Writes a name as a Python literal on one line, strings in double quotes.

    Characters that cannot be printed, direction marks included, become escapes.
    """
    if not isinstance(name, str):
        return one_line(repr(name))
    # Not ensure_ascii: JSON would write one character as two surrogates.
    return one_line(json.dumps(name, ensure_ascii=False))


def call_code(node: Node) -> str:
    """Returns Python that gives a call: `run.at("encoder/Dense_0")`.

    Empty for a place that was not captured.
    """
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return ""
    # Not run.root: the call at "/" need not be the outermost one.
    return f"run.at({quoted(node.address)})"


def scope_code(node: Node) -> str:
    """Returns Python that gives the scope data of a call."""
    return f"{call_code(node)}.scope_data"


def items_code(names: Iterable[Any]) -> str:
    """Returns the look-ups of names one in another: `["params"]["Dense_0"]`."""
    return "".join(f"[{quoted(name)}]" for name in names)


def difference_code(state: str, before: Any) -> str:
    """Returns Python that gives after minus before.

    Args:
      state: Python that gives the state.
      before: Its value before: an array, maybe in a box.
    """
    suffix = _widening_of(array_of(before))
    sides = [f"{state}.{side}" for side in ("after", "before")]
    if not is_array(before):
        # A box of Flax cannot be subtracted.
        sides = [f"jax.tree.leaves({side})[0]" for side in sides]
    return " - ".join(f"{side}{suffix}" for side in sides)


def _widening_of(array: Any) -> str:
    """Makes room for a sign: True cannot be subtracted, and small integers wrap."""
    dtype = jnp.dtype(array.dtype)
    is_whole = dtype.kind in "bui" or jnp.issubdtype(dtype, jnp.integer)
    is_tight = dtype.kind == "b" or dtype.itemsize < 4 or dtype.kind == "u"
    return ".astype(int)" if is_whole and is_tight else ""
