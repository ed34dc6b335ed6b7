"""Lists nested inputs and outputs, one line for each value."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from unflax_viz.describe.values import one_line, safely, shorten
from unflax_viz.measure.numbers import format_shape
from unflax_viz.protocol import StructureLine
from unflax_viz.record.calls import ArgsAndKwargs
from unflax_viz.record.structures import children_of, is_array, name_of_type

_MAX_LINES = 300
_MAX_DEPTH = 40
_MAX_TEXT = 160


def argument_lines(given: ArgsAndKwargs, method: Any) -> list[StructureLine]:
    """Lists the arguments of a call, nested, under the names that the method has.

    Args:
      given: The arguments, arrays replaced by their shapes.
      method: The function that was called, `self` first; None where it is not known.

    Returns:
      At most 300 lines, and one that says how many more there are.
    """
    names = _positional_names(method, len(given.args))
    labelled = [*zip(names, given.args, strict=True), *given.kwargs.items()]
    return _limited(labelled)


def structure_lines(tree: Any) -> list[StructureLine]:
    """Lists what a call returned in the same way; one value has no label."""
    return _limited([("", tree)])


def _limited(labelled: list[tuple[str, Any]]) -> list[StructureLine]:
    lines = _Lines()
    for label, value in labelled:
        lines.add(label, value)
    if lines.n_more:
        text = f"{lines.n_more:,} more"
        lines.shown.append(StructureLine(depth=0, label="…", text=text))
    return lines.shown


@dataclasses.dataclass
class _Lines:
    """Lines that are shown, and a count of those that are not.

    Attributes:
      shown: The first of them.
      n_more: How many values are not shown, what is in them left out.
    """

    shown: list[StructureLine] = dataclasses.field(default_factory=list)
    n_more: int = 0

    def add(self, label: str, value: Any) -> None:
        # A list of what is still to be done, not recursion: values may be deep.
        waiting = [(0, label, value)]
        while waiting:
            depth, label, value = waiting.pop()
            if len(self.shown) >= _MAX_LINES:
                self.n_more += 1 + len(waiting)
                return
            children = _labelled_children_of(value) if depth < _MAX_DEPTH else []
            text = _heading(value) if children else _leaf_text(value)
            self.shown.append(
                StructureLine(depth=depth, label=_shown(label), text=_shown(text))
            )
            below = [(depth + 1, name, child) for name, child in children]
            waiting += reversed(below)


def _shown(text: str) -> str:
    return shorten(one_line(text), _MAX_TEXT)


def _labelled_children_of(value: Any) -> list[tuple[str, Any]]:
    """Lists what is directly in a value, by name; nothing for a leaf."""
    children = children_of(value) or {}
    has_index = type(value) in (list, tuple)
    return [
        (f"[{key}]" if has_index else safely(str, key), child)
        for key, child in children.items()
    ]


def _heading(value: Any) -> str:
    """Says what a value with others in it is, and how many there are."""
    name = name_of_type(value)
    return (
        f"{name} of {len(value)}" if isinstance(value, tuple | list | Mapping) else name
    )


def _leaf_text(value: Any) -> str:
    if is_array(value):
        return format_shape(value)
    if isinstance(value, str) and value.startswith("<"):
        return value  # the name of a type, instead of an object of it
    return safely(repr, value)


def _positional_names(method: Any, n_given: int) -> list[str]:
    """Returns a name for each positional argument: those of the signature, or `[0]`."""
    return list(_names_in_signature(method, n_given)) or [
        f"[{index}]" for index in range(n_given)
    ]


def _names_in_signature(method: Any, n_given: int) -> Iterator[str]:
    try:
        parameters = list(inspect.signature(method).parameters.values())[1:]
    except Exception:
        return
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            n_rest = n_given - len(names)
            names += [f"{parameter.name}[{index}]" for index in range(n_rest)]
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            names.append(parameter.name)
    if len(names) >= n_given:
        yield from names[:n_given]
