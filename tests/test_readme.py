"""README and CONTRIBUTING say what is so: their code runs, what they name exists."""

from __future__ import annotations

import itertools
import pathlib
import re
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import Widget
from traitlets.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks_of(document: str, language: str) -> list[str]:
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return fence.findall(text_of(document))


def python_cells() -> list[str]:
    """Returns the README's code, the model first that it introduces below its use."""
    cells = blocks_of("README.md", "python")
    return sorted(cells, key=lambda cell: "class Classifier" not in cell)


def paths_in_map() -> Iterator[str]:
    """Yields what the map of rooms names: a tree by indentation, a comment behind."""
    (rooms,) = blocks_of("README.md", "text")
    folder = ""
    for line in rooms.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            folder = name
            yield name
        else:
            yield folder + name


def make_targets() -> set[str]:
    """Returns the targets that the Makefile itself lists: those with a description."""
    return set(re.findall(r"^([a-z0-9-]+):.*## ", text_of("Makefile"), re.MULTILINE))


@pytest.fixture
def shell(tmp_path: pathlib.Path) -> Iterator[InteractiveShell]:
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell(ipython_dir=str(tmp_path), config=config)
    yield shell
    shell.restore_sys_module_state()
    Widget.close_all()


@pytest.mark.slow
def test_python_of_the_readme_runs_as_one_notebook(shell: InteractiveShell) -> None:
    for cell in python_cells():
        shell.run_cell(cell, store_history=True).raise_error()
    names = shell.user_ns
    assert [run.is_abstract for run in (names["run"], names["plan"])] == [False, True]
    assert names["logits"].shape == (4, 10)
    assert names["inspector"].selected == "Conv_0"
    assert names["partial"].error


def test_mask_that_the_readme_makes_is_the_one_that_was_used(
    shell: InteractiveShell,
) -> None:
    for cell in python_cells():
        shell.run_cell(cell, store_history=True).raise_error()
    names = shell.user_ns
    _, seen = names["model"].apply(
        names["variables"],
        names["images"],
        train=True,
        mutable=["batch_stats", "intermediates"],
        capture_intermediates=lambda module, _: module.name == "Dropout_0",
        rngs={"dropout": names["key"]},
    )
    (dropped,) = seen["intermediates"]["Dropout_0"]["__call__"]
    assert (dropped[~names["mask"]] == 0).all()
    assert (dropped[names["mask"]] != 0).all()


@pytest.mark.parametrize("path", list(paths_in_map()))
def test_path_in_the_map_of_rooms_exists(path: str) -> None:
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


def test_map_of_rooms_leaves_no_room_out() -> None:
    rooms = {it.name for it in (ROOT / "unflax_viz").iterdir()} - {"__pycache__"}
    named = {path.strip("/").partition("/")[2] for path in paths_in_map()}
    assert rooms <= named


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_target_that_is_named_exists(document: str) -> None:
    named = set(
        re.findall(r"(?:^|`)make ([a-z0-9-]+)", text_of(document), re.MULTILINE)
    )
    assert named <= make_targets()


def test_contributing_names_every_make_target() -> None:
    named = set(re.findall(r"`make ([a-z0-9-]+)`", text_of("CONTRIBUTING.md")))
    assert named == make_targets() - {"help"}  # which is `make` alone


@pytest.mark.parametrize("document", DOCUMENTS)
def test_file_that_is_named_exists(document: str) -> None:
    text = text_of(document)
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*)`", text)
    generated = "build/"
    for path in itertools.chain(linked, named):
        assert path.startswith(generated) or (ROOT / path).exists(), path
