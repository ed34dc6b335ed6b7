"""Reads the text of a magic, and runs the code as if the magic were not there."""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import inspect
import keyword
import re
import traceback
from types import CodeType
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import cell_magic, leading_empty_lines
from IPython.core.magic_arguments import parse_argstring

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

USAGE = "Usage: %unflax [-o NAME] [--max-runs N] [EXPRESSION]"

_OPTIONS_WITH_VALUE = frozenset({"-o", "--output", "--max-runs"})
_FIRST_LINE = re.compile(r"%%unflax(?=\s|$)")


@dataclasses.dataclass(frozen=True)
class Options:
    """What the options of the magic ask for.

    Attributes:
      name: Which variable to bind to the runs; empty if none.
      max_runs: How many runs to keep, at least 1.
    """

    name: str
    max_runs: int


def split_options(line: str) -> tuple[str, str]:
    """Splits what follows `%unflax` into its options and the user's own code.

    The code is kept to the letter, quotes and blanks too, which argparse would not do.

    Args:
      line: For instance `-o run model.apply({"params": p}, "a  b")`; `--` ends the
        options, for code that begins with a minus.

    Returns:
      The options and the code, either of which may be empty.
    """
    end = 0
    while option := re.compile(r"\s*(-\S*)").match(line, end):
        if option[1] == "--":
            return line[:end].strip(), line[option.end() :].strip()
        end = option.end()
        if option[1] in _OPTIONS_WITH_VALUE:
            value = re.compile(r"\s*\S+").match(line, end)
            end = value.end() if value else end
    return line[:end].strip(), line[end:].strip()


def read_options(magic: Any, options: str) -> Options:
    """Reads the options of a magic.

    Args:
      magic: The function with IPython's `argument` decorators.
      options: As `split_options` returns them.

    Raises:
      UsageError: If they are not understood; with the usage of the magic.
    """
    try:
        arguments = parse_argstring(magic, options)
    except (UsageError, ValueError) as error:
        raise UsageError(f"{error}. {USAGE}") from None
    n_runs, name = arguments.max_runs, arguments.output or ""
    if not n_runs.isdecimal() or int(n_runs) < 1:
        raise UsageError(f"--max-runs needs a count from 1; got {n_runs!r}. {USAGE}")
    if name and (not name.isidentifier() or keyword.iskeyword(name)):
        raise UsageError(f"-o needs the name of a variable; got {name!r}. {USAGE}")
    return Options(name, int(n_runs))


def record_from_first_line(lines: list[str]) -> list[str]:
    """Lets IPython itself run a cell that begins with `%%unflax`.

    An input transformer: the first line becomes `%unflax` with the same options, the
    statement that starts a recording, and the others stay what and where they are. So
    result, `_`, `;`, top-level await, line numbers and errors are IPython's own. A
    cell magic, which is given a text, cannot await while the kernel's loop runs.

    Args:
      lines: The cell, line ends included, as the other clean-up steps left it.

    Returns:
      The cell to run; the same list unless it is to be recorded as a whole.
    """
    if not lines or not (first := _FIRST_LINE.match(lines[0])):
        return lines
    options, code = split_options(lines[0][first.end() :])
    body = leading_empty_lines(lines[1:])
    if code or not "".join(body).strip():
        return lines  # The magic of the same name says what is wrong.
    start = f"get_ipython().run_line_magic('unflax', {options!r})\n"
    if body[0].startswith("%%"):
        return [start, *cell_magic(record_from_first_line(body))]
    return [start, *lines[1:]]


# A prompt that asks whether the cell is complete shall still see a cell magic, which
# ends at an empty line: IPython leaves transformers with this mark out of the question.
record_from_first_line.has_side_effects = True  # pyright: ignore[reportFunctionMemberAccess]


def run_source(shell: InteractiveShell, text: str, local_ns: dict[str, Any]) -> Any:
    """Runs code in the user's namespace, line magics in it included.

    Args:
      shell: Whose namespace, transformers and compiler.
      text: One expression or any number of statements; may await where no event loop
        is running.
      local_ns: The names of the function that the magic is used in; the user's
        namespace otherwise.

    Returns:
      The value of the last statement if that is an expression without a `;` after it.

    Raises:
      UsageError: If the code is not Python, or if it awaits and an event loop is
        already running.
    """
    __tracebackhide__ = True  # Read by IPython's tracebacks.
    source = shell.transform_cell(text)
    filename = shell.compile.cache(source, shell.execution_count - 1, raw_code=text)
    try:
        codes = _compile_statements(shell, source, filename)
    except SyntaxError as error:
        # IPython would put all frames between the magic and the parser above it.
        said = "".join(traceback.format_exception_only(error))
        raise UsageError(f"%unflax cannot read its code.\n{said}") from None
    value = None
    for code in codes:
        value = eval(code, shell.user_global_ns, local_ns)
        if _is_async(code):
            value = shell.loop_runner(value)
    return value


def _compile_statements(
    shell: InteractiveShell, source: str, filename: str
) -> list[CodeType]:
    """Compiles the statements, the last apart if its value is wanted."""
    # shell.compile.ast_parse reports an open bracket only as "incomplete input".
    tree: Any = ast.parse(source, filename)
    is_quiet = _has_semicolon_after(tree, source)
    tree = shell.transform_ast(tree)
    parts: list[tuple[Any, str]] = [(tree, "exec")]
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not is_quiet:
        parts.append((ast.Expression(tree.body.pop().value), "eval"))
    flags = shell.compile.flags
    if shell.autoawait:
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    codes = [compile(part, filename, mode, flags, True) for part, mode in parts]
    if any(_is_async(code) for code in codes) and _is_loop_running():
        raise UsageError(
            "%unflax cannot await while the kernel's event loop is running. "
            "Put %%unflax on the first line of the cell instead."
        )
    return codes


def _has_semicolon_after(tree: ast.Module, source: str) -> bool:
    if not tree.body:
        return False
    last = tree.body[-1]
    assert last.end_lineno is not None
    line = source.encode().split(b"\n")[last.end_lineno - 1]
    return line[last.end_col_offset :].lstrip().startswith(b";")


def _is_async(code: CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_COROUTINE)


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
