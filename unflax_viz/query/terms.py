"""What a parsed query is made of: alternatives, each of terms that must all hold."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from unflax_viz.query.globs import regex_of_name, regex_of_path
from unflax_viz.tables.names import SLASH_IN_NAME

ANY_AXES = -1
"""Any number of axes in a `ShapePattern`."""

ShapePattern = tuple[int | None, ...]
"""Lengths of axes: None for any length, `ANY_AXES` at most once."""


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A text to compare names or paths with; case does not matter.

    Attributes:
      text: The text, in lower case.
      is_quoted: Whether it means exactly itself, `*` and `?` included.
    """

    text: str
    is_quoted: bool = False

    @property
    def is_glob(self) -> bool:
        """Whether it has a wildcard."""
        return not self.is_quoted and any(mark in self.text for mark in "*?[")

    def part(self) -> Callable[[str], bool]:
        """Returns a test: does a name contain the text, or fit the glob?"""
        if self.is_glob:
            return self.whole()
        return lambda name: self.text in name

    def whole(self) -> Callable[[str], bool]:
        """Returns a test: does a whole name fit?"""
        if not self.is_glob:
            return self.text.__eq__
        fits = re.compile(regex_of_name(self.text)).fullmatch
        return lambda name: fits(name) is not None

    def names(self) -> list[Callable[[str], bool]]:
        """Returns a test for each name that a fitting path must have.

        A path that lacks one of them need not be compared with the whole pattern.
        """
        if self.is_quoted:
            return []
        names = dict.fromkeys(self.text.split("/"))
        return [Pattern(name).whole() for name in names if name.strip("*")]

    def path(self) -> Callable[[str], bool]:
        """Returns a test: does a path, as `Paths.lowered` has it, fit?"""
        names = "/".join(filter(None, self.text.split("/")))
        wanted = f"/{names}" if names else ""
        if self.is_quoted:
            return lambda path: path.replace(SLASH_IN_NAME, "/") == wanted
        if not self.is_glob:
            return wanted.__eq__
        fits = re.compile(regex_of_path(names)).fullmatch
        return lambda path: fits(path) is not None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A range of integers.

    Attributes:
      least: The least number that fits; None without a lower limit.
      most: The greatest number that fits; None without an upper limit.
    """

    least: int | None
    most: int | None


Value = tuple[Pattern, ...] | tuple[str, ...] | tuple[ShapePattern, ...] | Comparison


@dataclasses.dataclass(frozen=True)
class Term:
    """One condition of a query.

    Attributes:
      key: A key of a column; "" for a word without one.
      value: What is wanted of it: alternatives, or a range.
      is_negated: Whether the rows that fit are left out.
      start: Where the term begins in the query, from 0.
      end: Where it ends.
    """

    key: str
    value: Value
    is_negated: bool
    start: int
    end: int


Conjunction = tuple[Term, ...]


@dataclasses.dataclass(frozen=True)
class Query:
    """What is wanted: the rows for which every term of some alternative holds.

    Attributes:
      text: The query as it was written.
      alternatives: At least one; no terms mean everything.
    """

    text: str
    alternatives: tuple[Conjunction, ...]
