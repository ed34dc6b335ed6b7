"""Writes globs as regular expressions that take time in proportion to the text.

What stands between two wildcards is looked for from left to right and kept where it is
found first: an atomic group never tries again, and a glob need not.
"""

from __future__ import annotations

import itertools
import re

_WILDCARD = re.compile(r"\*+|\?|\[(!?)(\]?[^\]]*)\]")


def regex_of_name(glob: str) -> str:
    """Writes a glob for one name: `*` any characters, `?` one, `[ab]`, `[!ab]`."""
    chunks, position = [""], 0
    for found in _WILDCARD.finditer(glob):
        chunks[-1] += re.escape(glob[position : found.start()])
        position = found.end()
        if found[0].startswith("*"):
            chunks.append("")
        else:
            chunks[-1] += _regex_of_character(found)
    chunks[-1] += re.escape(glob[position:])
    first, *middle = chunks[:-1] or chunks
    last = f"[^/]*{chunks[-1]}" if chunks[1:] else ""
    return "".join([first, *(f"(?>[^/]*?{chunk})" for chunk in middle), last])


def regex_of_path(glob: str) -> str:
    """Writes a glob for a path such as `/encoder/dense_0`; `**` is any number of names.

    Args:
      glob: Globs for names, joined by "/".
    """
    runs: list[str] = []
    groups = itertools.groupby(glob.split("/"), lambda name: name == "**")
    for is_any, names in groups:
        run = "".join(f"/{regex_of_name(name)}" for name in names)
        # A run of names is followed by the end or by any names, and the other way.
        runs += [""] * ((len(runs) % 2 == 1) != is_any)
        runs.append("" if is_any else run)
    first, *others = runs[::2]
    if len(runs) % 2 == 0:
        others.append("")
    if not others:
        return first
    *middle, last = others
    found = (f"(?>(?:/[^/]*)*?{run}(?=/|$))" for run in middle)
    return "".join([first, *found, f"(?:/.*)?{last}"])


def _regex_of_character(found: re.Match[str]) -> str:
    if found[0] == "?":
        return "[^/]"
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", found[2])
    characters = f"(?!/)[{'^' if found[1] else ''}{inside}]"
    try:
        re.compile(characters)
    except re.error:
        return "(?!)"  # Nothing is between z and a.
    return characters
