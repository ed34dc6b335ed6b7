"""The modules by path, each once, in the order first called."""

from __future__ import annotations

from unflax_viz.describe.pieces import shown_path, size_pieces, spoken_name
from unflax_viz.describe.python_code import call_code
from unflax_viz.lenses.calls import captured_call
from unflax_viz.lenses.layout import TOP, LensRows, in_preorder
from unflax_viz.lenses.lens import Lens, Line, Searched
from unflax_viz.measure.numbers import format_counted
from unflax_viz.protocol import Piece
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.things import Things


def _lay_out(run: Searched) -> LensRows:
    contents = run.contents
    order, parents = in_preorder(_parents_of_modules(contents))
    calls = contents.first_calls[order]
    return LensRows(parents, order, calls, is_named_by_call=True)


def _parents_of_modules(contents: Contents) -> list[int]:
    """Returns the module above each module; `TOP` for that of the outermost call."""
    modules = contents.calls.modules
    numbers = {key: number for number, key in enumerate(modules)}
    shorter = contents.paths.parents
    parents = [TOP]
    for number in range(1, len(modules)):
        entry, path = modules[number]
        above = None
        while path and above is None:
            path = int(shorter[path])
            above = numbers.get((entry, path))
        parents.append(_caller_of(contents, number) if above is None else above)
    return parents


def _caller_of(contents: Contents, module: int) -> int:
    """Returns the module that a model inside the model was called from."""
    caller = int(contents.index.table.parents[contents.first_calls[module]])
    above = int(contents.calls.module[caller])
    modules = contents.calls.modules
    return above if modules[above][0] < modules[module][0] else 0


def _line(run: Searched, module: int) -> Line:
    contents = run.contents
    node = run.index.table.nodes[int(contents.first_calls[module])]
    n_calls, n_elements, n_bytes = contents.module_totals[module].tolist()
    pieces: list[Piece] = []
    if node.path:
        pieces.append(("name", node.path[-1]))
    if isinstance(node, InterceptedFlaxModuleMethod):
        pieces.append(("class", node.class_name))
        pieces.append(("shape", format_counted(n_calls, "call")))
    else:
        pieces.append(("warning", f"nn.{node.kind} {node.class_name}"))
    return Line(
        pieces=[*pieces, *size_pieces(n_elements, n_bytes)],
        color=node.treescope_color(),
        name=spoken_name(shown_path(node, node.path) or "/", node.class_name),
        code=call_code(node),
    )


def _count(index: RunIndex) -> int:
    n_modules = 0
    # Calls that have more in their address than the path of their module.
    others: set[tuple[int, tuple[str, ...]]] = set()
    for node in index.table.nodes:
        if not isinstance(node, InterceptedFlaxModuleMethod):
            others.add((_entry_around(index, node), node.path))
        elif node.address == ("/".join(node.path) or "/"):
            n_modules += 1
        else:
            others.add((node.entry, node.path))
    return n_modules + sum(not _is_called_plainly(index, *it) for it in others)


def _entry_around(index: RunIndex, node: Node) -> int:
    """Returns the entry of the call around a place that was not captured."""
    parent = index.parent_of(node)
    is_call = isinstance(parent, InterceptedFlaxModuleMethod)
    return parent.entry if is_call else 0


def _is_called_plainly(index: RunIndex, entry: int, path: tuple[str, ...]) -> bool:
    """Tells whether some call of a module has the path as its address."""
    row = index.table.row_of("/".join(path) or "/")
    node = None if row is None else index.table.nodes[row]
    return (
        isinstance(node, InterceptedFlaxModuleMethod)
        and node.path == path
        and node.entry == entry
    )


LENS = Lens(
    name="modules",
    meaning="The modules, each once, by path",
    empty="No modules in this run.",
    things=lambda contents: Things(
        "calls", contents.calls.module, len(contents.first_calls)
    ),
    typed=lambda contents: contents.paths.last_names[
        contents.calls.path[contents.first_calls]
    ],
    lay_out=_lay_out,
    line=_line,
    find=lambda contents, module: captured_call(
        contents, int(contents.first_calls[module])
    ),
    count=_count,
    is_counted_slowly=True,
)
