"""The self-contained page: everything is in the file, and nothing breaks out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import pathlib
import re
from typing import Any

import numpy as np
import pytest

from tests import example
from unflax_viz.errors import WrongArgumentError, WrongValueError
from unflax_viz.widget.page import standalone_page

_ALL = 10**9


def blocks_of(page: str) -> list[Any]:
    """Reads the record as a browser does."""
    blocks = [gzip.decompress(base64.b64decode(line)) for line in lines_of(page)]
    return [read_block(block) for block in blocks]


def lines_of(page: str) -> list[str]:
    """Returns the blocks as they are written."""
    match = re.search(r'id="unflax-viz-record">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    return match[1].strip().split("\n")


def read_block(block: bytes) -> Any:
    """Reads JSON; of the columns, which are binary, nothing."""
    return None if b"\0" in block[:4] else json.loads(block)


def test_page_holds_every_call_and_the_exact_numbers(tmp_path: pathlib.Path) -> None:
    file = example.run().to_html(tmp_path / "run.html")
    *blocks, recording = blocks_of(file.read_text(encoding="utf-8"))
    assert blocks[recording["addresses"]] == list(example.ADDRESSES)
    (calls,) = (blocks[number] for number in recording["calls"])
    addresses = [call["body"]["address"] for call in calls["calls"]]
    assert addresses == list(example.ADDRESSES)
    assert {method["kind"] for method in calls["methods"]} == {"method"}
    (values,) = (blocks[place["block"]] for place in recording["values"])
    key = ["first/Dense_0", "parameters/params/kernel", "before"]
    place = values["keys"].index(key)
    answer, buffers = values["answers"][place]["body"], values["buffers"][place]
    cells = np.frombuffer(base64.b64decode(buffers[answer["heatmap"]["buffer"]]), "<f4")
    kernel = example.variables()["params"]["first"]["Dense_0"]["kernel"]
    np.testing.assert_array_equal(cells, np.ravel(kernel))


def test_the_same_run_gives_the_same_page() -> None:
    assert standalone_page(example.run(), _ALL) == standalone_page(example.run(), _ALL)


def test_all_rows_are_there_whatever_the_budget() -> None:
    *blocks, recording = blocks_of(standalone_page(example.run(), 0))
    lines = [row for block in recording["lines"]["calls"] for row in blocks[block]]
    assert [row["address"] for row in lines] == list(example.ADDRESSES)
    assert recording["calls"] == recording["values"] == []
    facts = {fact["label"]: fact for fact in recording["traits"]["opening"]["facts"]}
    assert facts["omitted"]["text"] == "14 calls"
    assert "max_bytes=..." in facts["omitted"]["exact"]


def test_values_come_last_and_as_far_as_the_budget_reaches() -> None:
    page = standalone_page(example.run(), _ALL)
    whole = blocks_of(page)
    assert whole[-1]["n_valued_calls"] == 14
    labels = {fact["label"] for fact in whole[-1]["traits"]["opening"]["facts"]}
    assert "omitted" not in labels
    before = lines_of(page)[: whole[-1]["values"][0]["block"]]
    n_bytes = sum(len(line) + 1 for line in before)
    *_, recording = blocks_of(standalone_page(example.run(), n_bytes))
    assert recording["calls"] == whole[-1]["calls"]
    assert recording["values"] == []
    facts = {fact["label"]: fact for fact in recording["traits"]["opening"]["facts"]}
    assert re.fullmatch(r"\d\d values", facts["omitted"]["text"])


@pytest.mark.parametrize(
    ("max_bytes", "error", "message"),
    [
        (
            "8MB",
            WrongArgumentError,
            "max_bytes must be an integer such as 20_000_000, not '8MB'.",
        ),
        (
            1.5,
            WrongArgumentError,
            "max_bytes must be an integer such as 20_000_000, not 1.5.",
        ),
        (-1, WrongValueError, "max_bytes must be at least 0, not -1."),
    ],
)
def test_a_wrong_budget_is_refused_and_no_file_written(
    max_bytes: Any, error: type[Exception], message: str, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(error) as raised:
        example.run().to_html(tmp_path / "run.html", max_bytes=max_bytes)
    assert str(raised.value) == message
    assert list(tmp_path.iterdir()) == []


def test_page_loads_nothing_from_anywhere() -> None:
    page = standalone_page(example.run(), _ALL)
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)
    assert "@import" not in page


def test_the_policy_allows_the_pages_own_script_and_style_alone() -> None:
    page = standalone_page(example.run(), 0)
    match = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert match is not None
    policy = dict(part.split(" ", 1) for part in match[1].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == quoted_hash(elements(page, "script")[-1])
    assert policy["style-src-elem"] == quoted_hash(elements(page, "style")[0])
    assert policy["img-src"] == "data: blob:"
    assert set(policy) == {
        "default-src",
        "script-src",
        "style-src-elem",
        "style-src-attr",
        "img-src",
        "base-uri",
        "form-action",
    }


def elements(page: str, name: str) -> list[str]:
    return re.findall(rf"<{name}[^>]*>(.*?)</{name}>", page, re.DOTALL)


def quoted_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
