"""One value, or a tree of shapes, in a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from unflax_viz.record.structures import count_bytes, is_array, leaves_of
from unflax_viz.summary.numbers import format_bytes, format_shape

_MAX_TEXT = 80


def safely(describe: Callable[[Any], str], value: Any) -> str:
    """Returns `describe(value)`, or what went wrong: one bad value breaks no tree."""
    try:
        return describe(value)
    except Exception as error:
        return f"<{type(value).__name__} cannot be shown: {type(error).__name__}>"


def one_line(text: str) -> str:
    """Writes what is not printable, line ends and direction marks too, as escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def describe_structure(tree: Any) -> str:
    """Describes a pytree by shapes: `f32[8,10]`, `(f32[8], i32[])`, `{a: f32[3]}`."""
    return _shorten(safely(_structure_text, tree))


def describe_value(value: Any) -> str:
    """Describes a parameter or state: shape, dtype and size, or a plain value."""
    leaves = leaves_of(value)
    if leaves and all(map(is_array, leaves)):
        size = format_bytes(count_bytes(value))
        return f"{describe_structure(value)}  {size}"
    return describe_structure(value)


def _structure_text(tree: Any) -> str:
    if is_array(tree):
        return format_shape(tree)
    if isinstance(tree, dict):
        items = ", ".join(f"{k}: {_structure_text(v)}" for k, v in tree.items())
        return f"{{{items}}}"
    if isinstance(tree, tuple | list):
        opening, closing = "()" if isinstance(tree, tuple) else "[]"
        return opening + ", ".join(map(_structure_text, tree)) + closing
    leaves = jax.tree.leaves(tree)
    if leaves and leaves != [tree]:
        inner = ", ".join(map(_structure_text, leaves))
        return f"{type(tree).__name__}({inner})"
    return tree if isinstance(tree, str) and tree.startswith("<") else repr(tree)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
