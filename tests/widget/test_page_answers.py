"""What an exported page answers is what the clerk answers, or a sentence."""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import pytest

import unflax_viz
from tests import example
from tests.models import MODELS
from unflax_viz.clerk.clerk import Clerk
from unflax_viz.tables.lenses import LENSES
from unflax_viz.widget.page_answers import collect_answers

_JS = pathlib.Path(__file__).parents[2] / "js"
_ALL = 10**9
_QUERIES = (
    "",
    "dense",
    "class:Dense -is:shared",
    "param:kernel shape:(*,4)",
    "is:changed",
    "is:nan",
    "collection:* -param:bias",
    "stream:*",
    "**/*o*_? or is:shared",
    "nothing has this name",
)
_MODELS = ("applies_another", "broken_numbers", "scan_of_scan", "strange_names")

Ask = Callable[[unflax_viz.FlaxRun, list[dict[str, Any]], int], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask_page(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Lets the page's own clerk answer, in Node."""
    node, esbuild = shutil.which("node"), _JS / "node_modules" / ".bin" / "esbuild"
    if node is None or not esbuild.exists():
        pytest.skip("Node and js/node_modules are needed, as `make test` has them.")
    program = tmp_path_factory.mktemp("node") / "ask_page.mjs"
    options = ["--bundle", "--platform=node", "--format=esm", f"--outfile={program}"]
    entry = _JS / "tests" / "ask_page.ts"
    subprocess.run([esbuild, entry, *options, "--log-level=error"], check=True)

    def ask(
        run: unflax_viz.FlaxRun, requests: list[dict[str, Any]], max_bytes: int
    ) -> list[dict[str, Any]]:
        record = collect_answers(run, max_bytes).text()
        done = subprocess.run(
            [node, str(program)],
            input=json.dumps({"record": record, "requests": requests}),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return json.loads(done.stdout)

    return ask


def captured(name: str) -> unflax_viz.FlaxRun:
    ready = MODELS[name].ready()
    return unflax_viz.capture(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


def expect_the_clerks_answers(
    run: unflax_viz.FlaxRun, requests: list[dict[str, Any]], ask_page: Ask
) -> None:
    clerk = Clerk(run)
    # A page knows which values hold NaN; the clerk marks them once that was asked.
    clerk.answer({"kind": "outline", "id": 0, "lens": "calls", "query": "is:nan"})
    for request, given in zip(requests, ask_page(run, requests, _ALL), strict=True):
        answer, buffers = clerk.answer(request)
        encoded = [base64.b64encode(buffer).decode() for buffer in buffers]
        given["message"]["id"] = answer["id"]
        assert given["message"] == answer, request
        assert given["buffers"] == encoded, request


def tree_requests(run: unflax_viz.FlaxRun) -> list[dict[str, Any]]:
    """Asks everything about the trees of a run, under some queries."""
    requests = []
    clerk = Clerk(run)
    for lens in LENSES:
        for query in _QUERIES:
            asked = {"lens": lens, "query": query, "id": 1}
            outline, _ = clerk.answer({**asked, "kind": "outline"})
            assert outline["kind"] == "outline"
            rows = [row for level in outline["levels"] for row in level["rows"]]
            requests += [
                {**asked, "kind": "outline"},
                {**asked, "kind": "children", "row": "", "start": 0},
                {**asked, "kind": "expand", "row": "", "start": 0},
            ]
            for step in (-1, 1):
                located = {"kind": "locate", "row": "", "address": "", "step": step}
                requests.append({**asked, **located})
            for row in rows:
                located = {"kind": "locate", "row": row["id"], "address": ""}
                requests += [{**asked, **located, "step": step} for step in (-1, 0, 1)]
                requests += [
                    {**asked, "kind": "children", "row": row["id"], "start": 1},
                    {**asked, "kind": "expand", "row": row["id"], "start": 1},
                    {**asked, **located, "row": "", "address": row["address"]}
                    | {"step": 0},
                ]
    return requests


@pytest.mark.parametrize("name", _MODELS)
def test_trees_of_odd_models_are_those_of_the_clerk(name: str, ask_page: Ask) -> None:
    run = captured(name)
    expect_the_clerks_answers(run, tree_requests(run), ask_page)


def test_trees_of_a_wide_model_are_those_of_the_clerk(ask_page: Ask) -> None:
    run = captured("wide")
    asked = {"lens": "calls", "id": 1}
    requests = [
        {**asked, "kind": "outline", "query": query} for query in ("", "dense", "*_9*")
    ]
    requests += [
        {**asked, "kind": "expand", "query": query, "row": row, "start": start}
        for query in ("", "*_1*")
        for row in ("", "/")
        for start in (0, 2)
    ]
    expect_the_clerks_answers(run, requests, ask_page)


class _LongLevel(nn.Module):
    """A level of four windows, of which the third has no branch."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for i in range(350):
            is_branch = i % 4 == 0 and not 200 <= i < 300
            x = _LongNames(int(is_branch), name=f"c{i}", width=3)(x)
        return x


def test_a_level_longer_than_the_budget_opens_as_the_clerk_opens_it(
    ask_page: Ask,
) -> None:
    run = unflax_viz.capture(_LongLevel(), {}, np.ones(2, np.float32))
    asked = {"kind": "expand", "id": 1, "lens": "calls", "query": "", "row": "/"}
    everything = [{**asked, "start": start} for start in (0, 27, 53, 1_000)]
    expect_the_clerks_answers(run, everything, ask_page)
    levels = []
    for start in (0, 53):
        answer, _ = Clerk(run).answer({**asked, "start": start})
        assert answer["kind"] == "expand"
        levels += answer["levels"]
    starts = [level["start"] for level in levels if level["row"] == "/"]
    assert starts == [0, 100, 300]


class _LongNames(nn.Module):
    """So much text that an answer ends by its letters, before its rows."""

    n_levels: int
    width: int = 20

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        if self.n_levels == 0:
            return x
        for i in range(self.width):
            x = _LongNames(self.n_levels - 1, self.width, name=f"{'é' * 200}{i}")(x)
        return x


def test_an_answer_that_is_full_of_letters_ends_where_the_clerks_does(
    ask_page: Ask,
) -> None:
    run = unflax_viz.capture(_LongNames(2), {}, np.ones(2, np.float32))
    asked = {"kind": "expand", "id": 1, "lens": "calls", "query": "", "row": ""}
    asked["start"] = 0
    answer, _ = Clerk(run).answer(asked)
    assert answer["kind"] == "expand"
    assert 100 < sum(len(level["rows"]) for level in answer["levels"]) < 400
    others = {**asked, "start": len(answer["levels"])}
    expect_the_clerks_answers(run, [asked, others], ask_page)


def test_details_and_values_are_those_of_the_clerk(ask_page: Ask) -> None:
    run = example.run()
    clerk = Clerk(run)
    requests: list[dict[str, Any]] = tree_requests(run)
    for address in example.ADDRESSES:
        requests += [{"kind": kind, "id": 1, "address": address} for kind in _DETAILS]
        call = clerk.call(address)
        for entry in [*call["parameters"], *call["state"], *call["unused"]]:
            for moment in entry["moments"]:
                requests.append(array_request(address, entry["key"], moment))
    expect_the_clerks_answers(run, requests, ask_page)
    assert sum(request["kind"] == "array" for request in requests) > 20


_DETAILS = ("call", "method")


def array_request(address: str, entry: str, moment: str) -> dict[str, Any]:
    asked = {"kind": "array", "id": 1, "address": address, "entry": entry}
    return {**asked, "moment": moment, "index": []}


_KERNEL = array_request("first/Dense_0", "parameters/params/kernel", "before")


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({**_KERNEL, "index": [0, None]}, "the notebook shows slices"),
        ({**_KERNEL, "kind": "treescope"}, "Treescope's views are not in this file"),
        ({**_KERNEL, "address": "nowhere"}, 'no call "nowhere"'),
        ({**_KERNEL, "entry": "parameters/params/x"}, "There is no value"),
        (
            {"kind": "outline", "id": 1, "lens": "calls", "query": "clas:x"},
            "'clas:' is not known.",
        ),
    ],
)
def test_what_is_not_there_is_a_sentence(
    request_: dict[str, Any], sentence: str, ask_page: Ask
) -> None:
    (answer,) = ask_page(example.run(), [request_], _ALL)
    assert answer["message"]["kind"] == "failure"
    assert sentence in answer["message"]["message"]


def test_nan_is_not_denied_where_no_value_can_be_read(ask_page: Ask) -> None:
    shapes = jax.eval_shape(lambda: example.variables())
    run = unflax_viz.capture_abstract(
        example.MODEL, shapes, example.INPUTS, **example.options()
    )
    asked = {"kind": "outline", "id": 1, "lens": "calls", "query": "is:nan"}
    (answer,) = ask_page(run, [asked], _ALL)
    said, _ = Clerk(run).answer(asked)
    assert said["kind"] == "failure"
    assert answer["message"]["message"] == said["message"]


def test_what_the_budget_leaves_out_is_named_in_its_place(ask_page: Ask) -> None:
    call = {"kind": "call", "id": 1, "address": "first"}
    outline = {"kind": "outline", "id": 1, "lens": "parameters", "query": "kernel"}
    found, left_out, value = ask_page(example.run(), [outline, call, _KERNEL], 0)
    assert found["message"]["n_hits"] == 3
    assert left_out["message"]["message"] == (
        'What the panels list for "first" was left out: 0 bytes had no room for it '
        "beside the tree. "
        "run.to_html(file, max_bytes=...) keeps more, and the notebook has it all."
    )
    assert value["message"]["message"].startswith(
        'The value "parameters/params/kernel" of "first/Dense_0" was left out'
    )


def test_first_rows_are_the_recorded_rows_with_what_is_nan() -> None:
    archive = collect_answers(captured("broken_numbers"), _ALL)
    *_, index = blocks = [read_block(line) for line in archive.text().splitlines()]
    recorded = blocks[index["lenses"]["calls"]["rows"][0]]
    ids = blocks[index["lenses"]["calls"]["outline"]]["ids"]
    levels = index["traits"]["opening"]["outline"]["levels"]
    rows = [row for level in levels for row in level["rows"]]
    assert "NaN" in rows[0]["html"]
    for row in rows:
        assert row["html"] == recorded["html"][ids.index(row["id"])]


def read_block(line: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(line)))
