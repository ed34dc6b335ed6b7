"""Data flows one way: each room imports only from the rooms before it."""

from __future__ import annotations

import ast
import pathlib

import pytest

import unflax_viz

ROOMS = (
    "errors",
    "protocol",
    "measure",
    "record",
    "capture",
    "tables",
    "query",
    "describe",
    "render",
    "clerk",
    "widget",
    "cell",
    "cell_output",
    "extension",
    "__init__",
)
OWNERS = {
    "flax": {"capture"},
    "treescope": {"render"},
    "anywidget": {"widget"},
    "penzai.deprecated": {"record"},
}
FORBIDDEN = {
    ("tables", "capture"),
    ("query", "capture"),
    ("describe", "capture"),
    ("render", "capture"),
    ("clerk", "capture"),
}
PACKAGE = pathlib.Path(unflax_viz.__file__).parent
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts
)


def room_of(path: pathlib.Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(path: pathlib.Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_the_rooms_before_its_own(path: pathlib.Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        if name == "unflax_viz" or not name.startswith("unflax_viz."):
            assert name != "unflax_viz", "the facade is for users"
            continue
        imported = name.split(".")[1]
        assert ROOMS.index(imported) <= ROOMS.index(room), name
        assert (room, imported) not in FORBIDDEN, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_has_one_room(path: pathlib.Path) -> None:
    for name in imports_of(path):
        for library, rooms in OWNERS.items():
            if name == library or name.startswith(f"{library}."):
                assert room_of(path) in rooms, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_imported_inside_a_function(path: pathlib.Path) -> None:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes = ast.walk(function)
            inner = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inner, ast.unparse(inner[0])
