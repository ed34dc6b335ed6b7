"""What is a parsed query made of?"""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from typing import Literal

from unflax_viz.search.regex import Regex

TEXT_KEYS = ("class", "method", "param", "collection", "stream", "under", "dtype")
NUMBER_KEYS = ("size", "bytes", "params", "calls", "depth")
PATH_KEYS = ("path", "below")
KEYS = (*TEXT_KEYS, *PATH_KEYS, "shape", *NUMBER_KEYS, "is")

CALL_FLAGS = ("stochastic", "warning", "nested", "error", "captured")
ARRAY_FLAGS = (
    "shared",
    "unused",
    "changed",
    "created",
    "stacked",
    "nan",
    "inf",
)
FLAGS = (*ARRAY_FLAGS, *CALL_FLAGS)
"""What `is:` may ask for; the first are about arrays, the others about calls."""

ARRAY_KEYS = frozenset({"param", "collection", "dtype", "shape", "size", "bytes"})
"""Terms that must hold of one and the same array of a call."""


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A text that names are compared with, in upper and lower case alike.

    Attributes:
      text: The text, in lower case.
      how: Whether a name is to contain it, to equal it, or to fit its `*`, `?`, `[..]`;
        or whether the address of a call is to equal it.
    """

    text: str
    how: Literal["contains", "equals", "fits", "address"]

    def find_in(self, names: list[str]) -> list[bool]:
        """Tells for each name, in lower case, whether it is meant."""
        if self.how == "contains":
            return [self.text in name for name in names]
        if self.how == "equals":
            return [self.text == name for name in names]
        fits = re.compile(fnmatch.translate(self.text)).match
        return [fits(name) is not None for name in names]


PathPattern = tuple[Pattern | None, ...]
"""One pattern for each name of a path; None for `**`, any number of names."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A range of whole numbers.

    Attributes:
      least: The least number that fits; None without a lower limit.
      most: The greatest number that fits; None without an upper limit.
    """

    least: int | None
    most: int | None


ShapePattern = tuple[int | None, ...]
"""Lengths of axes: None for any length, `ANY_AXES` at most once for any axes."""

ANY_AXES = -1


@dataclasses.dataclass(frozen=True)
class Term:
    """One condition of a query.

    Attributes:
      key: What is asked about: one of `KEYS`, "word" or "regex".
      value: What is wanted of it. Patterns, flags and paths are alternatives.
      is_negated: Whether the rows that fit are left out.
      start: Where the term begins in the query, from 0.
      end: Where it ends.
    """

    key: str
    value: (
        tuple[Pattern, ...]
        | tuple[PathPattern, ...]
        | tuple[str, ...]
        | ShapePattern
        | Comparison
        | Regex
    )
    is_negated: bool
    start: int
    end: int

    @property
    def is_about_arrays(self) -> bool:
        """Whether it must hold of the same array as the others of its kind."""
        if self.key == "is":
            assert isinstance(self.value, tuple)
            return self.value[0] in ARRAY_FLAGS
        return self.key in ARRAY_KEYS


@dataclasses.dataclass(frozen=True)
class Query:
    """What is wanted: the rows for which every term holds.

    Attributes:
      text: The query as it was written.
      terms: Its terms, in order.
    """

    text: str
    terms: tuple[Term, ...]
