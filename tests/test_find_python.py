"""scripts/find_python.sh prints the newest usable Python, or says what is missing."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).parent.parent / "scripts" / "find_python.sh"
SHIM_THAT_FAILS = "echo 'pyenv: command not found' >&2; exit 127"


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    """A home whose PATH has bash's own tools and no Python."""
    for tool in ("bash", "sort", "cat"):
        link = tmp_path / "bin" / tool
        link.parent.mkdir(exist_ok=True)
        (found,) = subprocess.check_output(["which", tool], text=True).split()
        link.symlink_to(found)
    return tmp_path


def add(path: pathlib.Path, version: str, script: str = "") -> str:
    """Writes what answers as an interpreter of that version; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script or f'echo {version} {path}'}\n")
    path.chmod(0o755)
    return str(path)


def find(
    home: pathlib.Path, *asked: str, python: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(home / "bin"), "HOME": str(home), "PYTHON": python}
    return subprocess.run(
        [SCRIPT, *asked], env=environment, capture_output=True, text=True, check=False
    )


def test_newest_is_chosen_though_a_shim_of_its_name_fails(home: pathlib.Path) -> None:
    add(home / "bin/python3", "3.11")
    add(home / "bin/python3.13", "3.13", SHIM_THAT_FAILS)
    add(home / ".pyenv/versions/3.13.2/bin/python3", "3.13")
    newest = add(home / ".pyenv/versions/3.13.10/bin/python3", "3.13")
    assert find(home).stdout == f"{newest}\n"


def test_version_that_is_asked_for_is_found_behind_the_common_name(
    home: pathlib.Path,
) -> None:
    add(home / "bin/python3.13", "3.13")
    system = add(home / "bin/python3", "3.11")
    assert find(home, "3.11").stdout == f"{system}\n"


def test_python_that_is_named_goes_before_a_newer_one(home: pathlib.Path) -> None:
    add(home / "bin/python3.13", "3.13")
    named = add(home / "mine/python", "3.12")
    assert find(home, python=named).stdout == f"{named}\n"
    assert find(home, "3.13", python=named).stdout == f"{home}/bin/python3.13\n"


@pytest.mark.parametrize(
    ("asked", "needed"), [([], "Python 3.11 or newer"), (["3.11"], "Python 3.11")]
)
def test_what_is_missing_is_said(
    home: pathlib.Path, asked: list[str], needed: str
) -> None:
    add(home / "bin/python3", "3.10")
    found = find(home, *asked)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == (
        f"{needed} with its module venv is needed and was not found. Install it (on "
        "Debian:\nsudo apt-get install python3 python3-venv), or name it with "
        "PYTHON=/path/to/python.\n"
    )
