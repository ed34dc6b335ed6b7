"""Parses a query; `docs/queries.md` describes the language for its users.

The parser knows the kinds of columns and no key: which keys there are, and how each is
written, the declarations in `tables` say. `js/src/tree/query.ts` reads the same
declarations, and both are held to `tests/golden/queries.json`.
"""

from __future__ import annotations

import decimal
import re
from typing import NoReturn

from unflax_viz.errors import QueryError
from unflax_viz.query.terms import (
    ANY_AXES,
    Comparison,
    Conjunction,
    Pattern,
    Query,
    ShapePattern,
    Term,
    Value,
)
from unflax_viz.tables.columns import Column
from unflax_viz.tables.schema import FLAGS, KEYS, first_column

MAX_LENGTH = 1_000
_MAX_COUNT = 2**62

_OR = re.compile(r"(?:\|\|?|,|or(?=\s|$))\s*", re.I)
_AND = re.compile(r"(?:&&?|and(?=\s|$))\s*", re.I)
_NOT = re.compile(r"(?:[-!]|not(?=\s|$))\s*", re.I)
_KEY = re.compile(r"([A-Za-z_]+)\s*(:?(?:==|!=|>=|<=|[≥≤≠<>=])|:)\s*")
_BARE = re.compile(r"[^\s,|&]+")
# Where a term with a key follows, the comma or bar stands between terms.
_COMMA = re.compile(r"(?:\s*,|\|(?=[^\s|]))(?!\s*[A-Za-z_]+\s*[:<>=!≥≤≠])\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SHAPE = re.compile(r"[(\[]([^)\]]*)[)\]]")
_REGEX = re.compile(r"/\S+/(?=\s|$)")
_REGEX_ONLY = re.compile(r"[\\^$+{}()|]|\.\*")
_REVERSED = re.compile(r"\d[\w.]*[<>=≥≤≠]")
_AXIS = re.compile(r"\d{1,18}|\*|\.\.\.|…")
_NUMBER = re.compile(r"(\d[\d_]{0,30}(?:\.\d{1,30})?(?:e\d{1,2})?)([a-z]*)", re.I)

_POWERS = {"": 0, "k": 3, "m": 6, "b": 9, "g": 9, "t": 12, "p": 15}
_COUNT_FACTORS = {unit: 10**power for unit, power in _POWERS.items()}
_BYTE_FACTORS = {
    **{"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15},
    **{f"{unit}b": 1000 ** (1 + index) for index, unit in enumerate("kmgtp")},
    **{f"{unit}ib": 1024 ** (1 + index) for index, unit in enumerate("kmgtp")},
}


def parse_query(text: str) -> Query:
    """Parses a query.

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
    return Query(text, tuple(_Parser(text).read_alternatives()))


def quote(name: str) -> str:
    """Writes a name so that a query finds exactly it, in quotes if needed."""
    is_plain = re.fullmatch(r"[\w.]+", name) and name.lower() not in _OPERATORS
    return name if is_plain else _in_quotes(name)


_OPERATORS = ("and", "or", "not")


def below_query(address: str) -> str:
    """Writes the query for what was called in one call, however deep."""
    return f"below:{_in_quotes(address)}"


def _in_quotes(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Parser:
    """Reads one query from left to right."""

    def __init__(self, text: str):
        self._text = text
        self._position = len(text) - len(text.lstrip())
        self._start = 0

    def read_alternatives(self) -> list[Conjunction]:
        alternatives: list[Conjunction] = [()]
        while self._position < len(self._text):
            self._start = self._position
            if self._take(_OR):
                self._check_both_sides(alternatives[-1])
                alternatives.append(())
            elif self._take(_AND):
                self._check_both_sides(alternatives[-1])
            else:
                alternatives[-1] += (self._read_term(),)
        return alternatives

    def _check_both_sides(self, before: Conjunction) -> None:
        operator = self._text[self._start : self._position].strip()
        if not before or self._position == len(self._text):
            self._fail(
                f"A term is missing beside '{operator}', as in is:shared {operator} "
                f"class:Dense. To search for the text itself, quote it: "
                f"{_in_quotes(operator)}."
            )

    def _read_term(self) -> Term:
        is_negated = False
        while self._take(_NOT):
            is_negated = not is_negated
        if self._position == len(self._text):
            self._fail("A term must follow '-', as in -is:shared.")
        self._refuse_foreign()
        key = _KEY.match(self._text, self._position)
        if key:
            return self._read_keyed(key, is_negated)
        patterns = self._read_patterns()
        if _REVERSED.match(patterns[0].text if patterns else ""):
            self._fail(
                f"'{patterns[0].text}' begins with a number; the key comes first, "
                "as in size>10 size<100."
            )
        if not patterns:
            self._fail("A comma stands between alternatives, as in dense,conv.")
        is_path = any("/" in each.text and not each.is_quoted for each in patterns)
        return self._term("path" if is_path else "", patterns, is_negated)

    def _refuse_foreign(self) -> None:
        """Fails at a regular expression or brackets, which other languages have."""
        regex = _REGEX.match(self._text, self._position)
        if regex and _REGEX_ONLY.search(regex[0]):
            self._position = regex.end()
            self._fail(
                f"'{regex[0]}' looks like a regular expression, which queries do not "
                "support. Write block_* or **/dense_[0-3], or in Python: [call for "
                f'call in run.calls() if re.search(r"{regex[0][1:-1]}", call.address)].'
            )
        if self._text.startswith("(", self._position):
            self._position += 1
            self._fail(
                "Brackets do not group terms; a | b c finds a, and what is both b "
                "and c."
            )

    def _read_keyed(self, found: re.Match[str], is_negated: bool) -> Term:
        key, operator = found[1].lower(), found[2].lstrip(":") or ":"
        declared = first_column(key)
        if declared is None:
            self._fail_at_key(found[0])
        column = declared[1]
        self._position = found.end()
        if operator in ("!=", "≠"):
            is_negated, operator = not is_negated, "="
        if column.is_number:
            return self._term(key, self._read_comparison(column, operator), is_negated)
        if operator not in (":", "=", "=="):
            self._take(_BARE)
            self._fail(f"Write ':' after '{key}', as in {column.example}.")
        return self._term(key, self._read_value(column), is_negated)

    def _read_value(self, column: Column) -> Value:
        if column.kind == "shape":
            return self._read_shape()
        patterns = self._read_patterns()
        if not patterns:
            self._fail(f"'{column.key}:' needs a value, as in {column.example}.")
        if column.kind == "flags":
            return self._read_flags([pattern.text for pattern in patterns])
        return patterns

    def _term(self, key: str, value: Value, is_negated: bool) -> Term:
        end = self._position
        self._skip_spaces()
        return Term(key, value, is_negated, self._start, end)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._position)
        if found is None:
            return ""
        self._position = found.end()
        return found[0]

    def _skip_spaces(self) -> None:
        rest = self._text[self._position :]
        self._position = len(self._text) - len(rest.lstrip())

    def _fail(self, message: str) -> NoReturn:
        raise QueryError(message, self._text, self._start, self._position)

    def _fail_at_key(self, written: str) -> NoReturn:
        self._take(_BARE)
        token = self._text[self._start : self._position]
        self._fail(
            f"'{written.strip()}' is not known. There are {', '.join(KEYS)}. To "
            f"search for the text itself, quote it: {_in_quotes(token)}."
        )

    def _read_patterns(self) -> tuple[Pattern, ...]:
        """Reads alternatives: names, paths or texts in quotes with commas between."""
        patterns: list[Pattern] = []
        while True:
            if self._text.startswith('"', self._position):
                patterns.append(Pattern(self._read_quoted().lower(), is_quoted=True))
            elif text := self._take(_BARE):
                patterns.append(Pattern(text.lower()))
            if not self._take(_COMMA):
                return tuple(patterns)

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

    def _read_flags(self, flags: list[str]) -> tuple[str, ...]:
        for flag in flags:
            if flag not in FLAGS:
                self._fail(
                    f"'is:{flag}' is not known. There are is:{', is:'.join(FLAGS)}."
                )
        if len({FLAGS[flag] for flag in flags}) > 1:
            self._fail(
                f"'is:{','.join(flags)}' asks for a value or for a call; write "
                f"is:{' | is:'.join(flags)}."
            )
        return tuple(flags)

    def _read_shape(self) -> tuple[ShapePattern, ...]:
        start = self._position
        inner = _SHAPE.match(self._text, start)
        if inner:
            self._position = inner.end()
            axes = inner[1].split(",")
        else:
            axes = [pattern.text for pattern in self._read_patterns()]
        axes = [axis.strip() for axis in axes]
        if axes and axes[-1] == "":
            axes.pop()
        rest = self._take(_BARE)
        text = self._text[start : self._position].rstrip()
        if rest or not text or not all(_AXIS.fullmatch(axis) for axis in axes):
            self._fail(
                f"'shape:{text}' is not a shape. Give the lengths of its axes, as in "
                "shape:(*,64) or shape:(3,3,...)."
            )
        pattern = tuple(map(_read_axis, axes))
        if pattern.count(ANY_AXES) > 1:
            self._fail(f"'shape:{text}' has '...' more than once; once is allowed.")
        return (pattern,)

    def _read_comparison(self, column: Column, operator: str) -> Comparison:
        text = self._take(_BARE)
        found = _NUMBER.fullmatch(text)
        is_bytes = column.kind == "bytes"
        factors = _BYTE_FACTORS if is_bytes else _COUNT_FACTORS
        factor = factors.get(found[2].lower()) if found else None
        if found is None or factor is None:
            examples = "64, 10kB, 1.5MB, 2GiB" if is_bytes else "64, 10k, 1.5M"
            self._fail(
                f"'{column.key}{operator}{text}' has no number. Give one after "
                f"'{column.key}{operator}', such as {examples}."
            )
        number = decimal.Decimal(found[1].replace("_", "")) * factor
        return _compare(operator, number)


def _compare(operator: str, number: decimal.Decimal) -> Comparison:
    """Returns the integers that stand in this relation to `number`."""
    number = min(number, decimal.Decimal(_MAX_COUNT))
    low = int(number.to_integral_value(decimal.ROUND_FLOOR))
    high = int(number.to_integral_value(decimal.ROUND_CEILING))
    if operator == ">":
        return Comparison(low + 1, None)
    if operator in (">=", "≥"):
        return Comparison(high, None)
    if operator == "<":
        return Comparison(None, high - 1)
    if operator in ("<=", "≤"):
        return Comparison(None, low)
    return Comparison(high, low)


def _read_axis(text: str) -> int | None:
    if text in ("...", "…"):
        return ANY_AXES
    return None if text == "*" else int(text)
