"""How does each row of the tree read, under every lens?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from unflax_viz.describe.held_values import (
    held_parameter,
    held_state,
    unused_value,
)
from unflax_viz.describe.python_code import call_code, items_code, quoted, scope_code
from unflax_viz.describe.values import (
    array_of,
    describe_structure,
    describe_words,
    key_words,
    safely,
    shorten,
)
from unflax_viz.measure.numbers import format_counted, format_number
from unflax_viz.protocol import Lens, Row, Tab
from unflax_viz.query.finder import Finder
from unflax_viz.query.parsing import quote
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.effects import FlaxParameter, FlaxState, RngDraw
from unflax_viz.record.run import Node
from unflax_viz.record.structures import count_bytes, count_elements, is_abstract
from unflax_viz.render.rows import (
    Piece,
    pieces_html,
    row_html,
    row_name,
    size_pieces,
    spoken_name,
)
from unflax_viz.tables.lenses import GROUP, LensRows
from unflax_viz.tables.values import ARRAY_BITS, UNUSED

_PLAIN = "#d0d0d0"
_MAX_VALUE = 30


@dataclasses.dataclass(frozen=True)
class _Line:
    """What one row says and selects; the fields are those of `Row`."""

    tab: Tab | None
    entry: str
    code: str
    name: str
    html: str


class OutlineRows:
    """Makes the rows of a run's outlines."""

    def __init__(self, finder: Finder):
        self._finder = finder
        self._index = finder.index
        self._lines: dict[Lens, Callable[[int], _Line]] = {
            "calls": self._call_line,
            "modules": self._module_line,
            "parameters": self._parameter_line,
            "state": self._state_line,
            "draws": self._draw_line,
        }

    def row_of(self, rows: LensRows, row: int) -> Row:
        """Returns one row of a lens, as the browser gets it."""
        item = int(rows.items[row])
        if item == GROUP:
            line = self._heading_line(rows, row)
        else:
            line = self._lines[rows.lens](item)
        return Row(
            id=rows.id_of(row),
            address=self._index.table.addresses[rows.calls[row]],
            tab=line.tab,
            entry=line.entry,
            code=line.code,
            name=line.name,
            html=line.html,
        )

    def _node(self, call: int) -> Node:
        return self._index.table.nodes[call]

    def _call_line(self, call: int) -> _Line:
        node = self._node(call)
        broken = self._finder.broken_values
        has_nan = broken is not None and call in broken.calls_with_nan
        html = row_html(node, self._index, has_nan)
        return _Line(None, "", call_code(node), row_name(node), html)

    def _module_line(self, module: int) -> _Line:
        columns = self._finder.columns
        node = self._node(int(columns.first_calls[module]))
        n_calls, n_elements, n_bytes = columns.module_totals[module].tolist()
        pieces: list[Piece] = []
        if node.path:
            pieces.append(("uv_name", node.path[-1]))
        if isinstance(node, InterceptedFlaxModuleMethod):
            what = node.class_name
            pieces += [
                ("uv_class", what),
                ("uv_shape", format_counted(n_calls, "call")),
            ]
        else:
            what = "not captured"
            pieces.append(("uv_warning", f"nn.{node.kind} {what}"))
        html = pieces_html(
            [*pieces, *size_pieces(n_elements, n_bytes)], node.treescope_color()
        )
        name = spoken_name(_shown_path(node, node.path) or "/", what)
        return _Line(None, "", call_code(node), name, html)

    def _parameter_line(self, item: int) -> _Line:
        columns = self._finder.columns
        value = int(columns.first_values[item])
        parameter: FlaxParameter = columns.values.holders[value]
        is_unused = columns.values.group[value] == UNUSED
        node = (
            self._index.run.root
            if is_unused
            else self._node(columns.values.call[value])
        )
        name = columns.names.texts[columns.values.name[value]]
        held = (
            unused_value("params", parameter.path, parameter.value)
            if is_unused
            else held_parameter(node, name, parameter)
        )
        path = _shown_path(node, parameter.path)
        pieces = [
            ("uv_name", path),
            *([] if is_unused else [("uv_class", node.class_name)]),
            ("uv_shape", describe_structure(parameter.value)),
            *self._parameter_flags(value, parameter),
            *self._nan_pieces(value),
            *size_pieces(count_elements(parameter.value), count_bytes(parameter.value)),
        ]
        spoken = spoken_name(path, "parameter")
        html = pieces_html(pieces, _PLAIN if is_unused else node.treescope_color())
        return _Line("parameters", held.key, held.first_code, spoken, html)

    def _parameter_flags(self, value: int, parameter: FlaxParameter) -> list[Piece]:
        bits = int(self._finder.columns.values.flags[value])
        flags = []
        if bits & ARRAY_BITS["shared"]:
            flags.append(f"shared by {format_counted(len(parameter.users), 'call')}")
        flags += [flag for flag in ("created", "stacked") if bits & ARRAY_BITS[flag]]
        if bits & ARRAY_BITS["unused"]:
            flags.append("unused")
        return [("uv_flag", flag) for flag in flags]

    def _state_line(self, item: int) -> _Line:
        columns = self._finder.columns
        value = int(columns.first_states[item])
        state: FlaxState = columns.values.holders[value]
        node = self._node(columns.values.call[value])
        held = held_state(node, columns.names.texts[columns.values.name[value]], state)
        path = _shown_path(node, state.path)
        pieces = [
            ("uv_name", path),
            ("uv_class", node.class_name),
            *_change_pieces(state),
            *self._nan_pieces(value),
            *size_pieces(count_elements(state.after), count_bytes(state.after)),
        ]
        return _Line(
            "state",
            held.key,
            held.first_code,
            spoken_name(path, "state of", state.collection),
            pieces_html(pieces, node.treescope_color()),
        )

    def _draw_line(self, item: int) -> _Line:
        draws = self._finder.columns.draws
        draw = draws.draws[item]
        node = self._node(draws.call[item])
        place = f"{items_code([draw.stream])}.draws[{draws.positions[item]}]"
        path = _shown_path(node, draw.path)
        pieces = [
            *([("uv_name", path)] if path else []),
            ("uv_class", node.class_name),
            ("uv_method", f"counter {draw.counter}"),
            *([("uv_flag", draw.purpose)] if draw.purpose else []),
            ("uv_shape", safely(_describe_draw, draw)),
            *(("uv_warning", warning) for warning in draws.warnings[item]),
        ]
        number = f"{draw.stream}#{draw.counter}"
        spoken = spoken_name(path or "/", number, node.class_name)
        html = pieces_html(pieces, node.treescope_color())
        return _Line("rngs", "", f"{scope_code(node)}.rngs{place}.key", spoken, html)

    def _heading_line(self, rows: LensRows, row: int) -> _Line:
        """Describes the heading of a collection or a stream."""
        name = self._finder.columns.names.texts[rows.headings[row]]
        n_items = int(rows.ends[row]) - row - 1
        is_state = rows.lens == "state"
        key, word = ("collection", "state") if is_state else ("stream", "draw")
        query = quoted(f"{key}:{quote(name)}")
        is_abstract_run = self._index.run.is_abstract
        change = " written" if is_abstract_run else " changed"
        count = f"{format_counted(n_items, word)}{change if is_state else ''}"
        return _Line(
            "state" if is_state else "rngs",
            "",
            f"run.find({query}, lens={quoted(rows.lens)})",
            spoken_name(name, key),
            pieces_html([("uv_name", name), ("uv_shape", count)], _PLAIN),
        )

    def _nan_pieces(self, value: int) -> list[Piece]:
        broken = self._finder.broken_values
        if broken is None or not broken.has_nan[value]:
            return []
        return [("uv_warning", "NaN")]


def _shown_path(node: Node, path: tuple[Any, ...]) -> str:
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


def _change_pieces(state: FlaxState) -> list[Piece]:
    """Says what a state was and is: its values where they are short, else its shape."""
    if state.was_created:
        return [("uv_shape", _describe_short(state.after)), ("uv_flag", "created")]
    before, after = _describe_short(state.before), _describe_short(state.after)
    if before == after:
        return [("uv_shape", before), ("uv_flag", state.change)]
    return [("uv_shape", f"{before} → {after}")]


def _describe_short(value: Any) -> str:
    array = array_of(value)
    is_scalar = array is not None and not array.shape
    if is_scalar and not is_abstract(array) and not is_deleted(array):
        return shorten(safely(_describe_scalar, array), _MAX_VALUE)
    return shorten(describe_structure(value), _MAX_VALUE)


def _describe_scalar(array: Any) -> str:
    return format_number(np.asarray(array).item())


def _describe_draw(draw: RngDraw) -> str:
    if draw.key is None or is_abstract(draw.key):
        return "key not known"
    if is_deleted(draw.key):
        return "key deleted"
    words = key_words(draw.key)
    more = f" … {len(words) - 1:,} more" if len(words) > 1 else ""
    return f"{describe_words(words[0])}{more}"
