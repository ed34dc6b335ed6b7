"""A nest of modules and transforms as plain data, drawn from a seed."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator
from typing import Any

from tests.fuzz.arguments import ODD, PACKS

LEAVES = (
    *("noise",) * 6,
    *("dropout", "dropout", "dense", "dense", "boxed", "linear"),
    *("norm", "count", "average", "constant", "sow"),
)
GROUPS = ("compact", "setup", "twice", "lent", "packed", "odd")
LIFTS = (
    *("scan", "scan", "vmap", "vmap", "while_loop", "while_loop"),
    *("remat", "jit", "map_variables", "cond", "switch", "rnn", "custom_vjp", "vjp"),
)
FUNCTIONS_ONLY = frozenset({"cond", "switch", "while_loop", "rnn", "custom_vjp", "vjp"})
"""Lifted transforms that take a function, never a class."""
REPEATING = frozenset({"scan", "vmap", "while_loop", "rnn"})
STREAMS = ("a", "b", "dropout")
IMPLS = ("threefry2x32", "raw", "rbg", "unsafe_rbg")
MUTABLE: tuple[Any, ...] = (
    False,
    ("state", "stats", "batch_stats"),
    ("state", "intermediates"),
    ("stats", "batch_stats", "intermediates"),
    True,
)


@dataclasses.dataclass(frozen=True)
class Spec:
    """A module to build; hashable, since `nn.jit` hashes the fields of modules.

    Attributes:
      kind: One of `LEAVES`, `GROUPS` or `LIFTS`.
      name: The name of the module, unlike all others in the nest.
      children: What it is made of.
      options: What else is to be known, as pairs.
    """

    kind: str
    name: str
    children: tuple[Spec, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def __getitem__(self, option: str) -> Any:
        return dict(self.options)[option]

    def get(self, option: str, default: Any = None) -> Any:
        """Returns an option, or a default where it is not given."""
        return dict(self.options).get(option, default)

    def walk(self) -> Iterator[Spec]:
        """Yields itself and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclasses.dataclass(frozen=True)
class Case:
    """One model and how it is run.

    Attributes:
      seed: What it was drawn from.
      nest: The model below its root.
      entry: `apply`; `empty`, an `apply` that creates all variables; `init`; or
        `bound`, calls of a bound module.
      n_runs: How many calls of the bound module; 1 for others.
      method: The method that is run.
      impl: The implementation of the keys; `raw` for uint32 keys in the old style.
      streams: The streams that are given.
      shared: Those of them that get the same key.
      copies_keys: Whether they get it as objects of their own, not as the very same.
      is_single_key: Whether `rngs` is one key, which serves all streams.
      mutable: As `apply` takes it.
      is_jit_disabled: Whether all runs are under `jax.disable_jit()`.
      pack: In what the argument and the result are packed; see `arguments.PACKS`.
      odd: What is given and returned beside them; see `arguments.ODD`.
      uses_recording: Whether it is recorded by `recording` instead of `capture`.
      is_jitted: Whether it is run inside `jax.jit`, closing over keys and variables.
    """

    seed: int
    nest: Spec
    entry: str = "apply"
    n_runs: int = 1
    method: str = "__call__"
    impl: str = "threefry2x32"
    streams: tuple[str, ...] = ("params", *STREAMS)
    shared: tuple[str, ...] = ()
    copies_keys: bool = False
    is_single_key: bool = False
    mutable: Any = False
    is_jit_disabled: bool = False
    pack: str = ""
    odd: str = ""
    uses_recording: bool = False
    is_jitted: bool = False

    @property
    def is_traced(self) -> bool:
        """Whether the record can hold shapes only in place of what was computed."""
        return self.is_jitted and not self.is_jit_disabled


def draw_case(seed: int) -> Case:
    """Draws the case of a seed, always the same."""
    dice = random.Random(seed)
    entry = dice.choice(["apply"] * 5 + ["empty", "init", "init", "bound", "bound"])
    given = tuple(stream for stream in STREAMS if dice.random() < 0.8)
    is_single_key = entry != "bound" and dice.random() < 0.1
    streams = ("params",) if is_single_key else ("params", *given)
    n_shared = dice.choice([0, 0, 2, 2, len(streams)])
    mutable = True if entry == "empty" else dice.choice(MUTABLE)
    is_jitted = entry == "apply" and dice.random() < 0.15
    return Case(
        seed=seed,
        nest=_Drawing(dice).nest(dice.choice([1, 2, 2, 3])),
        entry=entry,
        n_runs=dice.choice([1, 2, 3]) if entry == "bound" else 1,
        method="again" if entry != "init" and dice.random() < 0.2 else "__call__",
        impl=dice.choices(IMPLS, [4, 3, 1, 2])[0],
        streams=streams,
        shared=tuple(dice.sample(streams, min(n_shared, len(streams)))),
        copies_keys=dice.random() < 0.2,
        is_single_key=is_single_key,
        mutable=True if entry == "init" else mutable,
        is_jit_disabled=dice.random() < 0.25,
        pack=dice.choice(list(PACKS)) if dice.random() < 0.25 else "",
        odd=dice.choice(list(ODD)) if dice.random() < 0.15 else "",
        uses_recording=is_jitted or entry in ("init", "bound") or dice.random() < 0.4,
        is_jitted=is_jitted,
    )


class _Drawing:
    """Draws the modules of one nest."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._numbers = itertools.count()

    def nest(self, depth: int, can_sow: bool = True) -> Spec:
        """Draws a module with at most so many levels of modules below it."""
        dice = self._dice
        if depth == 0:
            return self._leaf(can_sow)
        if dice.random() < 0.35:
            return self._group(dice.choice(GROUPS), depth, can_sow)
        return self._lift(dice.choice(LIFTS), depth, can_sow)

    def _name(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers)}"

    def _leaf(self, can_sow: bool) -> Spec:
        kind = self._dice.choice(LEAVES if can_sow else LEAVES[:-1])
        name = self._name(kind)
        if kind not in ("noise", "dropout"):
            return Spec(kind, name)
        n_draws = self._dice.choice([1, 2]) if kind == "noise" else 1
        streams = tuple(self._dice.choices((*STREAMS, "params"), k=n_draws))
        return Spec(kind, name, (), (("streams", streams),))

    def _group(self, kind: str, depth: int, can_sow: bool) -> Spec:
        dice, name = self._dice, self._name(kind)
        n_children = dice.choice([2, 2, 3]) if kind in ("compact", "setup") else 1
        children = tuple(
            self.nest(depth - 1 if not index else dice.randrange(depth), can_sow)
            for index in range(n_children)
        )
        options: dict[str, Any] = {}
        if kind == "packed":
            options["pack"] = dice.choice(list(PACKS))
        if kind == "lent":
            options["lift"] = dice.choice(["", "remat", "jit"])
        if kind == "odd":
            options["odd"] = dice.choice(list(ODD))
        return Spec(kind, name, children, tuple(options.items()))

    def _lift(self, kind: str, depth: int, can_sow: bool) -> Spec:
        dice, name = self._dice, self._name(kind)
        can_sow = can_sow and kind not in ("cond", "switch", "while_loop", "rnn")
        n_children = {"cond": 2, "switch": 3}.get(kind, 1)
        children = tuple(
            self.nest(depth - 1 if not index else dice.randrange(depth), can_sow)
            for index in range(n_children)
        )
        options: dict[str, Any] = {}
        if kind in REPEATING:
            options["n_times"] = dice.choice([2, 3])
            if kind == "scan":
                options["carries_state"] = dice.random() < 0.2
            may_own = kind in ("scan", "vmap") and not options.get("carries_state")
            options["has_own_params"] = may_own and dice.random() < 0.7
            options["split"] = tuple(self._split(options["has_own_params"]))
        if kind not in FUNCTIONS_ONLY:
            options["form"] = dice.choice(["class", "class", "method", "function"])
        if kind in ("remat", "jit", "scan") and dice.random() < 0.25:
            options |= {"form": "function", "pack": dice.choice(list(PACKS))}
        if kind == "vmap":
            options["maps_input"] = dice.random() < 0.5
        if kind == "scan":
            options["is_probed"] = not options["has_own_params"] or dice.random() < 0.6
        if kind in ("cond", "switch"):
            options["taken"] = dice.randrange(n_children)
        return Spec(kind, name, children, tuple(options.items()))

    def _split(self, has_own_params: bool) -> Iterator[tuple[str, bool]]:
        """Draws which streams are split, shared or kept out of a transform."""
        yield "params", has_own_params and self._dice.random() < 0.8
        for stream in STREAMS:
            if self._dice.random() < 0.85:
                yield stream, self._dice.random() < 0.5


def describe(case: Case) -> str:
    """Writes a case for a reader, with the way to run it again."""
    fields = {
        field.name: getattr(case, field.name)
        for field in dataclasses.fields(case)
        if field.name not in ("seed", "nest")
        and getattr(case, field.name) != field.default
    }
    lines = [f"seed {case.seed}: python -m tests.fuzz --first-seed {case.seed} --n 1"]
    lines += [f"  {name} = {value!r}" for name, value in fields.items()]
    lines += _lines_of(case.nest, "  ")
    return "\n".join(lines)


def _lines_of(spec: Spec, indent: str) -> Iterator[str]:
    options = " ".join(f"{name}={value!r}" for name, value in spec.options)
    yield f"{indent}{spec.name} {options}".rstrip()
    for child in spec.children:
        yield from _lines_of(child, indent + "  ")
