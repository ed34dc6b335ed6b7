"""The names of a run, and the paths that they make up, each once and by number.

A name that a hundred thousand calls have is compared with a pattern once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import numpy as np

NONE = -1
"""The number of a name that is not there: no pattern finds it."""

SLASH_IN_NAME = "\0"
"""What stands in `Paths.lowered` for a "/" that does not separate two names."""

Fits = Callable[[str], bool]
"""Tells whether a text in lower case is meant."""


class Names:
    """All names of a run, each once, by number.

    Attributes:
      texts: The names.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number_of(self, text: str) -> int:
        """Returns the number of a name, a new one at its first time."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    @functools.cached_property
    def lowered(self) -> list[str]:
        """The names in lower case."""
        return [text.lower() for text in self.texts]

    def find(self, patterns: Iterable[Fits]) -> np.ndarray:
        """Tells which names one of the patterns means.

        Returns:
          bool, shape (n_names + 1,); the last one, False, stands for `NONE`.
        """
        return np.append(find_texts(patterns, self.lowered), False)


class Paths:
    """All paths of a run and their beginnings, as a tree of names.

    Path 0 is that of the root, and a path stands after its beginnings.

    Attributes:
      names: The names.
    """

    def __init__(self, names: Names):
        self.names = names
        self._numbers: dict[tuple[str, ...], int] = {(): 0}
        self._parents = [0]
        self._last_names = [NONE]

    def __len__(self) -> int:
        """Returns the number of paths."""
        return len(self._parents)

    def number_of(self, path: tuple[str, ...]) -> int:
        """Returns the number of a path, a new one at its first time."""
        number = self._numbers.get(path)
        if number is not None:
            return number
        parent = self._numbers.get(path[:-1])
        if parent is None:
            n_known = len(path) - 2
            while path[:n_known] not in self._numbers:
                n_known -= 1
            parent = self._numbers[path[:n_known]]
            for end in range(n_known + 1, len(path)):
                parent = self._append(parent, path[:end])
        return self._append(parent, path)

    def last_name_of(self, number: int) -> int:
        """Returns the number of the last name of a path."""
        return self._last_names[number]

    def _append(self, parent: int, path: tuple[str, ...]) -> int:
        number = self._numbers[path] = len(self._parents)
        self._parents.append(parent)
        self._last_names.append(self.names.number_of(path[-1]))
        return number

    @functools.cached_property
    def parents(self) -> np.ndarray:
        """The path without its last name, int32, shape (n_paths,); 0 for the root."""
        return np.array(self._parents, np.int32)

    @functools.cached_property
    def last_names(self) -> np.ndarray:
        """The number of the last name, int32, shape (n_paths,); `NONE` for the root."""
        return np.array(self._last_names, np.int32)

    @functools.cached_property
    def lowered(self) -> list[str]:
        """Each path in lower case, a "/" before each name; "" for the root's.

        A "/" that is part of a name is written as `SLASH_IN_NAME`.
        """
        names = [text.replace("/", SLASH_IN_NAME) for text in self.names.lowered]
        texts = [""]
        for parent, name in zip(self._parents[1:], self._last_names[1:], strict=True):
            texts.append(f"{texts[parent]}/{names[name]}")
        return texts

    def find(self, fits: Fits, names: Iterable[Fits]) -> np.ndarray:
        """Tells which paths a pattern means; bool, shape (n_paths,).

        Args:
          fits: Tells it of a path, as `lowered` has it.
          names: What tells of a name whether it is one that such a path must have.
        """
        found = np.ones(len(self), bool)
        for name in names:
            found &= self.find_names([name])
        rows = np.flatnonzero(found)
        lowered = self.lowered
        found[rows] = [fits(lowered[row]) for row in rows.tolist()]
        return found

    def find_names(self, patterns: Iterable[Fits]) -> np.ndarray:
        """Tells in which paths some name is meant; bool, shape (n_paths,)."""
        found = self.names.find(patterns)[self.last_names]
        # Each round looks twice as far towards the root as the one before.
        above = self.parents
        while above.any():
            found = found | found[above]
            above = above[above]
        return found


def find_texts(patterns: Iterable[Fits], texts: list[str]) -> np.ndarray:
    """Tells which texts, in lower case, one of the patterns means; bool, (n_texts,)."""
    found = np.zeros(len(texts), bool)
    for fits in patterns:
        found |= np.fromiter(map(fits, texts), bool, len(texts))
    return found
