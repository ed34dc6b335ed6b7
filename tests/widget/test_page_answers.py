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

import pytest

import unflax_viz
from tests import example
from tests.models import MODELS
from tests.test_protocol import misfits
from unflax_viz import protocol
from unflax_viz.answers.clerk import Clerk
from unflax_viz.lenses.finder import finder_of
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.widget.page_answers import collect_answers

_JS = pathlib.Path(__file__).parents[2] / "js"
_ALL = 10**9
_MODELS = ("applies_another", "broken_numbers", "scan_of_scan", "strange_names")


def asked(kind: str, **body: Any) -> dict[str, Any]:
    return {"id": 1, "kind": kind, "body": body}


COLUMNS = asked("columns", part=0, reads_values=True)
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
    clerk.answer(COLUMNS)
    for request, given in zip(requests, ask_page(run, requests, _ALL), strict=True):
        answer, buffers = clerk.answer(request)
        encoded = [base64.b64encode(buffer).decode() for buffer in buffers]
        given["message"]["id"] = answer["id"]
        assert given["message"] == json.loads(json.dumps(answer)), request
        assert given["buffers"] == encoded, request


def tree_requests(run: unflax_viz.FlaxRun) -> list[dict[str, Any]]:
    """Asks for the columns, and how every row is drawn."""
    requests: list[dict[str, Any]] = [COLUMNS]
    for lens in LENSES:
        n_rows = len(finder_of(run).rows(lens).parents)
        for start in range(0, n_rows, 400):
            rows = list(range(start, min(start + 400, n_rows)))
            requests.append(asked("lines", lens=lens, rows=rows))
    return requests


@pytest.mark.parametrize("name", [*_MODELS, "wide"])
def test_trees_of_odd_models_are_those_of_the_clerk(name: str, ask_page: Ask) -> None:
    run = captured(name)
    expect_the_clerks_answers(run, tree_requests(run), ask_page)


def test_details_and_values_are_those_of_the_clerk(ask_page: Ask) -> None:
    run = example.run()
    clerk = Clerk(run)
    requests: list[dict[str, Any]] = tree_requests(run)
    for address in example.ADDRESSES:
        requests += [asked(kind, address=address) for kind in _DETAILS]
        call = clerk.call(address)
        for entry in [*call["parameters"], *call["state"], *call["unused"]]:
            for side in entry["sides"]:
                requests.append(array_request(address, entry["key"], side))
    expect_the_clerks_answers(run, requests, ask_page)
    assert sum(request["kind"] == "array" for request in requests) > 20


_DETAILS = ("call", "method")


def array_request(address: str, entry: str, side: str) -> dict[str, Any]:
    return asked("array", address=address, entry=entry, side=side, index=[])


_KERNEL = array_request("first/Dense_0", "parameters/params/kernel", "before")


def changed(**body: Any) -> dict[str, Any]:
    """Asks for another value than `_KERNEL`."""
    return {**_KERNEL, "body": {**_KERNEL["body"], **body}}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (changed(index=[0, None]), "the notebook shows slices"),
        (
            changed(axes={"rows": 1, "column": 0, "each": None}),
            "the notebook shows slices and other axes",
        ),
        ({**_KERNEL, "kind": "treescope"}, "Treescope's views are not in this file"),
        (changed(address="nowhere"), 'no call "nowhere"'),
        (changed(entry="parameters/params/x"), "There is no value"),
        ({**_KERNEL, "kind": "cost"}, 'no answer to the question "cost"'),
    ],
)
def test_what_is_not_there_is_a_sentence(
    request_: dict[str, Any], sentence: str, ask_page: Ask
) -> None:
    (answer,) = ask_page(example.run(), [request_], _ALL)
    assert answer["message"]["kind"] == "failure"
    assert sentence in answer["message"]["body"]["message"]


def test_what_the_budget_leaves_out_is_named_in_its_place(ask_page: Ask) -> None:
    call = asked("call", address="first")
    lines = asked("lines", lens="parameters", rows=[0, 1, 2])
    found, left_out, value = ask_page(example.run(), [lines, call, _KERNEL], 0)
    assert len(found["message"]["body"]["lines"]) == 3
    assert left_out["message"]["body"]["message"] == (
        'The panels of "first" did not fit in the 0 bytes of this file. '
        "run.to_html(file, max_bytes=...) keeps more, and the notebook has it all."
    )
    assert value["message"]["body"]["message"].startswith(
        'The value "parameters/params/kernel" of "first/Dense_0" did not fit'
    )


def test_blocks_are_what_the_protocol_says() -> None:
    *blocks, last = collect_answers(example.run(), _ALL).text().splitlines()
    index = read_block(last)
    assert misfits(index, protocol.PageIndex) == []
    for number in index["calls"]:
        assert misfits(read_block(blocks[number]), protocol.CallBlock) == []
    for place in index["values"]:
        assert misfits(read_block(blocks[place["block"]]), protocol.ValueBlock) == []


def test_first_rows_are_the_recorded_rows_with_what_is_nan() -> None:
    archive = collect_answers(captured("broken_numbers"), _ALL)
    *blocks, index = archive.text().splitlines()
    index = read_block(index)
    recorded = read_block(blocks[index["lines"]["calls"][0]])
    levels = index["traits"]["opening"]["outline"]["levels"]
    rows = [row for level in levels for row in level["rows"]]
    assert ["warning", "NaN"] in rows[0]["line"]["pieces"]
    for row in rows:
        assert row["line"] == recorded[row["number"]]


def read_block(line: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(line)))
