"""What can a query ask of every call, value and draw of a run? In columns.

One pass over the record numbers all names, shapes and things; from then on a query
is a few operations on whole columns.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from typing import Any, cast

import jax.numpy as jnp
import numpy as np

from unflax_viz.protocol import Group
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, Transform
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.index import RunIndex
from unflax_viz.record.rng_report import DrawPlace
from unflax_viz.record.structures import (
    count_bytes,
    count_elements,
    is_array,
    leaves_of,
)
from unflax_viz.search.names import NONE, Names, Paths
from unflax_viz.search.terms import ARRAY_FLAGS, CALL_FLAGS
from unflax_viz.summary.numbers import dtype_abbreviation

ARRAY_BITS = {flag: 1 << index for index, flag in enumerate(ARRAY_FLAGS)}
CALL_BITS = {flag: 1 << index for index, flag in enumerate(CALL_FLAGS)}
GROUPS = typing.get_args(Group)
PARAMETERS, STATE, CONSTANTS, UNUSED = range(len(GROUPS))


@dataclasses.dataclass
class Calls:
    """One row for each call and each not captured place, in the order made.

    Attributes:
      path: Number of the path.
      label: Number of the last name as the tree shows it, `Dense_0#2`.
      class_name: Number of the class's name; `NONE` where nothing was captured.
      method: Number of the method's name; likewise.
      under: Number of the tuple of transforms, in `transforms`.
      flags: Bits of `CALL_BITS`.
      module: Number of the module.
      transforms: All tuples of transforms, the names of each in two forms.
      modules: What makes each module one: its entry, and the number of its path.
    """

    path: np.ndarray
    label: np.ndarray
    class_name: np.ndarray
    method: np.ndarray
    under: np.ndarray
    flags: np.ndarray
    module: np.ndarray
    transforms: list[tuple[int, ...]]
    modules: list[tuple[int, int]]


@dataclasses.dataclass
class Values:
    """One row for each array of each value that a call used, and for unused ones.

    Attributes:
      call: Row of the call; `NONE` for an unused parameter.
      group: Number of the group, in `GROUPS`.
      collection: Number of the collection's name.
      name: Number of the name in the call's scope.
      path: Number of the path of the value, its own name included.
      kind: Number of shape and dtype, in `Kinds`; `NONE` for what is no array.
      flags: Bits of `ARRAY_BITS`, "nan" and "inf" excluded.
      item: Number of the thing: of the parameter, or of the changed state; `NONE` for
        others.
      holders: The `FlaxParameter` or `FlaxState`, or the constant itself.
    """

    call: np.ndarray
    group: np.ndarray
    collection: np.ndarray
    name: np.ndarray
    path: np.ndarray
    kind: np.ndarray
    flags: np.ndarray
    item: np.ndarray
    holders: list[Any]

    @property
    def is_parameter(self) -> np.ndarray:
        """Which rows are of parameters, unused ones too; bool."""
        return (self.group == PARAMETERS) | (self.group == UNUSED)


@dataclasses.dataclass
class Draws:
    """One row for each draw, ordered by stream and then as made.

    Attributes:
      call: Row of the call.
      stream: Number of the name of the stream that was asked for.
      flags: Bits of `CALL_BITS`: stochastic, and warning where the draw has one.
      draws: The draws.
      positions: The index of each among the draws of its call and stream.
      warnings: What may be wrong with each, in a few words.
    """

    call: np.ndarray
    stream: np.ndarray
    flags: np.ndarray
    draws: list[RngDraw]
    positions: list[int]
    warnings: list[tuple[str, ...]]


class Kinds:
    """All shapes with their dtypes, each once, by number."""

    def __init__(self, names: Names):
        self.shapes: list[tuple[int, ...]] = []
        self.dtypes: list[tuple[int, int]] = []
        self._sizes: list[tuple[int, int]] = []
        self._names = names
        self._numbers: dict[Any, int] = {}

    def number_of(self, array: Any) -> int:
        """Returns the number of an array's shape and dtype.

        Raises:
          AttributeError: If it is no array.
        """
        key = (array.shape, array.dtype)
        number = self._numbers.get(key)
        if number is None:
            if not is_array(array):
                raise AttributeError("shape")
            number = self._numbers[key] = len(self.shapes)
            self.shapes.append(tuple(array.shape))
            full = str(jnp.dtype(array.dtype) if _is_plain(array) else array.dtype)
            short = dtype_abbreviation(array.dtype)
            self.dtypes.append(
                (self._names.number_of(full), self._names.number_of(short))
            )
            self._sizes.append((count_elements(array), count_bytes(array)))
        return number

    @functools.cached_property
    def sizes(self) -> np.ndarray:
        """Elements and bytes, int64, shape (n_kinds + 1, 2); 0 for no array."""
        return np.array([*self._sizes, (0, 0)], np.int64)


def _is_plain(array: Any) -> bool:
    return isinstance(array.dtype, np.dtype)


class Columns:
    """Everything that a query can ask, of one run.

    Attributes:
      index: The run's index.
      names: All names.
      paths: All paths, of calls and of values.
      kinds: All shapes and dtypes.
      calls: The calls.
      values: The values.
      draws: The draws.
      first_calls: Row of the first call of each module, int32, shape (n_modules,).
      first_values: Row in `values` of the first use of each parameter, largest first.
      first_states: Row in `values` of the first change of each changed state.
    """

    def __init__(self, index: RunIndex):
        """Reads the run; takes some microseconds a call."""
        self.index = index
        self.names = Names()
        self.paths = Paths(self.names)
        self.kinds = Kinds(self.names)
        self.calls, self.first_calls = _read_calls(index, self.names, self.paths)
        reader = _ValueReader(index, self.names, self.paths, self.kinds)
        self.values = reader.read(self.calls.path.tolist())
        self.first_values = self._number_parameters()
        self.first_states = self._number_states()
        self.draws = _read_draws(index, self.names)

    @functools.cached_property
    def module_totals(self) -> np.ndarray:
        """Calls, elements and bytes of each module, int64, shape (n_modules, 3).

        Elements and bytes are those of the call of it that used the most.
        """
        table, module = self.index.table, self.calls.module
        totals = np.zeros((len(self.first_calls), 3), np.int64)
        is_call = self.calls.flags & CALL_BITS["captured"] > 0
        totals[:, 0] = np.bincount(module[is_call], minlength=len(totals))
        np.maximum.at(totals[:, 1], module, table.totals("n_parameters"))
        np.maximum.at(totals[:, 2], module, table.totals("n_bytes"))
        return totals

    def _number_parameters(self) -> np.ndarray:
        """Numbers the parameters from the largest to the smallest."""
        values = self.values
        is_parameter = values.is_parameter
        first = _number_items(values.item, is_parameter)
        rows = np.flatnonzero(is_parameter)
        items = values.item[rows]
        # The arrays of one value stand in a row at its first use.
        is_first_use = values.call[rows] == values.call[first[items]]
        sizes = np.bincount(
            items[is_first_use],
            self.kinds.sizes[values.kind[rows[is_first_use]], 0],
            len(first),
        )
        order = np.argsort(-sizes, kind="stable")
        values.item[rows] = _ranks_of(order)[items]
        return first[order]

    def _number_states(self) -> np.ndarray:
        """Numbers the changed states by collection, in the order first changed."""
        values = self.values
        is_changed = (values.group == STATE) & (
            values.flags & ARRAY_BITS["changed"] > 0
        )
        values.item[(values.group == STATE) & ~is_changed] = NONE
        first = _number_items(values.item, is_changed)
        collections = values.collection[first]
        _, firsts, inverse = np.unique(
            collections, return_index=True, return_inverse=True
        )
        order = np.argsort(firsts[inverse], kind="stable")
        values.item[is_changed] = _ranks_of(order)[values.item[is_changed]]
        return first[order]


def _number_items(items: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Numbers the chosen items anew from 0, in place, in the order of appearance.

    Returns:
      The row of the first of each.
    """
    rows = np.flatnonzero(chosen)
    _, firsts, inverse = np.unique(items[rows], return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    items[rows] = _ranks_of(order)[inverse]
    return rows[firsts[order]]


def _ranks_of(order: np.ndarray) -> np.ndarray:
    """Returns the place of each thing in an order of things; int32, same shape."""
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order))
    return ranks


def _read_calls(
    index: RunIndex, names: Names, paths: Paths
) -> tuple[Calls, np.ndarray]:
    """Reads the calls, and finds the first call of each module."""
    nodes = index.table.nodes
    transforms: dict[tuple[Transform, ...], int] = {}
    modules: dict[tuple[int, int], int] = {}
    lengths: dict[int, int] = {}
    number_of_name, number_of_path = names.number_of, paths.number_of
    columns: list[tuple[int, ...]] = []
    parents = index.table.parents.tolist()
    entries: list[int] = []
    warned = {place.address for place in index.rng_report.warnings_by_place()}
    for row, node in enumerate(nodes):
        path = number_of_path(node.path)
        length = lengths.get(path)
        if length is None:
            length = lengths[path] = len("/".join(node.path)) or 1
        label = paths.last_name_of(path)
        if len(node.address) > length:
            last = node.path[-1] if node.path else ""
            label = number_of_name(last + node.address[length:])
        if isinstance(node, InterceptedFlaxModuleMethod):
            entry = node.entry
            class_name = number_of_name(type(node.module).__name__)
            method = number_of_name(node.method_name)
            under = transforms.setdefault(node.transforms, len(transforms))
            flags = _flags_of(node)
        else:
            entry = entries[parents[row]] if row else 0
            class_name = method = NONE
            under = transforms.setdefault((), len(transforms))
            flags = 0
        if node.address in warned:
            flags |= CALL_BITS["warning"]
        entries.append(entry)
        module = modules.setdefault((entry, path), len(modules))
        columns.append((path, label, class_name, method, under, flags, module))
    rows = np.array(columns, np.int32).reshape(-1, 7).T
    of_transforms = [_names_of(each, names) for each in transforms]
    calls = Calls(*rows, transforms=of_transforms, modules=list(modules))
    return calls, _first_calls(calls)


def _first_calls(calls: Calls) -> np.ndarray:
    """Returns the first captured call of each module, else its first place."""
    is_call = calls.flags & CALL_BITS["captured"] > 0
    first = np.full(calls.module.max() + 1, len(calls.module), np.int32)
    np.minimum.at(first, calls.module[is_call], np.flatnonzero(is_call))
    _, places = np.unique(calls.module, return_index=True)
    return np.where(first < len(calls.module), first, places).astype(np.int32)


def _flags_of(node: InterceptedFlaxModuleMethod) -> int:
    flags = CALL_BITS["captured"]
    if node.scope_data is not None and node.scope_data.rngs:
        flags |= CALL_BITS["stochastic"]
    if node.entry:
        flags |= CALL_BITS["nested"]
    if node.error:
        flags |= CALL_BITS["error"]
    return flags


def _names_of(transforms: tuple[Transform, ...], names: Names) -> tuple[int, ...]:
    """Returns the names that a transform goes by: `scan`, and `scan x24`."""
    texts = {text: None for t in transforms for text in (t.kind, str(t))}
    return tuple(names.number_of(text) for text in texts)


class _ValueReader:
    """Reads the values of all scopes."""

    def __init__(self, index: RunIndex, names: Names, paths: Paths, kinds: Kinds):
        self._index = index
        self._names = names
        self._paths = paths
        self._kinds = kinds
        self._items: dict[Any, int] = {}
        self._rows: list[tuple[int, ...]] = []
        self._holders: list[Any] = []

    def read(self, paths: list[int]) -> Values:
        """Reads all scopes in the order made, and the unused parameters last."""
        for row, node in enumerate(self._index.table.nodes):
            if isinstance(node, InterceptedFlaxModuleMethod) and node.scope_data:
                self._read_scope(row, node)
        bits = ARRAY_BITS["unused"]
        for parameter in self._index.unused_parameters.values():
            self._read_parameter(NONE, 0, parameter, parameter.path[-1], UNUSED, bits)
        columns = np.array(self._rows, np.int32).reshape(-1, 8).T
        return Values(*(column.copy() for column in columns), holders=self._holders)

    def _read_scope(self, row: int, node: InterceptedFlaxModuleMethod) -> None:
        scope = node.scope_data
        assert scope is not None
        for name, parameter in scope.parameters.items():
            known = cast(FlaxParameter, parameter)
            self._read_parameter(row, node.entry, known, name, PARAMETERS, 0)
        for collection, states in scope.variables.items():
            for name, state in states.items():
                self._read_state(row, node.entry, collection, name, state)
        for collection, constants in scope.immutable_variables.items():
            for name, value in constants.items():
                path = self._paths.number_of((*node.path, name))
                place = (CONSTANTS, *self._number(collection, name), path)
                self._add(row, place, value, 0, NONE, value)

    def _read_parameter(
        self,
        row: int,
        entry: int,
        parameter: FlaxParameter,
        name: str,
        group: int,
        bits: int,
    ) -> None:
        if parameter.is_shared:
            bits |= ARRAY_BITS["shared"]
        if parameter.was_created:
            bits |= ARRAY_BITS["created"]
        if parameter.is_stacked:
            bits |= ARRAY_BITS["stacked"]
        path = self._paths.number_of(parameter.path)
        item = self._items.setdefault((entry, path), len(self._items))
        place = (group, *self._number("params", name), path)
        self._add(row, place, parameter.value, bits, item, parameter)

    def _read_state(
        self, row: int, entry: int, collection: str, name: str, state: Any
    ) -> None:
        known = cast(FlaxState, state)
        bits = ARRAY_BITS["created"] if known.was_created else 0
        if known.has_changed:
            bits |= ARRAY_BITS["changed"]
        path = self._paths.number_of(known.path)
        key = (entry, known.collection, path)
        item = self._items.setdefault(key, len(self._items))
        place = (STATE, *self._number(collection, name), path)
        value = known.after if known.was_created else known.before
        self._add(row, place, value, bits, item, known)

    def _number(self, collection: str, name: str) -> tuple[int, int]:
        return self._names.number_of(collection), self._names.number_of(name)

    def _add(
        self,
        row: int,
        place: tuple[int, ...],
        value: Any,
        bits: int,
        item: int,
        holder: Any,
    ) -> None:
        """Adds a row for each array of a value, or one for what holds no array."""
        for kind in self._kinds_of(value):
            self._rows.append((row, *place, kind, bits, item))
            self._holders.append(holder)

    def _kinds_of(self, value: Any) -> list[int]:
        try:
            return [self._kinds.number_of(value)]
        except (AttributeError, TypeError):
            arrays = [leaf for leaf in leaves_of(value) if is_array(leaf)]
            return [self._kinds.number_of(array) for array in arrays] or [NONE]


def _read_draws(index: RunIndex, names: Names) -> Draws:
    found: list[tuple[int, int, int, RngDraw, int, tuple[str, ...]]] = []
    streams: dict[str, int] = {}
    warnings = index.rng_report.warnings_by_place()
    for node in index.table.drawing:
        row = index.row_of(node)
        assert node.scope_data is not None
        for rng in node.scope_data.rngs.values():
            stream = streams.setdefault(cast(FlaxRng, rng).stream, len(streams))
            for position, draw in enumerate(cast(FlaxRng, rng).draws):
                place = DrawPlace(node.address, draw.stream, draw.counter)
                said = tuple(warnings.get(place, ()))
                bits = CALL_BITS["stochastic"] | (CALL_BITS["warning"] if said else 0)
                found.append((row, stream, bits, draw, position, said))
    found.sort(key=lambda draw: draw[1])
    numbers = [names.number_of(stream) for stream in streams]
    return Draws(
        call=np.array([draw[0] for draw in found], np.int32),
        stream=np.array([numbers[draw[1]] for draw in found], np.int32),
        flags=np.array([draw[2] for draw in found], np.int32),
        draws=[draw[3] for draw in found],
        positions=[draw[4] for draw in found],
        warnings=[draw[5] for draw in found],
    )
