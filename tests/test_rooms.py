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
    "lenses",
    "render",
    "answers",
    "widget",
    "cell",
    "cell_output",
    "extension",
    "__init__",
)
OWNERS = {
    "flax": "capture/linen",
    "treescope": "render",
    "anywidget": "widget",
    "penzai.deprecated": "record",
}
"""The folder that alone imports a library."""

ABOVE_FRONT_ENDS = {"recording.py"}
"""Files of `capture` that open the front ends; the others know no front end."""
FORBIDDEN = {
    ("tables", "capture"),
    ("query", "capture"),
    ("describe", "capture"),
    ("lenses", "capture"),
    ("render", "capture"),
    ("answers", "capture"),
}
PACKAGE = pathlib.Path(unflax_viz.__file__).parent
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts
)
NEUTRAL_FILES = sorted((PACKAGE / "capture").glob("*.py"))
ATTRIBUTES_OF_SCOPES = {"scope", "rng_counters", "mutable", "flags", "_variables"}
"""What Linen's scopes have, and no event: the front end alone looks at it."""


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
def test_a_library_has_one_folder(path: pathlib.Path) -> None:
    for name in imports_of(path):
        for library, folder in OWNERS.items():
            if name == library or name.startswith(f"{library}."):
                assert path.is_relative_to(PACKAGE / folder), name


@pytest.mark.parametrize("path", NEUTRAL_FILES, ids=lambda path: path.name)
def test_a_file_of_capture_knows_no_front_end(path: pathlib.Path) -> None:
    for name in imports_of(path):
        is_front_end = name.startswith("unflax_viz.capture.linen")
        assert not is_front_end or path.name in ABOVE_FRONT_ENDS, name
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint(ATTRIBUTES_OF_SCOPES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_imported_inside_a_function(path: pathlib.Path) -> None:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes = ast.walk(function)
            inner = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inner, ast.unparse(inner[0])
