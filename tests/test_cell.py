"""The text side of the magics: options, the first line, and code run as code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from unflax_viz.cell import record_from_first_line, run_source, split_options

START = "get_ipython().run_line_magic('unflax', '')\n"


@pytest.fixture
def shell(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    shell.restore_sys_module_state()


def run(shell: InteractiveShell, text: str) -> Any:
    return run_source(shell, text, shell.user_ns)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ("", "")),
        ("f(x)", ("", "f(x)")),
        ("-o run", ("-o run", "")),
        ("-o run f(x)", ("-o run", "f(x)")),
        ("-orun --max-runs=3 f(x)", ("-orun --max-runs=3", "f(x)")),
        ("--max-runs 3 -o run -f(x)", ("--max-runs 3 -o run -f(x)", "")),
        ("-o run -- -f(x)", ("-o run", "-f(x)")),
        ("-o", ("-o", "")),
        ("f('a  b', x=\"don't\")  ", ("", "f('a  b', x=\"don't\")")),
        ("f({'params': p}, -o)", ("", "f({'params': p}, -o)")),
    ],
)
def test_options_are_split_off_and_the_code_is_kept_to_the_letter(
    line: str, expected: tuple[str, str]
) -> None:
    assert split_options(line) == expected


def test_first_line_becomes_the_start_and_no_other_line_moves() -> None:
    cell = ["%%unflax -o run\n", "\n", "x = 1\n", "x\n"]
    start = "get_ipython().run_line_magic('unflax', '-o run')\n"
    assert record_from_first_line(cell) == [start, *cell[1:]]


@pytest.mark.parametrize(
    "cell",
    [
        [],
        ["x = 1\n"],
        ["%%unflax?\n"],
        ["%%unflaxed\n", "1\n"],
        ["%unflax\n", "1\n"],
        ["x = 1\n", "%%unflax\n"],
        ["%%unflax\n", "\n", "  \n"],
        ["%%unflax f(x)\n", "1\n"],
    ],
)
def test_other_cells_are_left_alone(cell: list[str]) -> None:
    assert record_from_first_line(cell) is cell


def test_another_cell_magic_below_is_still_a_cell_magic() -> None:
    cell = ["%%unflax\n", "\n", "%%time\n", "x\n"]
    time = "get_ipython().run_cell_magic('time', '', 'x\\n')\n"
    assert record_from_first_line(cell) == [START, time]


def test_prompt_waits_for_the_lines_below() -> None:
    manager = TransformerManager()
    manager.cleanup_transforms.append(record_from_first_line)
    assert manager.check_complete("%%unflax") == ("incomplete", 0)
    assert manager.check_complete("%%unflax\nx = 1") == ("incomplete", 0)
    assert manager.check_complete("%%unflax\nx = 1\n\n") == ("complete", None)


def test_text_has_the_value_of_its_last_expression(shell: InteractiveShell) -> None:
    assert run(shell, "x = 2\nx + 1") == 3
    assert run(shell, "x + 5") == 7
    assert run(shell, "x = 9") is None
    assert run(shell, "x + 1;  # quiet") is None
    assert run(shell, "") is None
    assert run(shell, "'é;'  # ;") == "é;"
    assert run(shell, "'é' ; ") is None
    assert shell.user_ns["x"] == 9


def test_text_may_hold_line_magics(shell: InteractiveShell) -> None:
    assert run(shell, "%precision 3\ny = 4\ny") == 4


def test_text_sees_the_names_of_the_function_around_it(
    shell: InteractiveShell,
) -> None:
    assert run_source(shell, "inside + 1", {"inside": 1}) == 2


def test_text_may_await_where_no_loop_runs(shell: InteractiveShell) -> None:
    text = "import asyncio\nawait asyncio.sleep(0, result=5)"
    assert run(shell, text) == 5


def test_text_that_awaits_in_a_running_loop_is_refused_before_it_runs(
    shell: InteractiveShell,
) -> None:
    async def magic() -> None:
        run(shell, "touched = True\nawait f()")

    with pytest.raises(UsageError) as caught:
        asyncio.run(magic())
    assert str(caught.value) == (
        "%unflax cannot await while the kernel's event loop is running. "
        "Put %%unflax on the first line of the cell instead."
    )
    assert "touched" not in shell.user_ns


def test_text_that_is_no_python_is_shown_where_it_breaks(
    shell: InteractiveShell,
) -> None:
    with pytest.raises(UsageError) as caught:
        run(shell, "f(x")
    said = str(caught.value)
    assert said.startswith("%unflax cannot read its code.\n  File ")
    assert "\n    f(x\n" in said
    assert said.endswith("\nSyntaxError: '(' was never closed\n")


def test_error_of_the_text_is_raised_unchanged(shell: InteractiveShell) -> None:
    error = KeyError("mine")
    shell.user_ns["error"] = error
    with pytest.raises(KeyError) as caught:
        run(shell, "raise error")
    assert caught.value is error
