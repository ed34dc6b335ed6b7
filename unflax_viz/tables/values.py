"""The values that the calls of a run used, in columns: parameters, state, constants."""

from __future__ import annotations

import dataclasses
import functools
import typing
from typing import Any

import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.numbers import dtype_abbreviation
from unflax_viz.protocol import Group
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.index import RunIndex
from unflax_viz.record.structures import (
    count_bytes,
    count_elements,
    is_array,
    leaves_of,
)
from unflax_viz.tables.columns import Column
from unflax_viz.tables.names import NONE, Names, Paths

_FLAGS = {
    "shared": "a parameter that more than one call read",
    "unused": "a parameter that no call read; it has no call, so "
    "look under the lens *parameters*",
    "changed": "a state whose value changed; where values are not "
    "known, one that it wrote",
    "created": "a parameter or state that the run made",
    "stacked": "a parameter with a part for each step of a loop",
    "nan": "a value that holds NaN; before the run or after it, also as a plain number "
    "of Python; the first such query reads all arrays once. What has no values is not "
    "found, and `-is:nan` does not say that it is clean; in a run of which nothing can "
    "be read, such as an abstract one or one that holds text alone, the query is "
    "refused with a sentence that says why",
    "inf": "a value that holds an infinity; in the same way",
}
ARRAY_BITS = {flag: 1 << index for index, flag in enumerate(_FLAGS)}

COLUMNS = (
    Column(
        "path",
        "path",
        lambda contents: contents.values.path,
        "the whole path of a value; its own name is the last",
        "path:encoder/kernel",
    ),
    Column(
        "param",
        "text",
        lambda contents: contents.values.parameter_names,
        "a parameter of that name",
        "param:kernel",
    ),
    Column(
        "collection",
        "text",
        lambda contents: contents.values.collection,
        "a value of that collection; parameters are in `params`",
        "collection:batch_stats",
        in_words=True,
    ),
    Column(
        "dtype",
        "texts",
        lambda contents: contents.dtype_sets,
        "a value of that dtype; `bfloat16` says the same; `float*` finds float8 to "
        "float64, and `*float*` bfloat16 as well",
        "dtype:bf16",
    ),
    Column(
        "shape",
        "shape",
        lambda contents: contents.values.kind,
        "a value of that shape; `*` is an axis of any length, `...` any axes: "
        "`shape:(3,3,...)`",
        "shape:(*,64)",
    ),
    Column(
        "size",
        "count",
        lambda contents: contents.array_sizes[:, 0],
        "an array of more elements; also `<`, `>=`, `<=`, `=`, and `k`, `M`, `B`, `T`",
        "size>1M",
    ),
    Column(
        "bytes",
        "bytes",
        lambda contents: contents.array_sizes[:, 1],
        "an array of more bytes; `kB`, `MB`, `GB` count in thousands, `KiB`, `MiB`, "
        "`GiB` in 1,024",
        "bytes>4MB",
    ),
    Column(
        "users",
        "count",
        lambda contents: np.array(
            [
                len(it.users) if isinstance(it, FlaxParameter) else NONE
                for it in contents.values.holders
            ],
            np.int32,
        ),
        "a parameter that more calls read",
        "users>1",
    ),
    Column(
        "is",
        "flags",
        lambda contents: contents.values.flags,
        "a flag, see below",
        "is:shared",
        flags=_FLAGS,
        value_flags=frozenset({"nan", "inf"}),
    ),
)

GROUPS = typing.get_args(Group)
PARAMETERS, STATE, CONSTANTS, UNUSED = range(len(GROUPS))


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

    @property
    def parameter_names(self) -> np.ndarray:
        """The names of parameters; `NONE` for other values."""
        return np.where(self.is_parameter, self.name, NONE)


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


class ValueReader:
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
            known = parameter
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
        known = state
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
