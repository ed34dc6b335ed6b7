"""The calls of a run, in columns: what each is, and what a query can ask of it."""

from __future__ import annotations

import dataclasses

import numpy as np

from unflax_viz.record.calls import InterceptedFlaxModuleMethod, Transform
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.structures import count_bytes
from unflax_viz.tables.columns import CallFact, Column
from unflax_viz.tables.names import NONE, Names, Paths

_FLAGS = {
    "stochastic": "a call that drew a key itself",
    "warning": "a call or draw whose keys may be a mistake; one key drawn twice is one",
    "nested": "a call of another model inside the model",
    "error": "a call that raised",
    "captured": "a call that was seen; `-is:captured` finds places that could not be "
    "seen",
}
CALL_BITS = {flag: 1 << index for index, flag in enumerate(_FLAGS)}


def _output_bytes(node: Node, _: RunIndex) -> int:
    is_call = isinstance(node, InterceptedFlaxModuleMethod)
    return count_bytes(node.output_structure) if is_call else NONE


_OUTPUT = CallFact("bytes out", _output_bytes)

COLUMNS = (
    Column(
        "class",
        "text",
        lambda contents: contents.calls.class_name,
        "calls of that module class",
        "class:Dense",
        in_words=True,
    ),
    Column(
        "method",
        "text",
        lambda contents: contents.calls.method,
        "calls of that method",
        "method:attend",
    ),
    Column(
        "under",
        "texts",
        lambda contents: contents.calls.under,
        'calls that ran under that transform; `under:"scan x24"` says how often, too',
        "under:scan",
    ),
    Column(
        "path",
        "path",
        lambda contents: contents.calls.path,
        "the whole path of a call; as a word with a `/`; `path:/` is the outermost "
        "call, also of a bound submodule",
        "path:encoder",
    ),
    Column(
        "below",
        "below",
        lambda contents: contents.calls.path,
        "calls made inside a call with that path; at any depth, wherever their own "
        'modules are; `below:"encoder#2"`, in quotes, means the one call with that '
        "address",
        "below:encoder",
    ),
    Column(
        "params",
        "count",
        lambda contents: contents.index.table.totals("n_parameters"),
        "calls with more parameter elements; all calls below are counted, too",
        "params>1M",
        fact=CallFact(
            "parameters", lambda node, index: index.total_of(node).n_parameters
        ),
    ),
    Column(
        "out",
        "bytes",
        _OUTPUT.of_each,
        "calls whose outputs are arrays of more bytes",
        "out>1MB",
        fact=_OUTPUT,
    ),
    Column(
        "calls",
        "count",
        lambda contents: contents.index.table.totals("n_calls"),
        "calls with more calls inside; all below are counted, and the call itself",
        "calls>3",
    ),
    Column(
        "depth",
        "count",
        lambda contents: contents.index.table.depths,
        "calls inside fewer others; the outermost has depth 0",
        "depth<3",
    ),
    Column(
        "is",
        "flags",
        lambda contents: contents.calls.flags,
        "a flag, see below",
        "is:error",
        flags=_FLAGS,
    ),
)


@dataclasses.dataclass
class Calls:
    """One row for each call and each not captured place, in the order made.

    Attributes:
      path: Number of the path.
      label: Number of the last name as the tree shows it, `Dense_0#2`.
      class_name: Number of the class's name; `NONE` where nothing was captured.
      method: Number of the method's name, in the same way.
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


def read_calls(index: RunIndex, names: Names, paths: Paths) -> tuple[Calls, np.ndarray]:
    """Reads the calls, and finds the first call of each module."""
    nodes = index.table.nodes
    transforms: dict[tuple[Transform, ...], int] = {}
    modules: dict[tuple[int, int], int] = {}
    lengths: dict[int, int] = {}
    number_of_name, number_of_path = names.number_of, paths.number_of
    columns: list[tuple[int, ...]] = []
    parents = index.table.parents.tolist()
    entries: list[int] = []
    warned = {place.address for place in index.rng_warnings}
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
