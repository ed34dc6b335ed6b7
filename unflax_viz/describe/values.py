"""One value, or a tree of shapes, in a few words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from unflax_viz.measure.numbers import format_bytes, format_shape
from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.key_words import key_data_of
from unflax_viz.record.structures import count_bytes, is_array, leaves_of

_MAX_TEXT = 80
_MAX_KEYS = 3


def safely(describe: Callable[[Any], str], value: Any) -> str:
    """Returns `describe(value)`, or what went wrong: one bad value breaks no tree."""
    try:
        return describe(value)
    except Exception as error:
        return f"<{type(value).__name__} cannot be shown: {type(error).__name__}>"


def one_line(text: str) -> str:
    """Writes what cannot be printed, line ends and direction marks too, as escapes."""
    if text.isprintable():
        return text
    return "".join(
        it if it.isprintable() else it.encode("unicode_escape").decode() for it in text
    )


def shorten(text: str, max_length: int = _MAX_TEXT) -> str:
    """Cuts a text that is longer than `max_length`, and marks the cut."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def array_of(value: Any) -> Any:
    """Returns the one array that `value` is or holds in a box; None for others."""
    leaves = leaves_of(value)
    return leaves[0] if len(leaves) == 1 and is_array(leaves[0]) else None


def describe_structure(tree: Any) -> str:
    """Describes a pytree by shapes: `f32[8,10]`, `(f32[8], i32[])`, `{a: f32[3]}`."""
    return shorten(safely(_structure_text, tree))


def describe_value(value: Any) -> str:
    """Describes a parameter or state: shape, dtype and size, or a plain value."""
    return "  ".join(filter(None, [describe_structure(value), describe_size(value)]))


def describe_size(value: Any) -> str:
    """Says how much memory an array, or a tree of arrays, takes; "" for others."""
    leaves = leaves_of(value)
    if leaves and all(map(is_array, leaves)):
        return format_bytes(count_bytes(value))
    return ""


def describe_key(key: Any) -> str:
    """Writes a PRNG key with its data: `key<fry>[] 0x01ab23cd 0x4567ef89`.

    Of an array of keys, as `scan` and `vmap` hand them out, the first are written,
    and how many more there are: `key<fry>[24] 0x.. 0x.., 0x.. 0x.., … 22 more`.
    """
    if is_deleted(key):
        return f"{format_shape(key)} deleted"
    keys = key_words(key)
    n_shown = len(keys) if len(keys) <= _MAX_KEYS else _MAX_KEYS - 1
    parts = [describe_words(words) for words in keys[:n_shown]]
    if len(keys) > n_shown:
        parts.append(f"… {len(keys) - n_shown:,} more")
    return f"{format_shape(key)} {', '.join(parts)}"


def key_words(key: Any) -> np.ndarray:
    """Returns the words of typed or raw keys, uint32, shape (n_keys, n_words)."""
    words = np.asarray(key_data_of(key))
    # A key of the old style is its words, along the last axis.
    return words.reshape(-1, words.shape[-1])


def describe_words(words: np.ndarray) -> str:
    """Writes the words of one key: `0x01ab23cd 0x4567ef89`."""
    return " ".join(f"0x{int(word):08x}" for word in words)


def _structure_text(tree: Any) -> str:
    if is_array(tree):
        return format_shape(tree)
    if isinstance(tree, dict):
        items = _join(f"{k}: {_structure_text(v)}" for k, v in tree.items())
        return f"{{{items}}}"
    if isinstance(tree, tuple | list):
        opening, closing = "()" if isinstance(tree, tuple) else "[]"
        return opening + _join(map(_structure_text, tree)) + closing
    leaves = jax.tree.leaves(tree)
    if leaves and leaves != [tree]:
        inner = _join(map(_structure_text, leaves))
        return f"{type(tree).__name__}({inner})"
    return tree if isinstance(tree, str) and tree.startswith("<") else repr(tree)


def _join(texts: Iterable[str]) -> str:
    """Joins as many texts as can be read before `shorten` cuts the rest off."""
    return ", ".join(itertools.islice(texts, _MAX_TEXT))
