"""Which calls does the module of a spec make, in which order? Read from the spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fuzz.nests import Path, class_of, runs_once_to_make
from tests.fuzz.specs import Case, Spec

CallName = tuple[Path, str, str]
"""Path of the module, its method, and its class."""

_FUNCTIONS = {
    "while_loop": ("is_before_end", "step"),
    "rnn": ("scan_fn",),
    "custom_vjp": ("shared_forward_fn",),
    "vjp": ("_call",),
}
"""A function that is transformed counts as a method of the module that it is given."""
_INNER = {"linear": "Dense", "dropout": "TellingDropout", "norm": "BatchNorm"}


def calls_of_case(case: Case) -> list[CallName]:
    """Returns the calls of one run of a case, in the order in which they begin."""
    makes_params = case.mutable is True
    calls: list[CallName] = [((), "__call__", "Root")]
    if case.method == "again":
        calls.insert(0, ((), "again", "Root"))
    return [*calls, *calls_of(case.nest, (), makes_params)]


def calls_of(
    spec: Spec, around: Path, makes_params: bool, method: str = "__call__"
) -> Iterator[CallName]:
    """Yields the calls of a module and all below it.

    Args:
      spec: The module.
      around: The path of the module around it.
      makes_params: Whether parameters can be made there: then loops and branches
        are run as plain calls.
      method: The method by which it is called.
    """
    path = (*around, spec.name)
    class_name = class_of(spec).__name__
    if method == "again":
        yield path, "again", class_name
    yield path, "__call__", class_name
    if spec.kind in _INNER:
        yield (*path, "inner"), "__call__", _INNER[spec.kind]
    elif spec.children and spec.kind in ("compact", "setup"):
        for child in spec.children:
            yield from calls_of(child, path, makes_params)
    elif spec.children:
        yield from _calls_below(spec, path, makes_params)


def _calls_below(spec: Spec, path: Path, makes_params: bool) -> Iterator[CallName]:
    first = spec.children[0]
    below: Any = {"makes_params": makes_params and not _is_closed(spec)}
    if spec.kind == "twice":
        yield from calls_of(first, path, **below)
        yield from calls_of(first, path, **below, method="again")
    elif spec.kind == "lent":
        for name in ("one", "two"):
            yield (*path, name), "__call__", "Borrower"
            yield from calls_of(first, path, **below)
    elif spec.kind in ("packed", "odd"):
        name = {"packed": "opener", "odd": "receiver"}[spec.kind]
        yield (*path, name), "__call__", name.capitalize()
        yield from calls_of(first, (*path, name), **below)
    elif spec.kind in ("cond", "switch"):
        yield from _calls_of_branches(spec, path, **below)
    else:
        yield from _calls_of_body(spec, path, **below)


def _calls_of_branches(spec: Spec, path: Path, makes_params: bool) -> Iterator[CallName]:
    path = (*path, "branches")
    if makes_params:
        yield path, "__call__", "Setup"
    for child in spec.children:
        if not makes_params:
            yield path, "branch", "Setup"
        yield from calls_of(child, path, makes_params)


def _calls_of_body(spec: Spec, path: Path, makes_params: bool) -> Iterator[CallName]:
    first = spec.children[0]
    is_rnn = spec.kind == "rnn"
    if is_rnn:
        yield (*path, "rnn"), "__call__", "RNN"
    lifted = (*path, "cell" if is_rnn else first.name)
    class_name = "Cell" if is_rnn else class_of(first).__name__
    if not (makes_params and runs_once_to_make(spec)):
        names = ("call",) if spec.get("form") == "function" else ()
        for name in _FUNCTIONS.get(spec.kind, names):
            yield lifted, name, class_name
    if is_rnn:
        yield lifted, "__call__", class_name
    method = "again" if spec.get("form") == "method" else "__call__"
    for child in spec.children:
        yield from calls_of(child, lifted if is_rnn else path, makes_params, method)


def _is_closed(spec: Spec) -> bool:
    """Tells whether a transform lets its body make no parameters when it runs."""
    is_shared = spec.kind in ("scan", "rnn") and not spec["has_own_params"]
    return (is_shared and not runs_once_to_make(spec)) or spec.kind == "map_variables"
