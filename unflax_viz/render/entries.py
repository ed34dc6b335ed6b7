"""What the panels list for one call: its parameters, states, constants and draws."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from unflax_viz.protocol import ArrayEntry, Draw, Group, RngEntry
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.index import constants_of, has_changed, parameters_of, states_of
from unflax_viz.record.run import Node
from unflax_viz.record.structures import (
    count_elements,
    is_abstract,
    is_array,
    is_key,
    leaves_of,
)
from unflax_viz.render.values import describe_structure, describe_value, safely
from unflax_viz.summary.numbers import format_exact, format_shape
from unflax_viz.summary.values import find_missing_values

_MAX_VALUE_TEXT = 200
_MAX_KEYS = 3


def parameter_entries(node: Node) -> list[ArrayEntry]:
    """Lists the parameters of a node's own scope."""
    return [_parameter(name, p) for name, p in parameters_of(node).items()]


def state_entries(node: Node) -> list[ArrayEntry]:
    """Lists the states of a node's own scope, each before and after."""
    return [_state(name, state) for (_, name), state in states_of(node).items()]


def constant_entries(node: Node) -> list[ArrayEntry]:
    """Lists the immutable variables of a node's own scope."""
    return [
        _entry("constants", collection, name, value, [])
        for (collection, name), value in constants_of(node).items()
    ]


def rng_entry(rng: FlaxRng) -> RngEntry:
    """Describes one stream and its draws."""
    n_draws = len(rng.draws)
    text = f"{n_draws} draw{'' if n_draws == 1 else 's'}"
    if any(draw.fell_back for draw in rng.draws):
        text += (
            f", served by '{rng.draws[0].served}' since '{rng.stream}' was not given"
        )
    return RngEntry(
        stream=rng.stream, text=text, draws=[_draw(draw) for draw in rng.draws]
    )


def describe_key(key: Any) -> str:
    """Writes a PRNG key with its data: `key<fry>[] 0x01ab23cd 0x4567ef89`.

    Of an array of keys, as `scan` and `vmap` hand them out, the first are written,
    and how many more there are: `key<fry>[24] 0x.. 0x.., 0x.. 0x.., … 22 more`.
    """
    words = np.asarray(jax.random.key_data(key) if is_key(key) else key)
    # A key of the old style is its words, along the last axis.
    keys = words.reshape(-1, words.shape[-1])
    n_shown = len(keys) if len(keys) <= _MAX_KEYS else _MAX_KEYS - 1
    parts = [" ".join(f"0x{int(word):08x}" for word in one) for one in keys[:n_shown]]
    if len(keys) > n_shown:
        parts.append(f"… {len(keys) - n_shown:,} more")
    return f"{format_shape(key)} {', '.join(parts)}"


def array_of(value: Any) -> Any:
    """Returns the one array that `value` is or holds in a box; None for others."""
    leaves = leaves_of(value)
    return leaves[0] if len(leaves) == 1 and is_array(leaves[0]) else None


def _parameter(name: str, parameter: FlaxParameter) -> ArrayEntry:
    notes = []
    if parameter.is_shared:
        notes.append(f"read by {len(parameter.users)} calls")
    if _is_stacked(parameter):
        notes.append(f"stacked, one step sees {describe_structure(parameter.seen)}")
    if parameter.value is None:
        notes.append("lost with the exception that ended the run")
    return _entry("parameters", "params", name, parameter.value, notes)


def _is_stacked(parameter: FlaxParameter) -> bool:
    array, seen = array_of(parameter.value), array_of(parameter.seen)
    return array is not None and seen is not None and array.shape != seen.shape


def _state(name: str, state: FlaxState) -> ArrayEntry:
    notes = []
    if state.was_created:
        notes.append("created in this run")
    elif has_changed(state):
        notes.append("changed")
    elif state.was_written:
        notes.append("written, the same value")
    if not state.was_read:
        notes.append("not read")
    value = state.after if state.was_created else state.before
    entry = _entry("state", state.collection, name, value, notes)
    entry["moments"] = ["after"] if state.was_created else ["before", "after"]
    if entry["value_text"] and not state.was_created:
        entry["value_text"] += f" → {_value_text(state.after)}"
    return entry


def _entry(
    group: Group, collection: str, name: str, value: Any, notes: list[str]
) -> ArrayEntry:
    array = array_of(value)
    small = array is None or count_elements(array) == 1
    return ArrayEntry(
        group=group,
        collection=collection,
        name=name,
        text=describe_value(value),
        notes=[*notes, *_box_notes(value)],
        is_array=array is not None and find_missing_values(array) is None,
        value_text=_value_text(value) if small else "",
        moments=["before"],
    )


def _box_notes(value: Any) -> list[str]:
    """Names the box around a value, with its partition names if it has them."""
    if not hasattr(value, "unbox"):
        return []
    names = getattr(value, "names", None)
    return [f"{type(value).__name__}{tuple(names)}" if names else type(value).__name__]


def _value_text(value: Any) -> str:
    array = array_of(value)
    if array is None:
        return safely(repr, value)[:_MAX_VALUE_TEXT]
    if is_abstract(array) or count_elements(array) != 1:
        return ""
    return safely(_scalar_text, array)


def _scalar_text(array: Any) -> str:
    if is_key(array):
        return describe_key(array)
    return format_exact(np.asarray(array).reshape(()).item())


def _draw(draw: RngDraw) -> Draw:
    return Draw(
        counter=draw.counter,
        served=draw.served,
        key="" if draw.key is None else safely(describe_key, draw.key),
        note=". ".join(filter(None, [_purpose(draw), draw.missing_key_reason])),
    )


def _purpose(draw: RngDraw) -> str:
    """Says what Flax itself drew a key for; nothing where the module asked."""
    kind, _, name = draw.purpose.partition(" ")
    if kind == "init":
        return f"initial value of {name}"
    return "forked for nn.jit" if kind == "fork" else draw.purpose
