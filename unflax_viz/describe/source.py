"""Finds the source of the method that was called."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import re
import textwrap
import weakref
from typing import Any

from unflax_viz.describe.values import one_line, shorten
from unflax_viz.record.calls import InterceptedFlaxModuleMethod

_MAX_LINES = 400
_MAX_LINE = 1_000
_NOTEBOOK_CELL = re.compile(
    r"<ipython-input-.*>"
    r"|.*[/\\](ipykernel_\d+|marimo_\d+)[/\\][^/\\]*\.py"
    r"|.*[/\\]ipython-input-[^/\\]*\.py"
)
_INSTALLED = re.compile(r".*[/\\](site|dist)-packages[/\\]")

_TEXTS: weakref.WeakKeyDictionary[Any, tuple[str, int]] = weakref.WeakKeyDictionary()
"""Texts of functions already read: a page asks for one as often as it was called."""


@dataclasses.dataclass(frozen=True)
class MethodSource:
    """The text of a method.

    Attributes:
      docstring: That of the method, or of its class; "" where there is none.
      source: The text, as far left as it can stand; "" where it cannot be read.
      file: The file that holds it, or what stands in its place; "" for neither.
      line: The line where it begins, from 1; 0 where that is not known.
    """

    docstring: str
    source: str
    file: str
    line: int


def find_method(node: InterceptedFlaxModuleMethod, applied: Any) -> Any:
    """Finds the function that a call ran, as its author wrote it.

    Flax wraps every method of a module, and lifted transforms wrap it again; each
    wrapper has what it wraps in `__wrapped__`.

    Args:
      node: The call.
      applied: What `apply` was given as `method`, where the call is the outermost.

    Returns:
      The function; None where there is none of that name.
    """
    try:
        method = inspect.getattr_static(type(node.module), node.method_name, None)
        is_applied = getattr(applied, "__name__", None) == node.method_name
        if callable(applied) and (method is None or is_applied):
            method = applied
        while isinstance(method, functools.partial | staticmethod | classmethod):
            method = getattr(method, "func", None) or getattr(method, "__func__", None)
        return None if method is None else inspect.unwrap(method)
    except Exception:
        return None


def source_of(method: Any, module: Any) -> MethodSource:
    """Reads the text of a method; what cannot be read is left empty."""
    docstring = _docstring_of(method) or _class_docstring_of(module)
    try:
        text, line = _TEXTS.get(method) or _read_text(method)
        _TEXTS[method] = text, line
    except Exception:
        return MethodSource(docstring, "", _file_of(method), 0)
    return MethodSource(docstring, text, _file_of(method), line)


def _read_text(method: Any) -> tuple[str, int]:
    """Reads the text of a function, and the line where it begins."""
    lines, line = inspect.getsourcelines(method)
    text = _printable(textwrap.dedent("".join(lines[:_MAX_LINES])))
    n_more = len(lines) - _MAX_LINES
    if n_more > 0:
        text += f"\n… {n_more:,} more lines"
    return text, max(line, 1)


def _printable(text: str) -> str:
    """Keeps the lines of a text; what cannot be printed becomes an escape."""
    lines = text.expandtabs(4).rstrip().split("\n")
    return "\n".join(shorten(one_line(line), _MAX_LINE) for line in lines)


def _docstring_of(thing: Any) -> str:
    try:
        docstring = thing.__doc__
        is_text = isinstance(docstring, str)
        return _printable(inspect.cleandoc(docstring)) if is_text else ""
    except Exception:
        return ""


def _class_docstring_of(module: Any) -> str:
    docstring = _docstring_of(type(module))
    # What `dataclasses` writes where the author wrote nothing: the signature.
    is_written = not docstring.startswith(f"{type(module).__name__}(")
    return docstring if is_written else ""


def _file_of(method: Any) -> str:
    try:
        file = inspect.getfile(method)
    except Exception:
        return ""
    if _NOTEBOOK_CELL.fullmatch(file):
        return "a notebook cell"
    if file.startswith("<") and file.endswith(">"):
        return "text that was run with exec" if file == "<string>" else file[1:-1]
    return _shortened(file)


def _shortened(file: str) -> str:
    """Writes a file as seen from the working directory, or from where packages are."""
    return _INSTALLED.sub("", file.removeprefix(os.getcwd() + os.sep))
