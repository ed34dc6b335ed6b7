"""Regular expressions mean what Python's mean, and never take for ever."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from tests.counting import count_lines
from unflax_viz.search.regex import Regex, RegexError

PATTERNS = (
    "a",
    "ab|c",
    "^a",
    "a$",
    "^ab$",
    "a*b",
    "a+b?",
    "(ab)+",
    "(a|b)*c$",
    "^(a|b){2}$",
    "a{2,}",
    "a{1,2}b",
    "a{0}b",
    "[ab]c",
    "[^ab]c",
    "[a-b/]+$",
    "[\\w-]/",
    "[^\\W_]b",
    "\\w\\d|\\s",
    "a.c",
    "a\\.c|\\/b",
    "(?:a(b|c))?/b",
    "^$|^a?$",
    "(a*)*b",
    "(a|)+c",
    "a*?b",
    "B[A-C]",
    "[-a]b",
    "[a-]b",
    "x|",
)


def matches(pattern: str, text: str) -> bool:
    regex = Regex(pattern)
    return regex.accepts(regex.advance(regex.start, text))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_where_pythons_does(pattern: str) -> None:
    for length in range(5):
        for letters in itertools.product("abc/", repeat=length):
            text = "".join(letters)
            expected = re.search(pattern, text, re.IGNORECASE) is not None
            assert matches(pattern, text) == expected, text


@pytest.mark.parametrize("text", ["", "A1", "a.c", "b_b", " ", "\t", "-/", "é", "AbC"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_other_letters_match_as_in_ascii(pattern: str, text: str) -> None:
    expected = re.search(pattern, text, re.IGNORECASE | re.ASCII) is not None
    assert matches(pattern, text) == expected


def test_a_text_may_be_read_in_pieces() -> None:
    regex = Regex("b/d$")
    state = regex.start
    for piece in ("a/b", "/", "d"):
        state = regex.advance(state, piece)
    assert regex.accepts(state)
    assert not regex.accepts(regex.advance(regex.start, "a/b"))


@pytest.mark.parametrize(
    "pattern", ["(a*)*b$", "(a|a)*$b", "(a|aa)+$b", ".*.*.*.*.*x", "(.*a){20}$b"]
)
def test_work_of_a_pattern_grows_no_faster_than_the_text(pattern: str) -> None:
    n_short, is_found = count_lines(lambda: matches(pattern, "a" * 1_000))
    assert not is_found
    n_long, _ = count_lines(lambda: matches(pattern, "a" * 4_000))
    assert n_long < 5 * n_short


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", "has a '(' without its ')'"),
        ("a)", "has a ')' without its '('"),
        ("[a", "has a '[' without its ']'"),
        ("[z-a]", "has a range of letters that goes backwards"),
        ("[\\d-a]", None),
        ("[a-\\d]", "has a range of letters that goes backwards"),
        ("*a", "repeats nothing with '*'"),
        ("a**", "repeats nothing with '*'"),
        ("a{", "repeats nothing with '{'"),
        ("a{3,1}", "has the impossible count {3,1}"),
        ("a\\", "ends too early"),
        ("\\b", "has '\\b', which is not known here"),
        ("(a)\\1", "has '\\1', which is not known here"),
        (
            "(?=a)",
            "has a group that begins with '(?'; look-around, flags and names of groups "
            "are not known here",
        ),
        ("a" * 201, "is longer than 200 letters"),
        ("(" * 21 + ")" * 21, "has too many groups in one another"),
        ("(a{99}){99}", "is too large"),
        ("((a{0}){99}){99}", "is too large"),
    ],
)
def test_what_is_wrong_is_said(pattern: str, message: str | None) -> None:
    if message is None:
        Regex(pattern)
        return
    with pytest.raises(RegexError) as caught:
        Regex(pattern)
    assert str(caught.value) == message


def test_too_many_ways_end_the_search() -> None:
    regex = Regex("(a|b)*a(a|b){15}$")
    dice = random.Random(0)
    text = "".join(dice.choice("ab") for _ in range(60_000))
    with pytest.raises(RegexError, match="has too many ways to match"):
        regex.advance(regex.start, text)
