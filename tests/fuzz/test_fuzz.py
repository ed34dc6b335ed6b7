"""Random nests are recorded as Flax ran them, and the fuzzer would see if not.

The seeds were chosen among the first 330: together they draw every kind of module,
transform, key and argument, in little time. `python -m tests.fuzz` tries others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import pytest
from penzai import pz

import unflax_viz
from tests.fuzz.__main__ import main
from tests.fuzz.arguments import ODD, PACKS
from tests.fuzz.checks import Comparison, Verdict, check
from tests.fuzz.runs import record, run_plainly, variables_of
from tests.fuzz.shrink import shrink
from tests.fuzz.specs import (
    GROUPS,
    IMPLS,
    LEAVES,
    LIFTS,
    Case,
    Spec,
    describe,
    draw_case,
)
from unflax_viz.record.effects import FlaxParameter, FlaxState, RngDraw

# fmt: off
SEEDS = (
    0, 2, 3, 5, 7, 8, 10, 11, 16, 19, 20, 21, 24, 27, 31, 32, 33, 37, 40, 41, 42,
    43, 44, 47, 48, 51, 61, 62, 64, 65, 66, 70, 71, 73, 76, 79, 80, 83, 85, 88, 91,
    92, 93, 96, 97, 99, 103, 108, 109, 110, 111, 117, 118, 123, 124, 125, 128, 129,
    135, 138, 139, 140, 142, 144, 145, 146, 148, 150, 153, 155, 164, 167, 168, 169,
    172, 175, 179, 180, 181, 183, 184, 187, 188, 193, 196, 199, 202, 204, 206, 210,
    212, 218, 220, 224, 225, 229, 232, 234, 236, 240, 241, 243, 245, 247, 248, 249,
    250, 251, 252, 254, 256, 258, 261, 262, 264, 270, 271, 272, 276, 277, 278, 279,
    280, 282, 283, 287, 288, 292, 293, 294, 295, 299, 300, 301, 302, 303, 306, 309,
    310, 314, 316, 317, 318, 320, 322, 324, 325, 328,
)
# fmt: on

NOISE = Spec("noise", "noise", (), (("streams", ("a",)),))
SMALL = Case(
    seed=0,
    nest=Spec("compact", "body", (NOISE, Spec("dense", "dense"), Spec("count", "n"))),
    streams=("params", "a"),
    mutable=("state",),
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_random_nest_is_recorded_as_flax_ran_it(seed: int) -> None:
    case = draw_case(seed)
    verdict = check(case)
    assert not verdict.refusal, describe(case)
    assert not verdict.problems, "\n".join([describe(case), *verdict.problems])


def test_seeds_draw_all_there_is() -> None:
    cases = [draw_case(seed) for seed in SEEDS]
    specs = [spec for case in cases for spec in case.nest.walk()]
    assert {spec.kind for spec in specs} == {*LEAVES, *GROUPS, *LIFTS}
    assert {case.impl for case in cases} == {*IMPLS}
    assert {case.pack for case in cases} == {"", *PACKS}
    assert {case.odd for case in cases} == {"", *ODD}
    assert {case.entry for case in cases} == {"apply", "empty", "init", "bound"}
    for field in ("is_jit_disabled", "is_jitted", "is_single_key", "copies_keys"):
        assert {getattr(case, field) for case in cases} == {False, True}
    assert {spec.get("form") for spec in specs} > {"class", "method", "function"}


def test_seed_draws_the_same_case_each_time() -> None:
    assert draw_case(7) == draw_case(7)
    assert draw_case(7) != draw_case(8)


def test_case_is_written_with_the_way_to_run_it_again() -> None:
    assert describe(SMALL) == (
        "seed 0: python -m tests.fuzz --first-seed 0 --n 1\n"
        "  streams = ('params', 'a')\n"
        "  mutable = ('state',)\n"
        "  body\n"
        "    noise streams=('a',)\n"
        "    dense\n"
        "    n"
    )


def test_what_flax_refuses_is_no_problem_of_a_recording() -> None:
    verdict = check(dataclasses.replace(SMALL, entry="empty", mutable=False))
    assert verdict.refusal.startswith("ScopeCollectionNotFound")
    assert not verdict.problems


def edit_all(kind: type, **changes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Makes an edit of a run that changes fields of everything of a kind."""

    def edit(run: Any) -> Any:
        def change(held: Any) -> Any:
            new = {
                name: change(getattr(held, name)) for name, change in changes.items()
            }
            return dataclasses.replace(held, **new)

        return pz.select(run).at_instances_of(kind).apply(change)

    return edit


def without_calls(run: Any) -> Any:
    root = dataclasses.replace(run.root, submodule_calls={})
    return dataclasses.replace(run, root=root)


def with_other_output(run: Any) -> Any:
    (packed, *others), state = run.output
    return dataclasses.replace(run, output=((packed + 1, *others), state))


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (edit_all(RngDraw, key=lambda key: jax.random.split(key)[0]), "first words"),
        (edit_all(RngDraw, key=lambda key: None), "no key, since ''"),
        (edit_all(RngDraw, key=jax.random.key_data), "a key of uint32"),
        (edit_all(RngDraw, counter=lambda counter: counter + 1), "counter 2, not [1]"),
        (edit_all(RngDraw, stream=lambda _: "b"), "drawn in the record alone"),
        (edit_all(FlaxParameter, value=lambda value: value + 1), "has other bits"),
        (edit_all(FlaxParameter, was_created=lambda _: True), "was_created=True"),
        (edit_all(FlaxState, before=lambda value: value + 1), "something else before"),
        (edit_all(FlaxState, after=lambda value: value + 1), "something else after"),
        (edit_all(FlaxState, was_written=lambda _: False), "not said to be written"),
        (without_calls, "the calls are"),
        (with_other_output, "run.output has other bits"),
        (lambda run: dataclasses.replace(run, is_abstract=True), "is_abstract is True"),
    ],
)
def test_what_is_wrong_in_a_record_is_found(
    edit: Callable[[Any], Any], problem: str
) -> None:
    variables = variables_of(SMALL)
    (plain,), ((returned,), (run,)) = (
        run_plainly(SMALL, variables),
        record(SMALL, variables),
    )
    right, wrong = Comparison(SMALL, variables), Comparison(SMALL, variables)
    right.compare(0, plain, returned, run)
    assert not right.problems
    wrong.compare(0, plain, returned, edit(run))
    assert any(problem in found for found in wrong.problems), wrong.problems


def test_other_bits_and_a_changed_flax_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def capture(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(jax.random, "left_behind", True)
        return with_other_output(original(*args, **kwargs))

    original = unflax_viz.capture
    monkeypatch.setattr(unflax_viz, "capture", capture)
    monkeypatch.setattr(jax.random, "left_behind", False, raising=False)
    problems = check(SMALL).problems
    assert "the recorded run returned other bits" in problems
    assert problems[-1].startswith("Flax is not as it was")
    assert "left_behind" in problems[-1]


def test_shrinking_leaves_what_shows_the_problem() -> None:
    deep = Spec("vmap", "lanes", (NOISE,), (("n_times", 2),))
    nest = Spec("setup", "all", (Spec("dense", "dense"), Spec("remat", "r", (deep,))))
    case = Case(seed=0, nest=nest, impl="raw", odd="deep list", is_jit_disabled=True)

    def judge(case: Case) -> Verdict:
        has_vmap = any(spec.kind == "vmap" for spec in case.nest.walk())
        is_shown = has_vmap and case.is_jit_disabled
        return Verdict((f"{case.nest.name}: it is wrong",) if is_shown else ())

    smallest, _ = shrink(case, judge(case), judge)
    assert smallest == Case(seed=0, nest=deep, is_jit_disabled=True)


def test_command_says_what_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--first-seed", str(SEEDS[0]), "--n", "1"]) == 0
    assert capsys.readouterr().out.startswith("1 seeds, ")
