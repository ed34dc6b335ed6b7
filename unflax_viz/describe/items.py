"""What the panels list for one call: its parameters, states and constants."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from unflax_viz.describe import held_values
from unflax_viz.describe.axes import axes_of
from unflax_viz.describe.held_values import HeldValue
from unflax_viz.describe.values import (
    array_of,
    describe_key,
    describe_size,
    describe_structure,
    one_line,
    safely,
    shorten,
)
from unflax_viz.measure.numbers import format_exact
from unflax_viz.protocol import ArrayItem
from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.effects import FlaxParameter, FlaxState
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.structures import count_elements, is_abstract, is_key

_MAX_VALUE_TEXT = 200


def parameter_items(node: Node) -> list[ArrayItem]:
    """Lists the parameters of a node's own scope."""
    return list(map(item_of, held_values.held_parameters(node)))


def state_items(node: Node) -> list[ArrayItem]:
    """Lists the states of a node's own scope, each before and after."""
    return list(map(item_of, held_values.held_states(node)))


def constant_items(node: Node) -> list[ArrayItem]:
    """Lists the immutable variables of a node's own scope."""
    return list(map(item_of, held_values.held_constants(node)))


def unused_items(index: RunIndex, n: int) -> tuple[list[ArrayItem], int]:
    """Lists the first `n` values that the run was given and that no call read.

    Returns:
      The items, and how many more there are.
    """
    unused = held_values.unused_values(index)
    items = [item_of(held) for held in itertools.islice(unused, n)]
    return items, sum(1 for _ in unused)


def item_of(held: HeldValue) -> ArrayItem:
    """Describes one value that a call held as a line of a panel."""
    return ArrayItem(
        key=held.key,
        group=held.group,
        collection=one_line(held.collection),
        name=one_line(held.name),
        text=_structure_text(held),
        size=describe_size(held.value),
        notes=[*_notes(held.effect), *_box_notes(held.value)],
        is_array=array_of(held.array_value) is not None,
        value_texts=_value_texts(held),
        sides=held.sides,
        no_difference=held.no_difference,
        axes=axes_of(held.array_value),
        codes=held.codes,
    )


def _notes(effect: FlaxParameter | FlaxState | None) -> list[str]:
    if isinstance(effect, FlaxParameter):
        return _parameter_notes(effect)
    return [] if effect is None else _state_notes(effect)


def _parameter_notes(parameter: FlaxParameter) -> list[str]:
    notes = []
    if parameter.is_shared:
        notes.append(f"shared by {len(parameter.users):,} calls")
    if parameter.is_stacked:
        notes.append(f"stacked, one step sees {describe_structure(parameter.seen)}")
    if parameter.value is None and parameter.seen is not None:
        notes.append("lost with the exception that ended the run")
    return notes


def _state_notes(state: FlaxState) -> list[str]:
    notes = []
    if state.was_created:
        notes.append("created in this run")
    elif state.has_changed:
        notes.append(state.change)
    elif state.was_written:
        notes.append("written, the same value")
    if not state.was_read:
        notes.append("not read")
    return notes


def _box_notes(value: Any) -> list[str]:
    """Names the box around a value, with its partition names if it has them."""
    if not hasattr(value, "unbox"):
        return []
    names = getattr(value, "names", None)
    name = type(value).__name__
    return [one_line(f"{name}{safely(_tuple_text, names)}" if names else name)]


def _tuple_text(names: Any) -> str:
    return repr(tuple(names))


def _structure_text(held: HeldValue) -> str:
    """Writes shape and dtype, and what they became where the run changed them."""
    texts = [one_line(describe_structure(value)) for value in held.values.values()]
    return " → ".join(dict.fromkeys(texts))


def _value_texts(held: HeldValue) -> list[str]:
    """Writes what is small as it is, and what it became."""
    texts = [_value_text(value) for value in held.values.values()]
    return texts if all(texts) else []


def _value_text(value: Any) -> str:
    array = array_of(value)
    if array is None:
        return shorten(one_line(safely(repr, value)), _MAX_VALUE_TEXT)
    if is_abstract(array) or count_elements(array) != 1:
        return ""
    if is_deleted(array):
        return "deleted"
    return safely(_scalar_text, array)


def _scalar_text(array: Any) -> str:
    if is_key(array):
        return describe_key(array)
    return format_exact(np.asarray(array).reshape(()).item())
