"""What of a recording is not as Flax had it?"""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from tests.fuzz.calls import (
    CallName,
    Loops,
    calls_of_case,
    has_loop_in_transform,
    paths_not_run,
)
from tests.fuzz.runs import (
    bare,
    capture_abstractly,
    inputs_of,
    keys_of,
    look_of_flax,
    mode_of,
    record,
    run_plainly,
    variables_of,
)
from tests.fuzz.specs import Case
from tests.fuzz.told import Place, Told, by_place, data_of, words_of
from unflax_viz.record.calls import (
    ArgsAndKwargs,
    InterceptedFlaxModuleMethod,
    NotCaptured,
)
from unflax_viz.record.effects import RngDraw
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import constants_of, parameters_of, rngs_of, states_of

Path = tuple[str, ...]

CONDITION = "is_before_end"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came out of a case.

    Attributes:
      problems: What is wrong, a sentence each.
      refusal: What plain Flax itself raised; the model is no good then.
      n_keys: How many draws were compared, word by word.
      n_missing_keys: How many draws had a reason in place of a key.
    """

    problems: tuple[str, ...] = ()
    refusal: str = ""
    n_keys: int = 0
    n_missing_keys: int = 0


def check(case: Case) -> Verdict:
    """Runs a case plainly and recorded, and compares."""
    before = look_of_flax()
    with mode_of(case), warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = _check(case)
    changed = {place for place, seen in look_of_flax().items() if seen != before[place]}
    if not changed:
        return verdict
    problem = f"Flax is not as it was: {sorted(changed)}"
    return dataclasses.replace(verdict, problems=(*verdict.problems, problem))


def _check(case: Case) -> Verdict:
    try:
        variables = variables_of(case)
        plain = run_plainly(case, variables)
    except Exception as error:
        return Verdict(refusal=_words(error))
    try:
        returned, runs = record(case, variables)
    except Exception as error:
        return Verdict((f"the recording raised {_words(error)}",))
    if len(runs) != len(plain):
        return Verdict((f"{len(runs)} runs are recorded, not {len(plain)}",))
    comparison = Comparison(case, variables)
    for number, run in enumerate(runs):
        comparison.compare(number, plain[number], returned[number], run)
    can_compare = case.entry in ("apply", "empty") and not case.is_traced
    if can_compare and not _runs_by_value(case):
        comparison.compare_abstract(runs[0])
    return Verdict(
        tuple(comparison.problems),
        "",
        comparison.n_keys,
        comparison.n_missing_keys,
    )


def _runs_by_value(case: Case) -> bool:
    """Tells whether Python decides by values: an abstract run is another one then."""
    kinds = {spec.kind for spec in case.nest.walk()}
    return case.is_jit_disabled and bool(kinds & {"cond", "switch", "while_loop"})


def _words(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text[:300]}"


class Comparison:
    """Gathers what is wrong with the records of one case."""

    def __init__(self, case: Case, variables: Any) -> None:
        self.problems: list[str] = []
        self.n_keys = 0
        self.n_missing_keys = 0
        self._case = case
        self._variables = variables

    def compare(self, number: int, plain: Any, returned: Any, run: FlaxRun) -> None:
        """Compares one run with what plain Flax returned for it."""
        label = f"run {number + 1}: " if number else ""
        for problem in self._problems_of(plain, returned, run):
            self.problems.append(label + problem)

    def _problems_of(self, plain: Any, returned: Any, run: FlaxRun) -> Iterator[str]:
        case = self._case
        y, told, state = bare(case, plain)
        if not _is_same(bare(case, returned), (y, told, state)):
            yield "the recorded run returned other bits"
        if run.is_abstract != case.is_traced:
            yield f"is_abstract is {run.is_abstract}"
        if not case.is_traced:
            if not _is_same(bare(case, run.output), (y, told, state)):
                yield "run.output has other bits"
            yield from self._replay(run, (y, told, state))
        yield from self._calls(run)
        yield from self._draws(run, by_place(told))
        yield from self._first_draws(run, state)
        yield from self._parameters(run, state)
        yield from self._states(run, state)

    def _calls(self, run: FlaxRun) -> Iterator[str]:
        expected = calls_of_case(self._case)
        seen = [_name_of(call) for call in run.calls()]
        if self._case.is_jit_disabled:
            # A condition then runs before and after the body of its loop.
            expected = [name for name in expected if name[1] != CONDITION]
            seen = [name for name in seen if name[1] != CONDITION]
        if has_loop_in_transform(self._case):
            expected, seen = _without_turns(expected), _without_turns(seen)
        unseen = self._unseen_paths(run) - paths_not_run(self._case)
        if not unseen and seen != expected:
            yield f"the calls are {_difference(seen, expected)}"
        if unseen and not _is_part_of(seen, expected):
            yield f"the calls are not part of those made: {seen}, {expected}"

    def _unseen_paths(self, run: FlaxRun) -> set[Path]:
        """Returns where a body ran out of the cache of `nn.jit`, or was not run."""
        cached = {
            child.path
            for call in run.calls()
            for child in call.children
            if isinstance(child, NotCaptured)
        }
        return cached | paths_not_run(self._case)

    def _draws(self, run: FlaxRun, told: dict[Place, list[Told]]) -> Iterator[str]:
        recorded = _draws_of(run, "")
        unseen = self._unseen_paths(run)
        for place, truths in told.items():
            draws = recorded.pop(place, [])
            if len(draws) != len(truths):
                if not _is_below(place.path, unseen):
                    yield f"{place}: {len(draws)} draws, not {len(truths)}"
                continue
            for draw, truth in zip(draws, truths, strict=True):
                yield from self._draw(place, draw, truth)
        not_taken = {
            call.path
            for call in run.calls()
            if any(transform.branch is not None for transform in call.transforms)
        }
        for place in recorded:
            if place.path not in not_taken:
                yield f"{place}: drawn in the record alone"

    def _draw(self, place: Place, draw: RngDraw, truth: Told) -> Iterator[str]:
        if draw.counter not in truth.counters[truth.is_told]:
            counters = sorted(set(truth.counters[truth.is_told].tolist()))
            yield f"{place}: counter {draw.counter}, not {counters}"
        if draw.key is None:
            self.n_missing_keys += 1
            if not draw.missing_key_reason or not self._may_lack_keys():
                yield f"{place}: no key, since {draw.missing_key_reason!r}"
            return
        self.n_keys += 1
        base = keys_of(self._case)[place.served]
        if draw.key.dtype != base.dtype:
            yield f"{place}: a key of {draw.key.dtype}, not {base.dtype}"
            return
        words = np.asarray(words_of(draw.key))
        if words.shape != truth.words.shape:
            yield f"{place}: keys of shape {words.shape}, not {truth.words.shape}"
        elif not (words == truth.words)[truth.is_told].all():
            right, wrong = truth.words[..., 0].tolist(), words[..., 0].tolist()
            yield f"{place}: first words of the keys {wrong}, not {right}"

    def _may_lack_keys(self) -> bool:
        case = self._case
        has_reason = case.is_jit_disabled or case.impl == "unsafe_rbg"
        return has_reason or has_loop_in_transform(case)

    def _first_draws(self, run: FlaxRun, state: Any) -> Iterator[str]:
        """Checks the keys of parameters that the run made of their very keys."""
        if self._case.entry not in ("init", "empty"):
            return
        recorded = _draws_of(run, "init seed")
        for path, value in _leaves(state.get("params", {})):
            if path[-1] != "seed":
                continue
            for place, truths in by_place([value]).items():
                draws = recorded.get(place, [])
                if not draws and _is_below(place.path, self._unseen_paths(run)):
                    continue
                keys = [draw.key for draw in draws]
                if any(key is None for key in keys) and self._may_lack_keys():
                    self.n_missing_keys += 1
                    continue
                seen = {row for key in keys for row in _rows(words_of(key))}
                self.n_keys += 1
                if seen != {row for truth in truths for row in _rows(truth.words)}:
                    yield f"{place}: the keys of a first value are {sorted(seen)}"

    def _parameters(self, run: FlaxRun, state: Any) -> Iterator[str]:
        given = dict(_leaves(self._variables.get("params", {})))
        made = dict(_leaves((state or {}).get("params", {})))
        expected = given or made
        seen = {
            parameter.path: parameter
            for call in run.calls()
            for parameter in parameters_of(call).values()
        }
        unseen = self._unseen_paths(run)
        missing = {p for p in expected.keys() - seen.keys() if not _is_below(p, unseen)}
        if missing or seen.keys() - expected.keys():
            yield f"the parameters are {sorted(seen)}, not {sorted(expected)}"
            return
        for path, parameter in seen.items():
            if not _is_same(parameter.value, expected[path]):
                yield f"the parameter {path} has other bits"
            if parameter.was_created == bool(given):
                yield f"the parameter {path} has was_created={parameter.was_created}"

    def _states(self, run: FlaxRun, state: Any) -> Iterator[str]:
        if self._case.entry == "bound" or self._case.is_traced:
            return
        given = _by_collection(self._variables)
        after = _by_collection(state or {})
        written: set[Any] = set()
        for call in run.calls():
            for held in states_of(call).values():
                place = (held.collection, held.path)
                written |= {place} if held.was_written else set()
                if held.was_created == (place in given):
                    yield f"the state {place} has was_created={held.was_created}"
                if not _is_same(held.before, given.get(place)):
                    yield f"the state {place} was something else before"
                if not _is_same(held.after, after.get(place)):
                    yield f"the state {place} is something else after"
            for (collection, name), value in constants_of(call).items():
                if not _is_same(value, given.get((collection, (*call.path, name)))):
                    yield f"the constant {collection} {call.path} {name} is another"
        changed = {
            place
            for place, value in after.items()
            if place[0] != "params" and not _is_same(value, given.get(place))
        }
        unseen = self._unseen_paths(run)
        missing = {p for p in changed - written if not _is_below(p[1], unseen)}
        if missing:
            yield f"the states {sorted(missing)} changed and are not said to be written"

    def _replay(self, run: FlaxRun, expected: Any) -> Iterator[str]:
        args, kwargs = inputs_of(self._case)
        try:
            replayed = run.replay(*args, **kwargs)
        except Exception as error:
            yield f"the replay raised {_words(error)}"
            return
        if not _is_same(bare(self._case, replayed), expected):
            yield "the replay returned other bits"

    def compare_abstract(self, run: FlaxRun) -> None:
        """Compares the abstract record with the one of a run that had values."""
        try:
            abstract = capture_abstractly(self._case, self._variables)
        except Exception as error:
            self.problems.append(f"capture_abstract raised {_words(error)}")
            return
        self.problems += [f"abstract: {it}" for it in self._abstract(run, abstract)]

    def _abstract(self, run: FlaxRun, abstract: FlaxRun) -> Iterator[str]:
        pairs = list(zip(abstract.calls(), run.calls(), strict=False))
        if len(abstract.calls()) != len(run.calls()):
            yield f"{len(abstract.calls())} calls, not {len(run.calls())}"
        for left, right in pairs:
            if left.address != right.address:
                yield f"the call {right.address} is called {left.address}"
                return
            for name in ("input_structure", "output_structure"):
                if not self._has_same_look(getattr(left, name), getattr(right, name)):
                    yield f"{right.address} has another {name}"
            yield from self._abstract_draws(left, right)

    def _has_same_look(self, left: Any, right: Any) -> bool:
        if self._case.odd or any(spec.kind == "odd" for spec in self._case.nest.walk()):
            return True
        return _words_of_structure(left) == _words_of_structure(right)

    def _abstract_draws(
        self, left: InterceptedFlaxModuleMethod, right: InterceptedFlaxModuleMethod
    ) -> Iterator[str]:
        abstract = [draw for rng in rngs_of(left) for draw in rng.draws]
        draws = [draw for rng in rngs_of(right) for draw in rng.draws]
        if len(abstract) != len(draws):
            yield f"{right.address} drew {len(abstract)} times, not {len(draws)}"
            return
        for a, b in zip(abstract, draws, strict=True):
            if a.key is None and not a.missing_key_reason:
                yield f"{right.address} lacks a key and does not say why"
            if a.key is None or b.key is None:
                continue
            if not _is_same(a.key, b.key):
                yield f"{right.address} drew another key from {b.stream!r}"


def _without_turns(names: list[CallName]) -> list[CallName]:
    """Leaves out how often loops ran."""

    def without(loops: Loops) -> Loops:
        return tuple(re.sub(r"^(while_loop.*) x\d+$", r"\1", loop) for loop in loops)

    return [(path, method, kind, without(loops)) for path, method, kind, loops in names]


def _name_of(call: InterceptedFlaxModuleMethod) -> CallName:
    loops = tuple(
        str(transform)
        for transform in call.transforms
        if transform.is_repeating or transform.branch is not None
    )
    return call.path, call.method_name, call.class_name, loops


def _words_of_structure(structure: Any) -> str:
    if isinstance(structure, ArgsAndKwargs):
        structure = structure.args, structure.kwargs
    return str(structure)


def _is_below(path: Path, tops: set[Path]) -> bool:
    return any(path[: len(top)] == top for top in tops)


def _is_part_of(some: list[Any], all_of_them: list[Any]) -> bool:
    remaining = iter(all_of_them)
    return all(item in remaining for item in some)


def _difference(seen: list[Any], expected: list[Any]) -> str:
    common = 0
    for a, b in zip(seen, expected, strict=False):
        if a != b:
            break
        common += 1
    return f"{seen[common:][:3]} from the {common}th on, not {expected[common:][:3]}"


def _draws_of(run: FlaxRun, purpose: str) -> dict[Place, list[RngDraw]]:
    draws: dict[Place, list[RngDraw]] = defaultdict(list)
    for call in run.calls():
        for rng in rngs_of(call):
            for draw in rng.draws:
                if draw.purpose == purpose:
                    draws[Place(draw.path, draw.stream, draw.served)].append(draw)
    return dict(draws)


def _rows(words: Any) -> list[tuple[int, ...]]:
    array = np.asarray(words)
    return [tuple(map(int, row)) for row in array.reshape(-1, array.shape[-1])]


def _leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not isinstance(tree, dict):
        yield path, tree
        return
    for name, child in tree.items():
        yield from _leaves(child, (*path, name))


def _by_collection(variables: Any) -> dict[tuple[str, Path], Any]:
    return {
        (collection, path): value
        for collection, tree in variables.items()
        for path, value in _leaves(tree)
    }


def _is_same(left: Any, right: Any) -> bool:
    """Tells whether two trees have the same structure, and bit for bit the same."""
    lefts, structure = jax.tree.flatten(left)
    rights, other = jax.tree.flatten(right)
    if structure != other:
        return False
    pairs = zip(lefts, rights, strict=True)
    return all(_bits(a) == _bits(b) for a, b in pairs)


def _bits(leaf: Any) -> Any:
    if not hasattr(leaf, "dtype"):
        return leaf
    array = np.asarray(data_of(leaf))
    return str(leaf.dtype), array.shape, array.tobytes()
