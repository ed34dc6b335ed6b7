"""A row of the tree as pieces: name, class, shape, flags and size, no values.

Each piece is a kind and a text. The browser, the static page and the terminal draw
them, each in its own way.
"""

from __future__ import annotations

from typing import Any

from unflax_viz.describe.values import describe_structure, one_line
from unflax_viz.measure.numbers import format_bytes, format_count, format_counted
from unflax_viz.protocol import Piece
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, Transform
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import parameters_of, rngs_of, states_of

NO_COLOR = "#d0d0d0"
"""The colour of what is of no class."""

_MAX_SPOKEN = 200


def call_pieces(node: Node, index: RunIndex, has_nan: bool = False) -> list[Piece]:
    """Returns the pieces of the row of a call.

    Args:
      node: The call, or the place that was not captured.
      index: The index of its run.
      has_nan: Whether an array that it used is known to hold NaN.
    """
    pieces: list[Piece] = []
    if node.path:
        pieces.append(("name", _short_name(node)))
    if not isinstance(node, InterceptedFlaxModuleMethod):
        pieces.append(("warning", f"nn.{node.kind} not captured"))
        return pieces
    pieces.append(("class", node.class_name))
    if node.method_name != "__call__":
        pieces.append(("method", f".{node.method_name}"))
    if node.error:
        pieces.append(("warning", f"raised {node.error.split(':')[0]}"))
    elif node.output_structure is not None:
        pieces.append(("shape", describe_structure(node.output_structure)))
    pieces.extend(("flag", flag) for flag in _flags(node, index))
    if has_nan:
        pieces.append(("warning", "NaN"))
    pieces.extend(("warning", warning) for warning in index.warnings_of(node))
    total = index.total_of(node)
    return [*pieces, *size_pieces(total.n_parameters, total.n_bytes)]


def size_pieces(n_elements: int, n_bytes: int) -> list[Piece]:
    """Returns the piece at the end of a row, if there is anything to count."""
    if not n_elements:
        return []
    return [("size", f"{format_count(n_elements)}  {format_bytes(n_bytes)}")]


def shown_path(node: Node, path: tuple[Any, ...]) -> str:
    """Writes the path of what a call used.

    A model that is applied inside the model has paths of its own, which the model
    around it may have too. There the address of the call stands for the call's path.
    """
    names = tuple(map(str, path))
    if not node.is_nested:
        return "/".join(names)
    n_own = len(node.path)
    below = names[n_own:] if names[:n_own] == node.path else names
    return "/".join((node.address.rstrip("/"), *below))


def spoken_name(*texts: str) -> str:
    """Joins texts for a screen reader; of a long one the beginning and the end stay."""
    text = " ".join(_cut_middle(text) for text in texts if text)
    return one_line(text)


def _flags(node: InterceptedFlaxModuleMethod, index: RunIndex) -> list[str]:
    changes = [state.change for state in states_of(node).values() if state.change]
    n_draws = sum(len(rng.draws) for rng in rngs_of(node))
    n_shared = sum(p.is_shared for p in parameters_of(node).values())
    flags = [str(transform) for transform in _own_transforms(node, index)]
    if n_shared:
        flags.append("shared")
    if changes:
        word = "changed" if "changed" in changes else "written"
        flags.append(f"~{len(changes)} {word}")
    if n_draws:
        flags.append(format_counted(n_draws, "draw"))
    return flags


def _own_transforms(node: Node, index: RunIndex) -> tuple[Transform, ...]:
    """Returns the transforms around a node that are not around its caller."""
    parent = index.parent_of(node)
    n_inherited = len(parent.transforms) if parent else 0
    return node.transforms[n_inherited:]


def _short_name(node: Node) -> str:
    """Returns the last part of the path, with the number of a repeated call."""
    suffix = node.address.removeprefix("/".join(node.path))
    number = suffix[suffix.rfind("#") :] if "#" in suffix else ""
    return node.path[-1] + number


def _cut_middle(text: str) -> str:
    if len(text) <= _MAX_SPOKEN:
        return text
    half = _MAX_SPOKEN // 2
    return f"{text[: half - 1]}…{text[-half:]}"
