"""Describes what was given instead of a module or a run, such as a Flax NNX model.

An NNX class is known by the names of its bases: importing flax.nnx takes time, and most
users of Linen do not need it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any


def describe_given(value: Any) -> str:
    """Names a value by its type, with an article; an array by shape and dtype."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array of shape {tuple(value.shape)} and dtype {value.dtype}"
    if _is_nnx_class(type(value)):
        return f"a Flax NNX model, {type(value).__name__}"
    return f"a {type(value).__qualname__}"


def describe_nnx_model(value: Any) -> str:
    """Says that a Flax NNX model cannot be captured; "" for what is not one.

    Args:
      value: Anything; a model, its class, or a method of it count as one.
    """
    owner = value.__self__ if inspect.ismethod(value) else value
    kind = owner if inspect.isclass(owner) else type(owner)
    if not _is_nnx_class(kind):
        return ""
    return (
        f"{kind.__name__} is a Flax NNX model, and only Flax Linen models can be "
        f"captured. {_way_out(kind)}."
    )


def describe_unseen_nnx(names: Mapping[str, Any], place: str) -> str:
    """Says why no call was seen where NNX models can be reached by name.

    Args:
      names: What can be reached by name. Names that begin with "_" do not count.
      place: Where no call was seen, such as "cell".

    Returns:
      The sentences; "" if no name stands for an NNX model.
    """
    for name, value in list(names.items()):
        if not name.startswith("_") and _is_nnx_class(type(value)):
            return (
                f"No Flax Linen call was seen in this {place}. Calls of Flax NNX "
                f"models, such as {name} ({type(value).__name__}), are not captured: "
                f"{_way_out(type(value))}. Nor are calls in another thread, or in code "
                "that jax.jit had compiled before."
            )
    return ""


def _way_out(kind: type) -> str:
    call = f"flax.nnx.bridge.ToLinen({kind.__name__}, args=...)"
    return f"{call} makes a Linen module of its class"


def _is_nnx_class(kind: type) -> bool:
    return any(
        base.__name__ == "Module" and str(base.__module__).startswith("flax.nnx.")
        for base in kind.__mro__
    )
