"""Makes a case that shows a problem smaller, as long as it still shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from tests.fuzz.checks import Verdict, check
from tests.fuzz.specs import Case, Spec

MAX_TRIES = 60


def shrink(
    case: Case, verdict: Verdict, judge: Callable[[Case], Verdict] = check
) -> tuple[Case, Verdict]:
    """Returns a smaller case with a first problem of the same kind.

    Args:
      case: A case with a problem.
      verdict: What `judge` says of it.
      judge: Runs a case and compares.
    """
    n_tries = 0
    is_smaller = True
    while is_smaller and n_tries < MAX_TRIES:
        is_smaller = False
        for smaller in _smaller_cases(case):
            n_tries += 1
            found = judge(smaller)
            if _kind(found) == _kind(verdict):
                case, verdict, is_smaller = smaller, found, True
                break
    return case, verdict


def _kind(verdict: Verdict) -> str:
    """Returns the words of the first problem that do not depend on the nest."""
    if not verdict.problems:
        return ""
    words = verdict.problems[0].split()
    return " ".join(word for word in words if word.isalpha())


def _smaller_cases(case: Case) -> Iterator[Case]:
    for nest in _smaller_nests(case.nest):
        yield dataclasses.replace(case, nest=nest)
    for field in dataclasses.fields(case):
        if field.default is not dataclasses.MISSING and field.name != "streams":
            simpler = dataclasses.replace(case, **{field.name: field.default})
            if simpler != case and (simpler.entry == "bound" or simpler.n_runs == 1):
                yield simpler


def _smaller_nests(spec: Spec) -> Iterator[Spec]:
    """Yields what is left if one module is replaced by a child, or left out."""
    yield from spec.children
    for index, child in enumerate(spec.children):
        others = spec.children[:index], spec.children[index + 1 :]
        if spec.kind in ("compact", "setup") and len(spec.children) > 1:
            yield dataclasses.replace(spec, children=(*others[0], *others[1]))
        for smaller in _smaller_nests(child):
            children = (*others[0], smaller, *others[1])
            yield dataclasses.replace(spec, children=children)
