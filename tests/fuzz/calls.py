"""Which calls does the module of a spec make, in which order? Read from the spec."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from tests.fuzz.nests import Path, class_of, runs_once_to_make
from tests.fuzz.specs import LIFTS, Case, Spec

Loops = tuple[str, ...]
"""The loops and branches around a call, outermost first, as `Transform` writes them."""
CallName = tuple[Path, str, str, Loops]
"""Path of the module, its method, its class, and the loops around it."""

_FUNCTIONS = {
    "while_loop": "step",
    "custom_vjp": "shared_forward_fn",
    "vjp": "_call",
}
_INNER = {"linear": "Dense", "dropout": "TellingDropout", "norm": "BatchNorm"}


def calls_of_case(case: Case) -> list[CallName]:
    """Returns the calls of one run of a case, in the order in which they begin."""
    calls: list[CallName] = [((), "__call__", "Root", ())]
    if case.method == "again":
        calls.insert(0, ((), "again", "Root", ()))
    inside = Inside((), case.mutable is True, case.is_jit_disabled)
    return [*calls, *calls_of(case.nest, inside)]


def paths_not_run(case: Case) -> set[Path]:
    """Returns the paths of branches whose Python `jax.disable_jit()` leaves out."""
    if not case.is_jit_disabled:
        return set()
    runs_all = dataclasses.replace(case, is_jit_disabled=False)
    run = {name[0] for name in calls_of_case(case)}
    return {name[0] for name in calls_of_case(runs_all)} - run


def has_loop_in_transform(case: Case) -> bool:
    """Tells whether a loop is traced, so that nobody knows how often it runs."""
    return not case.is_jit_disabled and _has_loop(case.nest, case.is_traced)


def _has_loop(spec: Spec, is_inside: bool) -> bool:
    if spec.kind == "while_loop" and is_inside:
        return True
    is_inside = is_inside or spec.kind in LIFTS
    return any(_has_loop(child, is_inside) for child in spec.children)


@dataclasses.dataclass(frozen=True)
class Inside:
    """What is so where a module is called.

    Attributes:
      path: The path of the module around it.
      makes_params: Whether parameters can be made there: then loops and branches
        are run as plain calls.
      is_jit_disabled: Whether only the branch that is taken is run.
      loops: The loops and branches around it.
    """

    path: Path
    makes_params: bool
    is_jit_disabled: bool
    loops: Loops = ()

    def below(self, *names: str) -> Inside:
        return dataclasses.replace(self, path=(*self.path, *names))

    def looped(self, loop: str) -> Inside:
        return dataclasses.replace(self, loops=(*self.loops, loop))

    def call(self, method: str, class_name: str) -> CallName:
        return self.path, method, class_name, self.loops


def calls_of(
    spec: Spec, around: Inside, method: str = "__call__"
) -> Iterator[CallName]:
    """Yields the calls of a module, called by `method`, and of all below it."""
    inside, class_name = around.below(spec.name), class_of(spec).__name__
    if method == "again":
        yield inside.call("again", class_name)
    yield inside.call("__call__", class_name)
    if spec.kind in _INNER:
        yield inside.below("inner").call("__call__", _INNER[spec.kind])
    elif spec.kind in LIFTS:
        yield from _calls_lifted(spec, inside)
    else:
        yield from _calls_in_group(spec, inside)


def _calls_in_group(spec: Spec, inside: Inside) -> Iterator[CallName]:
    if spec.kind == "twice":
        yield from calls_of(spec.children[0], inside)
        yield from calls_of(spec.children[0], inside, "again")
    elif spec.kind == "lent":
        for name in ("one", "two"):
            yield inside.below(name).call("__call__", "Borrower")
            yield from calls_of(spec.children[0], inside)
    elif spec.kind in ("packed", "odd"):
        inside = inside.below({"packed": "opener", "odd": "receiver"}[spec.kind])
        yield inside.call("__call__", inside.path[-1].capitalize())
        yield from calls_of(spec.children[0], inside)
    else:
        for child in spec.children:
            yield from calls_of(child, inside)


def _calls_lifted(spec: Spec, inside: Inside) -> Iterator[CallName]:
    if spec.kind in ("cond", "switch"):
        yield from _calls_of_branches(spec, inside.below("branches"))
        return
    if spec.kind == "rnn":
        yield inside.below("rnn").call("__call__", "RNN")
        inside = inside.below("cell").looped(f"scan x{spec['n_times']}")
        yield inside.call("scan_fn", "Cell")
        yield inside.call("__call__", "Cell")
        yield from calls_of(spec.children[0], inside)
        return
    (child,) = spec.children
    if inside.makes_params and runs_once_to_make(spec):
        yield from calls_of(child, inside)
        return
    yield from _calls_of_functions(spec, inside)
    if spec.get("n_times"):
        inside = inside.looped(f"{spec.kind} x{spec['n_times']}")
    is_method = spec.get("form") == "method"
    yield from calls_of(child, inside, "again" if is_method else "__call__")


def _calls_of_functions(spec: Spec, inside: Inside) -> Iterator[CallName]:
    """Yields a function that is transformed: it counts as a method of its module."""
    (child,) = spec.children
    of_child, class_name = inside.below(child.name), class_of(child).__name__
    if spec.kind == "while_loop":
        condition = of_child.looped(f"while_loop condition x{spec['n_times'] + 1}")
        yield condition.call("is_before_end", class_name)
    if spec.get("n_times"):
        of_child = of_child.looped(f"{spec.kind} x{spec['n_times']}")
    name = "call" if spec.get("form") == "function" else _FUNCTIONS.get(spec.kind)
    if name:
        yield of_child.call(name, class_name)


def _calls_of_branches(spec: Spec, inside: Inside) -> Iterator[CallName]:
    if inside.makes_params:
        yield inside.call("__call__", "Setup")
    for index, child in enumerate(spec.children):
        branch = inside
        if not inside.makes_params:
            if inside.is_jit_disabled and index != spec["taken"]:
                continue
            branch = inside.looped(f"{spec.kind} branch {index}")
            yield branch.call("branch", "Setup")
        yield from calls_of(child, branch)
