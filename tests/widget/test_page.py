"""The self-contained page: everything is in the file, and nothing breaks out."""

from __future__ import annotations

import base64
import json
import pathlib
import re
from typing import Any

import numpy as np

from tests import example
from unflax_viz.widget.page import standalone_page


def record_of(page: str) -> Any:
    match = re.search(r'id="unflax-viz-record">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    return json.loads(match[1])


def find(record: Any, **request: Any) -> Any:
    key = json.dumps(sorted(request.items()), separators=(",", ":"))
    return record["answers"][key]


def test_page_holds_every_answer(tmp_path: pathlib.Path) -> None:
    file = example.run().to_html(tmp_path / "run.html")
    record = record_of(file.read_text(encoding="utf-8"))
    for address in example.ADDRESSES:
        assert find(record, kind="call", address=address)["answer"]["kind"] == "call"
    kept = find(
        record,
        kind="array",
        address="first/Dense_0",
        group="parameters",
        collection="params",
        name="kernel",
        moment="before",
    )
    buffer = kept["buffers"][kept["answer"]["heatmap"]["buffer"]]
    cells = np.frombuffer(base64.b64decode(buffer), "<f4")
    kernel = example.variables()["params"]["first"]["Dense_0"]["kernel"]
    np.testing.assert_array_equal(cells, np.ravel(kernel))


def test_value_beyond_the_budget_is_answered_with_a_sentence() -> None:
    record = record_of(standalone_page(example.run(), max_bytes=0))
    answers = [kept["answer"] for kept in record["answers"].values()]
    left_out = [answer for answer in answers if answer["kind"] == "failure"]
    n_values = sum(
        len(entry["moments"])
        for answer in answers
        if answer["kind"] == "call"
        for entry in answer["parameters"] + answer["state"]
    )
    assert len(left_out) == n_values > 20
    assert left_out[0]["message"].startswith("This value was left out of the file")


def test_page_loads_nothing_from_anywhere() -> None:
    page = standalone_page(example.run())
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)
    assert "@import" not in page
