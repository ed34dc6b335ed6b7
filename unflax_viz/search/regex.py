"""Where does a regular expression match, in time that grows with the text alone?

Python's `re` tries one way after the other, and takes for ever with some expressions
and texts, while nothing can stop it. Here all ways are followed at once (Thompson,
1968). That rules out look-around and references back, which nobody needs in a path.
Letters match in upper and lower case alike.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

MAX_LENGTH = 200
_MAX_NODES = 2_000
_MAX_STATES = 5_000
_MAX_NESTING = 20

_DIGIT = (("0", "9"),)
_WORD = (("0", "9"), ("a", "z"), ("A", "Z"), ("_", "_"))
_SPACE = ((" ", " "), ("\t", "\r"))
_ESCAPED_SETS = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_ESCAPED_LETTERS = {"t": "\t", "n": "\n", "r": "\r"}
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{1,3})?)?\}")


class RegexError(ValueError):
    """A regular expression that is wrong or too large; the message says why."""


@dataclasses.dataclass(frozen=True)
class Letters:
    """A set of letters.

    Attributes:
      ranges: First and last letter of each range, both included.
      excluded: Sets that do not belong to it while all other letters do.
      is_negated: Whether all others are meant.
    """

    ranges: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[tuple[str, str], ...], ...] = ()
    is_negated: bool = False

    @property
    def is_one_letter(self) -> bool:
        """Whether it is one letter only."""
        ranges = self.ranges
        return not self.is_negated and len(ranges) == 1 and len(set(ranges[0])) == 1

    def has(self, letter: str) -> bool:
        """Tells whether a letter belongs to the set, in lower or upper case."""
        forms = {letter, letter.upper()}
        found = any(_is_within(form, self.ranges) for form in forms) or any(
            not _is_within(letter, ranges) for ranges in self.excluded
        )
        return found != self.is_negated


def _is_within(letter: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= letter <= last for first, last in ranges)


_ANY = Letters((), is_negated=True)


@dataclasses.dataclass
class _Node:
    """One node of the automaton: reads a letter, or waits for an end, or branches.

    Attributes:
      letters: What it reads; None for a node that reads nothing.
      anchor: `"^"` or `"$"` for a node that stands at an end of the text.
      targets: The nodes after it.
    """

    letters: Letters | None = None
    anchor: str = ""
    targets: list[int] = dataclasses.field(default_factory=list)


class Regex:
    """A regular expression that reads a text piece by piece.

    A state is a number. Texts that begin alike share the states of their beginning,
    which is what makes it quick on the paths of a tree.

    Attributes:
      pattern: The expression.
    """

    def __init__(self, pattern: str):
        """Reads the expression.

        Raises:
          RegexError: If it cannot be read or is too large.
        """
        if len(pattern) > MAX_LENGTH:
            raise RegexError(f"is longer than {MAX_LENGTH} letters")
        self.pattern = pattern
        parser = _Parser(pattern)
        self._nodes = parser.nodes
        self._entry, self._exit = parser.entry, parser.exit
        self._sets: list[frozenset[int]] = [frozenset()]
        self._numbers: dict[frozenset[int], int] = {}
        self._steps: list[dict[str, int]] = [{}]
        self._again = self._follow({self._entry}, "")
        self.start = self._number_of(self._follow({self._entry}, "^"))

    def advance(self, state: int, text: str) -> int:
        """Returns the state after reading `text` in `state`."""
        for letter in text.lower():
            if state == 0:
                return 0
            known = self._steps[state]
            if letter not in known:
                known[letter] = self._step(state, letter)
            state = known[letter]
        return state

    def accepts(self, state: int) -> bool:
        """Tells whether a text that ends in `state` holds a match."""
        return state == 0 or self._exit in self._follow(set(self._sets[state]), "$")

    def _step(self, state: int, letter: str) -> int:
        reached = {
            target
            for node in self._sets[state]
            if (letters := self._nodes[node].letters) is not None
            and letters.has(letter)
            for target in self._nodes[node].targets
        }
        # A match may begin at any letter.
        return self._number_of(self._follow(reached, "") | self._again)

    def _follow(self, nodes: set[int], anchor: str) -> frozenset[int]:
        """Returns the nodes reached without reading; anchors wait for their end."""
        found: set[int] = set()
        waiting = list(nodes)
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            node = self._nodes[number]
            if node.letters is None and node.anchor in ("", anchor):
                waiting += node.targets
        return frozenset(found)

    def _number_of(self, nodes: frozenset[int]) -> int:
        """Returns the state of a set of nodes; 0 once there was a match."""
        if self._exit in nodes:
            return 0
        if nodes not in self._numbers:
            if len(self._sets) >= _MAX_STATES:
                raise RegexError("has too many ways to match")
            self._numbers[nodes] = len(self._sets)
            self._sets.append(nodes)
            self._steps.append({})
        return self._numbers[nodes]


class _Parser:
    """Builds the automaton of an expression, by descent.

    Attributes:
      nodes: The nodes.
      entry: The node where a match begins.
      exit: The node where it ends.
    """

    def __init__(self, pattern: str):
        self.nodes: list[_Node] = []
        self._pattern = pattern
        self._position = 0
        self._nesting = 0
        self.entry, self.exit = self._read_choice()
        if self._position < len(pattern):
            raise RegexError("has a ')' without its '('")

    def _peek(self) -> str:
        return self._pattern[self._position : self._position + 1]

    def _take(self) -> str:
        letter = self._peek()
        if not letter:
            raise RegexError("ends too early")
        self._position += 1
        return letter

    def _skip(self, text: str) -> bool:
        is_there = self._pattern.startswith(text, self._position)
        if is_there:
            self._position += len(text)
        return is_there

    def _add(self, node: _Node) -> int:
        if len(self.nodes) >= _MAX_NODES:
            raise RegexError("is too large")
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _read_choice(self) -> tuple[int, int]:
        branches = [self._read_sequence()]
        while self._skip("|"):
            branches.append(self._read_sequence())
        if len(branches) == 1:
            return branches[0]
        last = self._add(_Node())
        for _, end in branches:
            self.nodes[end].targets.append(last)
        return self._add(_Node(targets=[first for first, _ in branches])), last

    def _read_sequence(self) -> tuple[int, int]:
        first = last = self._add(_Node())
        while self._peek() not in ("", "|", ")"):
            start, end = self._read_repeated()
            self.nodes[last].targets.append(start)
            last = end
        return first, last

    def _read_repeated(self) -> tuple[int, int]:
        begin = self._position
        piece = self._read_atom()
        counts = self._read_counts()
        if counts is None:
            return piece
        after = self._position
        first = last = self._add(_Node())
        for copy in self._copies(piece, counts, begin):
            self.nodes[last].targets.append(copy[0])
            last = copy[1]
        self._position = after
        return first, last

    def _copies(
        self, piece: tuple[int, int], counts: tuple[int, int | None], begin: int
    ) -> Iterator[tuple[int, int]]:
        """Yields the pieces of a repetition in a row, reading the atom anew."""
        least, most = counts
        n_pieces = least + 1 if most is None else most
        for index in range(n_pieces):
            if index:
                self._position = begin
                piece = self._read_atom()
            is_last = index == n_pieces - 1
            yield self._optional(piece, index >= least, most is None and is_last)

    def _optional(
        self, piece: tuple[int, int], may_skip: bool, may_repeat: bool
    ) -> tuple[int, int]:
        last = self._add(_Node())
        first = self._add(_Node(targets=[piece[0]]))
        self.nodes[piece[1]].targets.append(last)
        if may_repeat:
            self.nodes[piece[1]].targets.append(first)
        if may_skip:
            self.nodes[first].targets.append(last)
        return first, last

    def _read_counts(self) -> tuple[int, int | None] | None:
        found = _COUNT.match(self._pattern, self._position)
        if found:
            self._position = found.end()
            least = int(found[1])
            most = least if found[2] is None else int(found[3]) if found[3] else None
            if most is not None and most < least:
                raise RegexError(f"has the impossible count {found[0]}")
            counts: tuple[int, int | None] = (least, most)
        elif self._peek() in tuple("*+?"):
            counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._take()]
        else:
            return None
        # As few as possible, or as many: whether there is a match is the same.
        self._skip("?")
        return counts

    def _read_atom(self) -> tuple[int, int]:
        letter = self._take()
        if letter == "(":
            return self._read_group()
        if letter in ("^", "$"):
            return self._leaf(_Node(anchor=letter))
        if letter in tuple("*+?{"):
            raise RegexError(f"repeats nothing with '{letter}'")
        if letter == ".":
            return self._leaf(_Node(_ANY))
        if letter == "[":
            return self._leaf(_Node(self._read_set()))
        if letter == "\\":
            return self._leaf(_Node(self._read_escape()))
        return self._leaf(_Node(_single(letter)))

    def _leaf(self, node: _Node) -> tuple[int, int]:
        last = self._add(_Node())
        node.targets.append(last)
        return self._add(node), last

    def _read_group(self) -> tuple[int, int]:
        if not self._skip("?:") and self._peek() == "?":
            raise RegexError(
                "has a group that begins with '(?'; look-around, flags and names of "
                "groups are not known here"
            )
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise RegexError("has too many groups in one another")
        choice = self._read_choice()
        if not self._skip(")"):
            raise RegexError("has a '(' without its ')'")
        self._nesting -= 1
        return choice

    def _read_set(self) -> Letters:
        is_negated = self._skip("^")
        ranges: list[tuple[str, str]] = []
        excluded: list[tuple[tuple[str, str], ...]] = []
        while not self._skip("]"):
            if not self._peek():
                raise RegexError("has a '[' without its ']'")
            part = self._read_member()
            ranges += part.ranges
            excluded += [part.ranges] if part.is_negated else []
            if part.is_negated:
                del ranges[len(ranges) - len(part.ranges) :]
        return Letters(tuple(ranges), tuple(excluded), is_negated)

    def _read_member(self) -> Letters:
        first = self._read_one()
        is_range = self._peek() == "-" and self._pattern[
            self._position + 1 : self._position + 2
        ] not in ("", "]")
        if not is_range or not first.is_one_letter:
            return first
        self._take()
        last = self._read_one()
        low, high = first.ranges[0][0], last.ranges[0][1]
        if not last.is_one_letter or high < low:
            raise RegexError("has a range of letters that goes backwards")
        return Letters(((low, high),))

    def _read_one(self) -> Letters:
        letter = self._take()
        return self._read_escape() if letter == "\\" else _single(letter)

    def _read_escape(self) -> Letters:
        letter = self._take()
        if letter.lower() in _ESCAPED_SETS:
            return Letters(_ESCAPED_SETS[letter.lower()], is_negated=letter.isupper())
        if letter in _ESCAPED_LETTERS:
            return _single(_ESCAPED_LETTERS[letter])
        if letter.isalnum():
            raise RegexError(f"has '\\{letter}', which is not known here")
        return _single(letter)


def _single(letter: str) -> Letters:
    return Letters(((letter, letter),))
