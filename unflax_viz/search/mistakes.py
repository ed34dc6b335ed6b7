"""What looks like an operator in a query and is none, and how is it written instead?

Without this a word such as `dense|conv` would be searched as it stands, and would
quietly find nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from unflax_viz.search.terms import KEYS, NUMBER_KEYS

_LOGIC = ("and", "or", "not")
_LEADING = re.compile(r"==|!=|<>|>=|<=|=>|[=:≠≥≤]|[<>](?=[0-9]|$)")
_COMPARED = re.compile(r"([A-Za-z_]+)(!=|~=|[!~≠≥≤])(.*)", re.DOTALL)
_TURNED = re.compile(r"[0-9][0-9.]*[A-Za-z]{0,3}[<>=]")
_LEFT_OUT = re.compile(r"[!-]|~(?=\w)")
_WRITTEN = {"==": "=", ":": "=", "~": "=", "~=": "=", "=>": ">=", "≥": ">=", "≤": "<="}
_UNEQUAL = ("!=", "!", "<>", "≠")


class Around(NamedTuple):
    """The words of a query around the term that is read.

    Attributes:
      before: Those before it.
      after: Those after it.
    """

    before: list[str]
    after: list[str]


def correct_word(prefix: str, word: str, around: Around) -> str:
    """Returns what to write instead of a word; "" where it is an ordinary word.

    Args:
      prefix: "-" where the term is left out, else "".
      word: The word, not in quotes.
      around: What stands around both.
    """
    is_between = bool(around.after and (around.before or word.lower() == "not"))
    if word.lower() in _LOGIC and (word.isupper() or is_between):
        return (
            "all terms must hold, '-' leaves one out, and a comma stands between "
            "alternatives: class:Dense,Conv"
        )
    if compared := _COMPARED.fullmatch(word):
        name, sign, value = compared.groups()
        if name.lower() in KEYS or sign not in ("!", "~"):
            return f"such a term looks like {_comparison(prefix, name, sign, value)}"
    if leading := _LEADING.match(word):
        name = "".join(around.before[-1:])
        value = word[leading.end() :] or "".join(around.after[:1])
        written = _comparison("", name, leading[0], value)
        return f"such a term looks like {written}, without spaces"
    if _TURNED.match(word):
        return "what is compared stands in front: size>1M"
    if word.startswith("("):
        return (
            "terms have no parentheses around them, and a comma stands between "
            "alternatives: class:Dense,Conv"
        )
    return correct_value(prefix, word, around)


def correct_value(prefix: str, value: str, around: Around) -> str:
    """Returns what to write instead of a word, or of what stands after `class:`.

    Args:
      prefix: What belongs to the term and stands in front: "-", "class:", both or "".
      value: What stands after it, not in quotes.
      around: What stands around both.
    """
    if left_out := _LEFT_OUT.match(value):
        rest = value[left_out.end() :].lstrip("!-")
        is_whole = bool(rest) and '"' not in rest
        written = f"{prefix.removeprefix('-')}{rest}" if is_whole else "is:shared"
        return f"'-' leaves out a term: -{written}"
    if "|" in value:
        written = _alternatives(prefix, value, "|", around)
        return f"a comma stands between alternatives: {written}"
    if "&" in value or value == "+":
        own = [f"{prefix}{part}" for part in re.split("[&+]+", value) if part]
        terms = _with_neighbours(value, "&+", own, around)
        is_whole = len(terms) > 1 and '"' not in "".join(terms)
        written = " ".join(terms) if is_whole else "class:Dense is:shared"
        return f"all terms must hold: {written}"
    if value.startswith(",") or (value.endswith(",") and around.after):
        written = _alternatives(prefix, value, ",", around)
        return f"a comma stands between alternatives, without spaces: {written}"
    return ""


def _comparison(prefix: str, name: str, sign: str, value: str) -> str:
    """Writes a comparison as it can be read, or an example of one."""
    key, is_unequal = name.lower(), sign in _UNEQUAL
    if key not in KEYS or not value:
        return "-size=12" if is_unequal else "size>=12"
    # What is left out and unequal is equal.
    minus = "-" if is_unequal != bool(prefix) else ""
    if key not in NUMBER_KEYS:
        return f"{minus}{key}:{value}"
    return f"{minus}{key}{'=' if is_unequal else _WRITTEN.get(sign, sign)}{value}"


def _alternatives(prefix: str, value: str, sign: str, around: Around) -> str:
    """Writes words as alternatives, or an example where they are no mere words."""
    own = [part for part in value.split(sign) if part]
    words = _with_neighbours(value, sign, own, around)
    is_plain = not re.search(r'[:<>=",|&]', "".join(words))
    are_alike = len(words) > 1 and len({"/" in word for word in words}) == 1
    if not is_plain or not are_alike:
        return "class:Dense,Conv"
    return f"{prefix}{','.join(words)}"


def _with_neighbours(
    value: str, signs: str, parts: list[str], around: Around
) -> list[str]:
    """Adds the words around, where a sign joins them to a value."""
    before = around.before[-1:] if value[0] in signs else []
    after = around.after[:1] if value[-1] in signs else []
    return [*before, *parts, *after]
