"""Tries seeds for a while: `python -m tests.fuzz --seconds 300 --first-seed 0`."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Sequence

import jax

from tests.fuzz.checks import check
from tests.fuzz.shrink import shrink
from tests.fuzz.specs import describe, draw_case


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a seed showed a problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--n", type=int, help="how many seeds; as many as time allows")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--shrink", action="store_true", help="look for smaller nests")
    options = parser.parse_args(arguments)
    end = time.monotonic() + options.seconds
    last = None if options.n is None else options.first_seed + options.n
    counts: Counter[str] = Counter()
    for seed in itertools.takewhile(
        lambda seed: time.monotonic() < end and seed != last,
        itertools.count(options.first_seed),
    ):
        case = draw_case(seed)
        verdict = check(case)
        counts["seeds"] += 1
        counts["keys compared"] += verdict.n_keys
        counts["keys missing with a reason"] += verdict.n_missing_keys
        counts["refused by Flax itself"] += bool(verdict.refusal)
        if verdict.refusal:
            _say(f"{describe(case)}\n  Flax itself: {verdict.refusal}\n")
        if verdict.problems:
            counts["with problems"] += 1
            if options.shrink:
                case, verdict = shrink(case, verdict)
            problems = "".join(f"\n  - {problem}" for problem in verdict.problems)
            _say(f"{describe(case)}{problems}\n")
    _say(", ".join(f"{number:,} {what}" for what, number in counts.items()))
    return int(counts["with problems"] > 0)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
    sys.exit(main())
