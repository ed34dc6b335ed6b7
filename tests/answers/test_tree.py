"""Does the browser get the columns of the tree, its lines, and a first picture?"""

from __future__ import annotations

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.models import MODELS
from unflax_viz.answers.clerk import Clerk
from unflax_viz.answers.columns import columns_of, pack_columns
from unflax_viz.answers.lines import lines_of
from unflax_viz.answers.opening import first_outline
from unflax_viz.lenses.finder import finder_of
from unflax_viz.lenses.lenses import LENSES


def captured(name: str) -> unflax_viz.FlaxRun:
    ready = MODELS[name].ready()
    return unflax_viz.capture(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


class Wide(nn.Module):
    """A level of 450 calls."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(450):
            x = nn.Dropout(0.0, deterministic=True)(x)
        return x


class Chain(nn.Module):
    """Only children, so many deep."""

    depth: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return Chain(self.depth - 1)(x) if self.depth else x


def test_a_long_level_is_begun_and_counted() -> None:
    run = unflax_viz.capture(Wide(), {}, jnp.ones(1))
    top, below = first_outline(finder_of(run))["levels"]
    assert (top["row"], top["total"]) == (-1, 1)
    assert (below["row"], below["total"], len(below["rows"])) == (0, 450, 100)
    assert [row["number"] for row in below["rows"][:3]] == [1, 2, 3]


def test_only_children_are_open_as_long_as_all_is_short() -> None:
    run = unflax_viz.capture(Chain(300), {}, jnp.ones(1))
    first = first_outline(finder_of(run))
    assert 90 < len(first["expanded"]) < 101
    assert first["expanded"][:2] == ["/", "Chain_0"]
    assert len(first["levels"]) == len(first["expanded"]) + 1


@pytest.mark.parametrize("lens", LENSES)
def test_lines_are_the_rows_asked_for_in_that_order(lens: str) -> None:
    clerk = Clerk(example.run())
    everything = lines_of(clerk.finder, lens)
    assert len({row["name"] for row in everything}) > len(everything) // 2
    asked = list(range(len(everything)))[::-1]
    body = {"lens": lens, "rows": asked}
    answer: Any = clerk.answer({"kind": "lines", "id": 1, "body": body})[0]
    assert answer["body"]["lines"] == everything[::-1]


@pytest.mark.parametrize("name", ["applies_another", "example"])
def test_every_address_follows_from_path_and_label_or_is_told(name: str) -> None:
    run = example.run() if name == "example" else captured(name)
    finder = finder_of(run)
    odd = columns_of(finder)["search"]["addresses"]
    columns = finder.contents
    names, paths = columns.names.texts, columns.paths

    def text_of(path: int) -> str:
        if path == 0:
            return ""
        above, name = int(paths.parents[path]), names[paths.last_names[path]]
        return name if above == 0 else f"{text_of(above)}/{name}"

    told = dict(zip(odd["rows"], odd["texts"], strict=True))
    for row, address in enumerate(finder.index.table.addresses):
        path, label = int(columns.calls.path[row]), int(columns.calls.label[row])
        above = int(paths.parents[path])
        before = "" if above == 0 and path else f"{text_of(above)}/"
        assert told.get(row, before + names[label]) == address
    assert len(told) < len(finder.index.table) / 2


def test_columns_say_what_holds_nan_once_values_were_read() -> None:
    clerk = Clerk(dataclasses.replace(example.run()))  # One that nobody has searched.
    before = clerk.answer(columns_request(reads_values=False))[1]
    clerk.answer(columns_request(reads_values=True))
    assert columns_of(clerk.finder)["reads_values"]
    assert clerk.answer(columns_request(reads_values=False))[1] != before


def columns_request(part: int = 0, reads_values: bool = False) -> dict[str, Any]:
    body = {"part": part, "reads_values": reads_values}
    return {"kind": "columns", "id": 1, "body": body}


def test_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unflax_viz.answers.columns.MAX_PART_BYTES", 500)
    clerk = Clerk(example.run())
    answer: Any
    answer, (start,) = clerk.answer(columns_request())
    rest = [
        clerk.answer(columns_request(part))[1][0]
        for part in range(1, answer["body"]["n_parts"])
    ]
    assert len(rest) > 1
    assert b"".join([start, *rest]) == pack_columns(clerk.finder)
