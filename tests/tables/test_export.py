"""What queries find is written down for both languages."""

from __future__ import annotations

import json

from tests.query import golden_queries
from unflax_viz.lenses.lenses import LENSES


def test_golden_queries_find_what_is_written() -> None:
    written = json.loads(golden_queries.PATH.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(golden_queries.golden()))
    assert found.keys() == written.keys()
    for name, run in found.items():
        assert run["queries"] == written[name]["queries"]
    assert found == written, (
        "tests/golden/queries.json is out of date: "
        "run python -m tests.query.golden_queries"
    )


def test_golden_queries_find_something_in_every_lens() -> None:
    written = json.loads(golden_queries.PATH.read_text(encoding="utf-8"))
    answers = written["searched"]["queries"]
    found = {answer["lens"] for answer in answers if answer.get("hits")}
    assert found == set(LENSES)
