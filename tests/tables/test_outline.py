"""A filtered tree keeps what is around the hits, at any size."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.counting import count_lines
from unflax_viz.tables.outline import TOP, Outline

#   0
#   |- 1
#   |  |- 2
#   |  `- 3
#   `- 4
#      `- 5
#   6
PARENTS = np.array([TOP, 0, 1, 1, 0, 4, TOP], np.int32)
ENDS = np.array([6, 4, 3, 4, 6, 6, 7], np.int32)


def outline_with(*hits: int) -> Outline:
    mask = np.zeros(len(PARENTS), bool)
    mask[list(hits)] = True
    return Outline(PARENTS, ENDS, mask)


def test_without_a_query_everything_is_there_and_nothing_is_a_hit() -> None:
    outline = Outline(PARENTS, ENDS)
    assert (outline.n_rows, outline.n_hits) == (7, 0)
    assert outline.children(TOP) == [0, 6]
    assert outline.children(0) == [1, 4]
    assert outline.children(1, start=1) == [3]
    assert outline.children(1, start=1, n=0) == []
    assert outline.children(1, start=10**30, n=5) == []
    assert outline.n_children(5) == 0
    assert outline.next_hit(None, 1) is None
    assert not outline.is_hit(0)


def test_the_rows_around_a_hit_stay() -> None:
    outline = outline_with(3, 4)
    assert (outline.n_rows, outline.n_hits) == (4, 2)
    assert [row for row in range(7) if outline.is_left(row)] == [0, 1, 3, 4]
    assert outline.children(TOP) == [0]
    assert outline.children(1) == [3]
    assert outline.n_children(4) == 0
    assert outline.trail_of(3) == [0, 1, 3]
    assert [outline.index_of(row) for row in (0, 1, 3, 4)] == [0, 0, 0, 1]
    assert [outline.is_hit(row) for row in (0, 3, 4)] == [False, True, True]


def test_the_next_hit_goes_round() -> None:
    outline = outline_with(2, 3, 5)
    assert [outline.next_hit(None, step) for step in (1, -1)] == [2, 5]
    assert [outline.next_hit(row, 1) for row in (0, 2, 3, 4, 5, 6)] == [
        2,
        3,
        5,
        5,
        2,
        2,
    ]
    assert [outline.next_hit(row, -1) for row in (0, 2, 3, 4, 6)] == [5, 5, 2, 3, 5]
    assert [outline.ordinal_of(row) for row in (2, 3, 4, 5)] == [1, 2, 0, 3]
    assert outline.hits(2) == [2, 3]


def test_rows_that_have_rows_below_them_are_counted() -> None:
    outline = Outline(PARENTS, ENDS)
    assert [outline.n_parents_below(row) for row in (TOP, 0, 1, 2, 4, 6)] == [
        3,
        3,
        1,
        0,
        1,
        0,
    ]
    assert outline_with(5).n_parents_below(TOP) == 2


def test_the_next_row_with_rows_below_it_is_found() -> None:
    outline = Outline(PARENTS, ENDS)
    assert [outline.next_branch(0, start) for start in range(3)] == [0, 1, None]
    assert (outline.next_branch(TOP, 0), outline.next_branch(2, 0)) == (0, None)


@pytest.mark.parametrize("seed", range(5))
def test_any_tree_is_filtered_as_plain_python_filters_it(seed: int) -> None:
    dice = random.Random(seed)
    parents = [TOP]
    trail = [0]
    for row in range(1, 60):
        del trail[dice.randint(0, len(trail)) :]
        parents.append(trail[-1] if trail else TOP)
        trail.append(row)
    ends = [
        next((r for r in range(row + 1, 60) if not _is_below(parents, r, row)), 60)
        for row in range(60)
    ]
    hits = [dice.random() < 0.1 for _ in range(60)]
    outline = Outline(np.array(parents), np.array(ends), np.array(hits))
    left = {
        row
        for row in range(60)
        if any(hit and _is_below(parents, other, row) for other, hit in enumerate(hits))
    }
    assert {row for row in range(60) if outline.is_left(row)} == left
    assert outline.n_rows == len(left)
    for row in (TOP, *range(60)):
        expected = [r for r in sorted(left) if parents[r] == row]
        assert outline.children(row) == expected
        assert outline.n_children(row) == len(expected)
        assert [outline.index_of(r) for r in expected] == list(range(len(expected)))


def _is_below(parents: list[int], row: int, other: int) -> bool:
    while row > other:
        row = parents[row]
    return row == other


def test_a_chain_and_a_level_of_a_hundred_thousand_rows_need_no_loop() -> None:
    n = 100_000
    rows = np.arange(n, dtype=np.int32)
    chain = Outline(rows - 1, np.full(n, n), rows == n - 1)
    level = Outline(np.full(n, TOP), rows + 1, rows % 2 == 0)
    n_lines, found = count_lines(
        lambda: (
            (chain.n_rows, level.n_rows),
            level.children(TOP, 49_999, 100),
            level.next_hit(n - 3, 1),
            chain.children(n - 2),
        )
    )
    assert found == ((n, n // 2), [n - 2], n - 2, [n - 1])
    assert n_lines < 1_000
