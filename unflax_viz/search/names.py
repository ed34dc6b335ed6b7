"""Which names does a run have, and how do they make up paths?

A name that a hundred thousand calls have is compared with a pattern once.
"""

from __future__ import annotations

import functools

import numpy as np

from unflax_viz.search.regex import Regex
from unflax_viz.search.terms import PathPattern, Pattern

NONE = -1
"""The number of a name that is not there: no pattern finds it."""


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
    def _lowered(self) -> list[str]:
        return [text.lower() for text in self.texts]

    def find(self, patterns: tuple[Pattern, ...]) -> np.ndarray:
        """Tells which names one of the patterns means.

        Returns:
          bool, shape (n_names + 1,); the last one, False, stands for `NONE`.
        """
        found = np.zeros(len(self.texts) + 1, bool)
        for pattern in patterns:
            found[:-1] |= np.array(pattern.find_in(self._lowered), bool)
        return found


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
        self._depths = [0]

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
        self._depths.append(self._depths[parent] + 1)
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
    def _levels(self) -> list[np.ndarray]:
        """The paths by their number of names, the root's excluded."""
        depths = np.array(self._depths)
        order = np.argsort(depths, kind="stable")
        return np.split(order, np.cumsum(np.bincount(depths)))[1:-1]

    def find_names(self, patterns: tuple[Pattern, ...]) -> np.ndarray:
        """Tells in which paths some name is meant; bool, shape (n_paths,)."""
        found = self.names.find(patterns)[self.last_names]
        # Each round looks twice as far towards the root as the one before.
        above = self.parents
        while above.any():
            found = found | found[above]
            above = above[above]
        return found

    def begin(self, pattern: PathPattern) -> np.ndarray:
        """Follows a pattern along all paths.

        Returns:
          uint64, shape (n_paths,): bit `i` is set where the first `i` parts of the
          pattern can stand for the path.
        """
        steps = _Steps(pattern, self.names)
        bits = np.zeros(len(self), np.uint64)
        bits[0] = steps.start
        for level in self._levels:
            bits[level] = steps.take(bits[self.parents[level]], self.last_names[level])
        return bits

    def find_path(self, pattern: PathPattern) -> np.ndarray:
        """Tells which paths a pattern means as a whole; bool, shape (n_paths,)."""
        return has_ended(self.begin(pattern), pattern)

    def find_label(
        self, pattern: PathPattern, paths: np.ndarray, labels: np.ndarray
    ) -> np.ndarray:
        """Tells which paths are meant if their last name is another.

        Args:
          pattern: The pattern.
          paths: Numbers of paths, shape (n,).
          labels: The numbers of the names in the place of the last one, shape (n,).

        Returns:
          bool, shape (n,).
        """
        steps = _Steps(pattern, self.names)
        before = self.begin(pattern)[self.parents[paths]]
        before[paths == 0] = steps.start
        return has_ended(steps.take(before, labels), pattern)

    def find_regex(self, regex: Regex) -> np.ndarray:
        """Tells in which paths, written with "/", a regular expression matches.

        Raises:
          RegexError: If there are too many ways to match.
        """
        texts = self.names.texts
        states = np.full(len(self), regex.start, np.int64)
        slash = ""
        for level in self._levels:
            # Many paths go on from one state with one name.
            steps = states[self.parents[level]] * len(texts) + self.last_names[level]
            distinct, inverse = np.unique(steps, return_inverse=True)
            pairs = zip(*np.divmod(distinct, len(texts)), strict=True)
            reached = [
                regex.advance(int(state), f"{slash}{texts[name]}")
                for state, name in pairs
            ]
            states[level] = np.array(reached, np.int64)[inverse]
            slash = "/"
        states[0] = regex.advance(regex.start, "/")
        distinct, inverse = np.unique(states, return_inverse=True)
        return np.array(list(map(regex.accepts, distinct.tolist())), bool)[inverse]


class _Steps:
    """How the parts of a path pattern are gone through name by name."""

    def __init__(self, pattern: PathPattern, names: Names):
        self._repeating = [i for i, part in enumerate(pattern) if part is None]
        self._stay = np.uint64(sum(1 << i for i in self._repeating))
        self._meant = np.zeros(len(names.texts) + 1, np.uint64)
        for index, part in enumerate(pattern):
            if part is not None:
                self._meant[names.find((part,))] |= np.uint64(1 << index)
        self.start = self._skip(np.ones(1, np.uint64))[0]

    def take(self, bits: np.ndarray, names: np.ndarray) -> np.ndarray:
        """Returns where in the pattern one is after one more name."""
        moved = (bits & self._meant[names]) << np.uint64(1)
        return self._skip(moved | (bits & self._stay))

    def _skip(self, bits: np.ndarray) -> np.ndarray:
        """Lets `**` stand for no name at all."""
        for index in self._repeating:
            bits = bits | (bits & np.uint64(1 << index)) << np.uint64(1)
        return bits


def has_ended(bits: np.ndarray, pattern: PathPattern) -> np.ndarray:
    """Tells where a pattern has come to its end."""
    return (bits >> np.uint64(len(pattern))) & np.uint64(1) == 1
