"""How is a query parsed? `docs/queries.md` describes the language for its users."""

from __future__ import annotations

import decimal
import re
from typing import NoReturn

from unflax_viz.errors import QueryError
from unflax_viz.search.mistakes import Around, correct_value, correct_word
from unflax_viz.search.regex import Regex, RegexError
from unflax_viz.search.terms import (
    ANY_AXES,
    ARRAY_FLAGS,
    FLAGS,
    KEYS,
    NUMBER_KEYS,
    PATH_KEYS,
    Comparison,
    PathPattern,
    Pattern,
    Query,
    ShapePattern,
    Term,
)

MAX_LENGTH = 1_000
_MAX_PATH_NAMES = 60
_MAX_COUNT = 2**62

_KEY = re.compile(r"([A-Za-z_]+)(:?(?:>=|<=|>|<|=)|:)")
_BARE = re.compile(r"\S+")
_SHAPE = re.compile(r"[^\s(\[]*[(\[][^)\]]*[)\]]\S*|\S+")
_AXIS = re.compile(r"\d{1,18}|\*|\.\.\.|…")
_NUMBER = re.compile(r"(\d[\d_]{0,30}(?:\.\d{1,30})?(?:e\d{1,2})?)([a-z]*)", re.I)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')

_EXAMPLES = {
    "class": "class:Dense",
    "method": "method:attend",
    "param": "param:kernel",
    "collection": "collection:batch_stats",
    "stream": "stream:dropout",
    "under": "under:scan",
    "dtype": "dtype:bf16",
    "path": "path:encoder/*",
    "below": "below:encoder",
    "shape": "shape:(*,64)",
    "size": "size>1M",
    "bytes": "bytes>4MB",
    "params": "params>1M",
    "calls": "calls>3",
    "depth": "depth<3",
    "is": "is:shared",
}
_POWERS = {"": 0, "k": 3, "m": 6, "b": 9, "g": 9, "t": 12, "p": 15}
_BYTE_FACTORS = {
    "": 1,
    "b": 1,
    **{unit: 10**power for unit, power in _POWERS.items() if unit not in ("", "b")},
    **{f"{u}b": 10**power for u, power in _POWERS.items() if u not in ("", "b")},
    **{f"{u}ib": 1024 ** (1 + index) for index, u in enumerate("kmgtp")},
}
_COUNT_FACTORS = {unit: 10**power for unit, power in _POWERS.items()}


def parse_query(text: str) -> Query:
    """Reads a query.

    Args:
      text: Terms separated by spaces; "" asks for everything.

    Raises:
      QueryError: If it cannot be read. The message says what to write instead.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query is {len(text):,} characters long; {MAX_LENGTH:,} are allowed.",
            text,
            MAX_LENGTH,
            len(text),
        )
    return Query(text, tuple(_Reader(text).read_terms()))


def quote(name: str) -> str:
    """Writes a name so that a query takes it for itself, in quotes if it must."""
    if re.fullmatch(r"[\w.]+", name):
        return name
    return _in_quotes(name)


def below_query(address: str) -> str:
    """Writes the query for what was called in one call, however deep."""
    return f"below:{_in_quotes(address)}"


def _in_quotes(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    """Reads one query from left to right."""

    def __init__(self, text: str):
        self._text = text
        self._position = 0
        self._start = 0
        self._is_negated = False

    def read_terms(self) -> list[Term]:
        """Reads all terms."""
        terms = []
        while self._skip_spaces():
            self._start = self._position
            self._is_negated = self._text.startswith("-", self._position)
            if self._is_negated:
                self._position += 1
            terms.append(self._read_term())
        return terms

    def _skip_spaces(self) -> bool:
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
        return self._position < len(self._text)

    def _read_term(self) -> Term:
        if self._text.startswith('"', self._position):
            quoted = self._read_quoted().lower()
            return self._term("word", (Pattern(quoted, "contains"),))
        found = _KEY.match(self._text, self._position)
        if found:
            return self._read_keyed(found[1].lower(), found[2], found)
        return self._read_word(self._take(_BARE))

    def _term(self, key: str, value: object) -> Term:
        return Term(key, value, self._is_negated, self._start, self._position)  # type: ignore

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._position)
        if found is None:
            return ""
        self._position = found.end()
        return found[0]

    def _fail(self, message: str) -> NoReturn:
        raise QueryError(message, self._text, self._start, self._position)

    def _read_quoted(self) -> str:
        found = _QUOTED.match(self._text, self._position)
        if found is None:
            self._position = len(self._text)
            self._fail('The closing quote is missing: put a " after the text.')
        self._position = found.end()
        if self._take(_BARE):
            self._fail('A space is missing after the closing ".')
        name = re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)
        if not name:
            self._fail('There is nothing between the quotes "".')
        return name

    def _read_word(self, word: str) -> Term:
        if not word:
            self._fail("Nothing follows the '-', which leaves out a term: -is:shared.")
        if len(word) > 2 and word.startswith("/") and word.endswith("/"):
            return self._read_regex(word[1:-1])
        self._refuse("", word, correct_word(self._minus, word, self._around()))
        parts = [part for part in word.split(",") if part]
        if "/" in word:
            return self._term("path", tuple(map(self._path_pattern, parts)))
        return self._term("word", tuple(map(_part_of_name, parts)))

    @property
    def _minus(self) -> str:
        return "-" if self._is_negated else ""

    def _around(self) -> Around:
        before, after = self._text[: self._start], self._text[self._position :]
        return Around(before.split(), after.split())

    def _refuse(self, key: str, text: str, correction: str) -> None:
        """Fails where there is a correction of what stands after a key."""
        if not correction:
            return
        prefix = f"{self._minus}{key}"
        message = f"'{prefix}{text}' is not known: {correction}."
        if key != "is:":
            quoted = f"{prefix}{_in_quotes(text)}"
            message += f" In quotes a text stands for itself: {quoted}."
        self._fail(message)

    def _read_regex(self, pattern: str) -> Term:
        try:
            return self._term("regex", Regex(pattern))
        except RegexError as error:
            self._fail(f"The regular expression /{pattern}/ {error}.")

    def _read_keyed(self, key: str, operator: str, found: re.Match[str]) -> Term:
        if key not in KEYS:
            token = self._take(_BARE)
            self._fail(
                f"'{found[0]}' is not known. There are {_list_keys()}. In quotes a "
                f"text stands for itself: {_in_quotes(token)}."
            )
        self._position = found.end()
        if key in NUMBER_KEYS:
            return self._term(key, self._read_comparison(key, operator))
        if operator != ":":
            self._take(_BARE)
            self._fail(f"Write ':' after '{key}', as in {_EXAMPLES[key]}.")
        if key == "shape":
            return self._term(key, self._read_shape())
        return self._read_alternatives(key)

    def _read_alternatives(self, key: str) -> Term:
        if self._text.startswith('"', self._position):
            text = self._read_quoted().lower()
            if key == "is":
                return self._read_flags([text])
            quoted = Pattern(text, "address" if key == "below" else "equals")
            return self._term(key, ((quoted,),) if key in PATH_KEYS else (quoted,))
        text = self._take(_BARE)
        values = [part for part in text.split(",") if part]
        if not values:
            self._fail(f"'{key}:' needs a value, as in {_EXAMPLES[key]}.")
        prefix = f"{self._minus}{key}:"
        self._refuse(f"{key}:", text, correct_value(prefix, text, self._around()))
        if key == "is":
            return self._read_flags([value.lower() for value in values])
        if key in PATH_KEYS:
            # A bare "/" is the path of the root.
            return self._term(key, tuple(map(self._path_pattern, values)))
        return self._term(key, tuple(map(_whole_name, values)))

    def _read_flags(self, flags: list[str]) -> Term:
        for flag in flags:
            if flag not in FLAGS:
                self._fail(
                    f"'is:{flag}' is not known. There are is:{', is:'.join(FLAGS)}."
                )
        if len({flag in ARRAY_FLAGS for flag in flags}) > 1:
            self._fail(
                "The alternatives of 'is:' are all about arrays "
                f"({', '.join(ARRAY_FLAGS)}) or all about calls (the others)."
            )
        return self._term("is", tuple(flags))

    def _path_pattern(self, text: str) -> PathPattern:
        names = [name for name in text.split("/") if name]
        if len(names) > _MAX_PATH_NAMES:
            self._fail(
                f"A path may have {_MAX_PATH_NAMES} names here, not {len(names)}; "
                "** stands for any number of names."
            )
        return tuple(None if name == "**" else _whole_name(name) for name in names)

    def _read_shape(self) -> ShapePattern:
        text = self._take(_SHAPE)
        inner = text
        for brackets in ("()", "[]"):
            if text.startswith(brackets[0]) and text.endswith(brackets[1]):
                inner = text[1:-1]
        axes = [axis.strip() for axis in inner.split(",")]
        if axes[-1] == "":
            axes.pop()
        # shape:3, 4 would be the shape (3,) and the word "4".
        is_cut = text.endswith(",") and bool(self._around().after)
        if is_cut or not text or not all(_AXIS.fullmatch(axis) for axis in axes):
            self._fail(
                f"'shape:{text}' is no shape. After 'shape:' stand lengths of axes, as "
                "in shape:(*,64) or shape:(3,3,...)."
            )
        pattern = tuple(map(_read_axis, axes))
        if pattern.count(ANY_AXES) > 1:
            self._fail(f"'shape:{text}' has '...' more than once; once is allowed.")
        return pattern

    def _read_comparison(self, key: str, operator: str) -> Comparison:
        text = self._take(_BARE)
        found = _NUMBER.fullmatch(text)
        factors = _BYTE_FACTORS if key == "bytes" else _COUNT_FACTORS
        factor = factors.get(found[2].lower()) if found else None
        if found is None or factor is None:
            examples = "64, 10kB, 1.5MB, 2GiB" if key == "bytes" else "64, 10k, 1.5M"
            self._fail(
                f"'{key}{operator}{text}' has no number. After '{key}{operator}' "
                f"stands one such as {examples}."
            )
        number = decimal.Decimal(found[1].replace("_", "")) * factor
        return _compare(operator.lstrip(":") or "=", number)


def _compare(operator: str, number: decimal.Decimal) -> Comparison:
    """Returns the whole numbers that stand in this relation to `number`."""
    number = min(number, decimal.Decimal(_MAX_COUNT))
    low = int(number.to_integral_value(decimal.ROUND_FLOOR))
    high = int(number.to_integral_value(decimal.ROUND_CEILING))
    return {
        ">": Comparison(low + 1, None),
        ">=": Comparison(high, None),
        "<": Comparison(None, high - 1),
        "<=": Comparison(None, low),
        "=": Comparison(high, low),
    }[operator]


def _read_axis(text: str) -> int | None:
    if text in ("...", "…"):
        return ANY_AXES
    return None if text == "*" else int(text)


def _part_of_name(text: str) -> Pattern:
    return Pattern(text.lower(), "fits" if _has_wildcard(text) else "contains")


def _whole_name(text: str) -> Pattern:
    return Pattern(text.lower(), "fits" if _has_wildcard(text) else "equals")


def _has_wildcard(text: str) -> bool:
    return any(letter in text for letter in "*?[")


def _list_keys() -> str:
    return ", ".join(f"{key}>" if key in NUMBER_KEYS else f"{key}:" for key in KEYS)
