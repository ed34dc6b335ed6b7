"""Explains why a state has no difference."""

from __future__ import annotations

from typing import Any

import jax

from unflax_viz.describe.values import array_of, describe_structure, one_line
from unflax_viz.measure.numbers import format_shape
from unflax_viz.measure.values import find_missing_values
from unflax_viz.record.structures import is_abstract, is_array, is_key, leaves_of


def why_no_difference(before: Any, after: Any) -> str:
    """Says in a sentence why two values have no difference; "" where they have one."""
    reason = _reason(before, after)
    return f"{reason}, so there is no difference." if reason else ""


def _reason(before: Any, after: Any) -> str:
    old, new = array_of(before), array_of(after)
    if old is None or new is None:
        return _reason_of_others(before, after)
    if is_abstract(old) and is_abstract(new) and old.shape == new.shape:
        return "Only the shapes are known"
    if old.shape != new.shape:
        return f"The shape changed from {format_shape(old)} to {format_shape(new)}"
    return _reason_of_side("before", old) or _reason_of_side("after", new)


def _reason_of_others(before: Any, after: Any) -> str:
    """Gives the reason where a side is not an array."""
    for side, value in (("before", before), ("after", after)):
        if value is None:
            return f"There is no value {side}"
    texts = [one_line(describe_structure(value)) for value in (before, after)]
    if _holds_arrays(before) and _holds_arrays(after) and texts[0] != texts[1]:
        return f"The structure changed from {texts[0]} to {texts[1]}"
    if array_of(before) is not None:
        return "The value after is not a single array"
    if array_of(after) is not None:
        return "The value before is not a single array"
    return "Neither value is a single array"


def _holds_arrays(value: Any) -> bool:
    return any(map(is_array, leaves_of(value)))


def _reason_of_side(side: str, array: Any) -> str:
    """Gives the reason where the numbers of one side cannot be read."""
    if find_missing_values(array) is None:
        return ""
    if is_abstract(array):
        return f"Only the shape is known {side}"
    if is_key(array):
        return "PRNG keys are not numbers"
    if isinstance(array, jax.Array) and array.is_deleted():
        return f"The array {side} was deleted"
    return f"The array {side} has no numbers that can be read"
