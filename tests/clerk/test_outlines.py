"""What the browser gets of the tree, and what it may ask."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.counting import count_lines
from tests.test_protocol import misfits
from unflax_viz import protocol
from unflax_viz.clerk.clerk import Clerk
from unflax_viz.clerk.outlines import OutlineAnswers, UnansweredError
from unflax_viz.errors import QueryError
from unflax_viz.protocol import Level, Row
from unflax_viz.query.finder import Finder
from unflax_viz.record.index import RunIndex
from unflax_viz.tables.lenses import LENSES


def answers_for(run: unflax_viz.FlaxRun) -> OutlineAnswers:
    index = RunIndex(run)
    return OutlineAnswers(Finder(index), index)


def asked(**fields: Any) -> dict[str, Any]:
    return {
        "lens": "calls",
        "query": "",
        "row": "",
        "address": "/",
        "start": 0,
        "step": 0,
        **fields,
    }


def ids_of(levels: list[Level]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for level in levels:
        found.setdefault(level["row"], []).extend(row["id"] for row in level["rows"])
    return found


def leaf_call(template: Any, parent: str, number: int, calls: Any = ()) -> Any:
    """Returns a call of a made-up run."""
    path = (*([parent] if parent else []), f"Leaf_{number}")
    return dataclasses.replace(
        template,
        path=path,
        address="/".join(path),
        scope_data=None,
        submodule_calls=dict(calls),
    )


def run_with(children: list[Any]) -> unflax_viz.FlaxRun:
    """Returns a run whose root made the given calls."""
    run = example.run()
    calls = {(index, f"Leaf_{index}.__call__"): c for index, c in enumerate(children)}
    return dataclasses.replace(
        run, root=dataclasses.replace(run.root, submodule_calls=calls)
    )


def wide_run(n_calls: int) -> unflax_viz.FlaxRun:
    template = example.run().at("first/Dropout_0")
    return run_with([leaf_call(template, "", number) for number in range(n_calls)])


def deep_run(n_calls: int) -> unflax_viz.FlaxRun:
    call: Any = None
    template = example.run().at("first/Dropout_0")
    for number in reversed(range(n_calls)):
        path = tuple("d" * (number + 1))
        calls = {} if call is None else {(0, "d.__call__"): call}
        call = dataclasses.replace(
            template,
            path=path,
            address="/".join(path),
            scope_data=None,
            submodule_calls=calls,
        )
    return run_with([call])


def test_the_first_outline_is_the_root_and_what_it_called() -> None:
    first = answers_for(example.run()).first_outline()
    assert misfits(first, protocol.OutlineAnswer) == []
    assert ids_of(first["levels"]) == {
        "": ["/"],
        "/": ["first", "second", "second#2", "/.head"],
    }
    assert first["expanded"] == ["/"]
    assert first["n_hits"] == 0
    assert [(c["lens"], c["n_items"]) for c in first["counts"]] == [
        ("calls", 14),
        ("modules", 9),
        ("parameters", 10),
        ("state", 5),
        ("draws", 3),
    ]


@pytest.mark.parametrize("lens", LENSES)
def test_every_row_of_every_lens_fits_the_protocol(lens: str) -> None:
    answers = answers_for(example.run())
    outline = answers.outline(asked(lens=lens))
    assert misfits(outline, protocol.OutlineAnswer) == []
    everything = answers.expand(asked(lens=lens))
    assert misfits(everything, protocol.ExpandAnswer) == []
    rows = [row for level in everything["levels"] for row in level["rows"]]
    assert len({row["id"] for row in rows}) == len(rows)
    opened = [row["id"] for row in rows if row["n_children"]]
    assert sorted(everything["expanded"]) == sorted(opened)
    assert everything["n_branches"] == len(opened)
    run = example.run()
    for row in rows:
        assert eval(row["code"], {"run": run}) is not None, row["code"]
        assert row["address"] in run.nodes_by_address


def test_a_query_opens_what_is_around_its_hits() -> None:
    outline = answers_for(example.run()).outline(asked(query="dense"))
    assert ids_of(outline["levels"]) == {
        "": ["/"],
        "/": ["first", "second", "second#2"],
        "first": ["first/Dense_0"],
        "second": ["second/Dense_0"],
        "second#2": ["second/Dense_0#2"],
    }
    assert outline["expanded"] == ["/", "first", "second", "second#2"]
    assert outline["n_hits"] == 3
    hits = [r["id"] for x in outline["levels"] for r in x["rows"] if r["is_hit"]]
    assert hits == ["first/Dense_0", "second/Dense_0", "second/Dense_0#2"]
    assert {c["lens"]: c["n_items"] for c in outline["counts"]}["parameters"] == 4


def test_a_query_without_hits_leaves_nothing() -> None:
    outline = answers_for(example.run()).outline(asked(query="kernel"))
    assert (outline["n_hits"], outline["expanded"]) == (0, [])
    assert outline["levels"] == [{"row": "", "start": 0, "total": 0, "rows": []}]
    assert {c["lens"]: c["n_items"] for c in outline["counts"]}["parameters"] == 3


def test_children_come_in_windows() -> None:
    answers = answers_for(wide_run(250))
    level = answers.children(asked(row="/", start=200))["level"]
    assert (level["start"], level["total"], len(level["rows"])) == (200, 250, 50)
    assert level["rows"][0]["id"] == "Leaf_200"
    assert answers.children(asked(row="/", start=250))["level"]["rows"] == []
    filtered = answers.children(asked(row="/", query="*_?5"))["level"]
    assert [row["id"] for row in filtered["rows"]][:2] == ["Leaf_15", "Leaf_25"]


def test_locate_finds_a_row_and_the_next_hit() -> None:
    answers = answers_for(example.run())
    found = answers.locate(asked(row="second/Dense_0", query="dense"))
    assert misfits(found, protocol.LocateAnswer) == []
    assert found["trail"] == [
        {"row": "/", "index": 0},
        {"row": "second", "index": 1},
        {"row": "second/Dense_0", "index": 0},
    ]
    assert (found["ordinal"], found["n_hits"]) == (2, 3)

    def go(row: str, step: int) -> str:
        located = answers.locate(asked(row=row, step=step, query="dense"))
        assert located["row"] is not None
        return located["row"]["id"]

    assert [go("", 1), go("", -1)] == ["first/Dense_0", "second/Dense_0#2"]
    assert go("first/Dense_0", 1) == "second/Dense_0"
    assert go("second/Dense_0#2", 1) == "first/Dense_0"
    # A row that the query leaves out has its place all the same.
    assert go("first/BatchNorm_0", 1) == "second/Dense_0"


def test_locate_finds_the_row_that_selects_a_call() -> None:
    answers = answers_for(example.run())

    def locate(**fields: Any) -> Row | None:
        return answers.locate(asked(**fields))["row"]

    row = locate(lens="parameters", address="first/Dense_0")
    assert row is not None
    assert row["entry"] == "parameters/params/kernel"
    row = locate(lens="state", address="/")
    assert row is not None
    assert row["entry"] == "state/intermediates/hidden"
    assert locate(lens="draws", address="first") is None
    assert locate(query="dense", address="first/Dropout_0") is None
    assert locate(lens="modules", address="second#2") is None


def test_a_row_opens_its_panel_and_its_entry() -> None:
    answers = answers_for(example.run())
    rows = {
        lens: answers.expand(asked(lens=lens))["levels"][-1]["rows"][0]
        for lens in ("parameters", "state", "draws")
    }
    assert (rows["parameters"]["tab"], rows["parameters"]["entry"]) == (
        "parameters",
        "parameters/params/kernel",
    )
    assert (rows["state"]["tab"], rows["state"]["entry"]) == (
        "state",
        "state/batch_stats/mean",
    )
    assert rows["draws"]["tab"] == "rngs"


def shown_by_hits(lens: str, query: str) -> dict[str, tuple[str | None, str]]:
    """Returns the tab and the entry of each hit, and "" for what is around them."""
    levels = answers_for(example.run()).outline(asked(lens=lens, query=query))["levels"]
    rows = [row for level in levels for row in level["rows"]]
    assert all(row["is_hit"] or not row["entry"] for row in rows)
    return {row["id"]: (row["tab"], row["entry"]) for row in rows if row["is_hit"]}


@pytest.mark.parametrize("lens", ["calls", "modules"])
def test_a_call_found_by_its_arrays_opens_the_first_that_fits_all_terms(
    lens: str,
) -> None:
    assert shown_by_hits(lens, "first class:BatchNorm param:scale") == {
        "first/BatchNorm_0": ("parameters", "parameters/params/scale")
    }
    found = shown_by_hits(lens, "first is:changed collection:batch_stats")
    assert found == {"first/BatchNorm_0": ("state", "state/batch_stats/mean")}
    bias = shown_by_hits(lens, "first/Dense_0 param:* shape:(*)")
    assert bias == {"first/Dense_0": ("parameters", "parameters/params/bias")}


@pytest.mark.parametrize("lens", ["calls", "modules"])
@pytest.mark.parametrize("query", ["class:Dense", "class:Dense -is:changed"])
def test_a_call_found_by_no_array_opens_any(lens: str, query: str) -> None:
    assert set(shown_by_hits(lens, query).values()) == {(None, "")}


def test_the_entry_of_a_hit_is_one_of_its_call() -> None:
    run, n_found = example.run(), 0
    clerk = Clerk(run)
    for query in ("collection:*", "param:*", "is:shared", "is:changed", "size=1"):
        for address, (tab, entry) in shown_by_hits("calls", query).items():
            call = clerk.call(address)
            listed = call["parameters"] if tab == "parameters" else call["state"]
            assert entry in [each["key"] for each in listed], query
            n_found += 1
    assert n_found > 10


def test_expand_opens_the_nearest_rows_first_within_its_budget() -> None:
    template = example.run().at("first/Dropout_0")
    groups = []
    for group in range(8):
        name = f"Group_{group}"
        leaves = [leaf_call(template, name, number) for number in range(90)]
        calls = {(n, f"Leaf_{n}.__call__"): leaf for n, leaf in enumerate(leaves)}
        call = leaf_call(template, "", group, calls)
        groups.append(dataclasses.replace(call, path=(name,), address=name))
    answers = answers_for(run_with(groups))
    expanded = answers.expand(asked(row=""))
    n_rows = sum(len(level["rows"]) for level in expanded["levels"])
    assert n_rows == 1 + 8 + 5 * 90
    assert expanded["expanded"] == ["/", *(f"Group_{number}" for number in range(5))]
    assert expanded["n_branches"] == 9
    inside = answers.expand(asked(row="Group_7"))
    assert inside["expanded"] == ["Group_7"]
    assert inside["n_branches"] == 1
    n_levels = len(expanded["levels"])
    others = answers.expand(asked(row="", start=n_levels))
    assert others["expanded"] == [f"Group_{number}" for number in range(5, 8)]
    end = answers.expand(asked(row="", start=n_levels + len(others["levels"])))
    assert (end["levels"], end["expanded"], end["n_branches"]) == ([], [], 9)


def wide_run_of_cells(n_cells: int, n_inner: int) -> unflax_viz.FlaxRun:
    """Returns a run whose root made calls; every fourth of them made calls itself."""
    template = example.run().at("first/Dropout_0")
    cells = []
    for number in range(n_cells):
        name = f"Leaf_{number}"
        n_calls = 0 if number % 4 else n_inner
        inner = [leaf_call(template, name, each) for each in range(n_calls)]
        calls = {(n, f"Leaf_{n}.__call__"): leaf for n, leaf in enumerate(inner)}
        cells.append(leaf_call(template, "", number, calls))
    return run_with(cells)


def test_expand_goes_below_a_level_that_is_longer_than_the_budget() -> None:
    answers = answers_for(wide_run_of_cells(2_000, 2))
    expanded = answers.expand(asked(row="/"))
    # A window has 25 branches of 2 rows each; a fourth window has no room.
    starts = [lv["start"] for lv in expanded["levels"] if lv["row"] == "/"]
    assert starts == [0, 100, 200]
    assert expanded["expanded"] == ["/", *(f"Leaf_{n}" for n in range(0, 300, 4))]
    assert expanded["n_branches"] == 501
    sent = {row["id"] for level in expanded["levels"] for row in level["rows"]}
    assert sent.issuperset(expanded["expanded"][1:])


def test_expand_prefers_what_is_below_a_window_to_the_next_window() -> None:
    expanded = answers_for(wide_run_of_cells(2_000, 10)).expand(asked(row="/"))
    starts = [lv["start"] for lv in expanded["levels"] if lv["row"] == "/"]
    assert starts == [0, 100]
    assert expanded["expanded"][-1] == "Leaf_116"


def test_expand_again_and_again_opens_every_branch_once() -> None:
    answers = answers_for(wide_run_of_cells(2_000, 10))
    sent: list[str] = []
    opened: list[str] = []
    start = 0
    while levels := (answer := answers.expand(asked(row="/", start=start)))["levels"]:
        start += len(levels)
        opened += answer["expanded"]
        rows = [row["id"] for level in levels for row in level["rows"]]
        assert len(rows) <= 500
        sent += rows
        assert set(opened) <= {"/", *sent}
    assert len(opened) == len(set(opened)) == answer["n_branches"] == 501
    assert len(sent) == len(set(sent)) == 2_000 + 500 * 10


def test_expand_leaves_nothing_closed_where_there_is_nothing_to_open() -> None:
    expanded = answers_for(wide_run(10_000)).expand(asked(row="/"))
    assert [len(level["rows"]) for level in expanded["levels"]] == [100]
    assert (expanded["expanded"], expanded["n_branches"]) == (["/"], 1)
    leaf = answers_for(wide_run(3)).expand(asked(row="Leaf_1"))
    assert (leaf["levels"], leaf["expanded"], leaf["n_branches"]) == ([], [], 0)


def test_a_tree_three_thousand_deep_is_answered() -> None:
    answers = answers_for(deep_run(3_000))
    assert answers.first_outline()["expanded"][:2] == ["/", "d"]
    outline = answers.outline(asked(query="depth>2999"))
    assert outline["n_hits"] == 1
    assert sum(len(level["rows"]) for level in outline["levels"]) <= 200
    found = answers.locate(asked(query="depth>2999", step=1))
    assert len(found["trail"]) == 3_001
    expanded = answers.expand(asked())
    assert len(json.dumps(expanded)) < 1_000_000
    assert expanded["n_branches"] - len(expanded["expanded"]) > 2_000
    n_levels = len(expanded["levels"])
    more = answers.expand(asked(start=n_levels))
    assert more["levels"][0]["row"] == expanded["levels"][-1]["rows"][0]["id"]
    for lens in LENSES:
        answers.outline(asked(lens=lens, query="d"))


def test_a_window_of_a_hundred_thousand_rows_costs_what_it_holds() -> None:
    run = wide_run(100_000)
    answers = answers_for(run)
    first = answers.first_outline()
    assert len(json.dumps(first)) < 100_000
    answers.outline(asked(query="leaf"))
    request = asked(row="/", start=99_950, query="leaf")
    n_lines, answer = count_lines(lambda: answers.children(request))
    level = answer["level"]
    assert n_lines < 50_000
    assert len(level["rows"]) == 50
    assert len(answers.expand(asked())["levels"][1]["rows"]) == 100


def test_long_names_are_cut_in_rows_and_whole_in_ids() -> None:
    name = "x" * 100_000

    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.variable(name, name, lambda: jnp.zeros(())).value = jnp.ones(())
            key = self.make_rng(name)
            bits = jax.random.uniform(key, ())
            return nn.Dense(2, name=name + "d")(x) + bits * self.param(
                name + "p", nn.initializers.ones, ()
            )

    keys = {"params": jax.random.key(0), name: jax.random.key(1)}
    made = Holder().init(keys, jnp.ones((1, 2)))
    run = unflax_viz.capture(
        Holder(),
        made,
        jnp.ones((1, 2)),
        rngs={name: jax.random.key(1)},
        mutable=[name],
    )
    answers = answers_for(run)
    for lens in LENSES:
        for level in answers.expand(asked(lens=lens))["levels"]:
            for row in level["rows"]:
                assert len(row["name"]) < 700
                assert len(row["html"]) < 2_000
                assert row["address"] in run.nodes_by_address
    row = answers.children(asked(row="/"))["level"]["rows"][0]
    assert row["id"] == name + "d"
    assert "…" in row["name"]
    assert "…" in row["html"]


@pytest.mark.parametrize("value", [None, 3, True, ["calls"], {}, "call", "Calls"])
@pytest.mark.parametrize("kind", ["outline", "children", "expand", "locate"])
def test_a_lens_that_is_none_is_refused(kind: str, value: Any) -> None:
    answers = answers_for(example.run())
    with pytest.raises(UnansweredError):
        getattr(answers, kind)(asked(lens=value))


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        ("outline", "query", 3, "query is a text, not 3."),
        ("outline", "lens", "x", "The lens 'x' is unknown; there are calls, modules, "),
        ("children", "start", -1, "start is a number from 0, not -1."),
        ("children", "start", True, "start is a whole number, not True."),
        ("children", "start", 1.0, "start is a whole number, not 1.0."),
        ("children", "row", None, "row is a text, not None."),
        ("children", "row", "nowhere", "No row 'nowhere' in the lens 'calls'."),
        ("expand", "row", "x" * 10**6, "No row 'xxx"),
        ("expand", "start", -1, "start is a number from 0, not -1."),
        ("locate", "step", 2, "step is -1, 0 or 1, not 2."),
        ("locate", "step", False, "step is a whole number, not False."),
        ("locate", "address", "nowhere", "No call at 'nowhere' in this run."),
        ("locate", "address", 0, "address is a text, not 0."),
    ],
)
def test_a_request_that_does_not_fit_is_refused_with_a_sentence(
    kind: str, field: str, value: Any, message: str
) -> None:
    answers = answers_for(example.run())
    with pytest.raises(UnansweredError) as caught:
        getattr(answers, kind)(asked(**{field: value}))
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", ["outline", "children", "expand", "locate"])
def test_a_query_that_cannot_be_read_is_refused(kind: str) -> None:
    answers = answers_for(example.run())
    with pytest.raises(QueryError):
        getattr(answers, kind)(asked(query="is:foo"))


@pytest.mark.parametrize("lens", ["parameters", "state", "draws"])
@pytest.mark.parametrize("row", ["99", "-1", "01", "+1", "²", "9" * 50, "/", "group x"])
def test_a_row_of_another_lens_is_refused(lens: str, row: str) -> None:
    answers = answers_for(example.run())
    with pytest.raises(UnansweredError):
        answers.children(asked(lens=lens, row=row))
