"""What a query asks for, and what is said where it cannot be read."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from scripts import query_table
from tests.query.golden_queries import searched_run
from unflax_viz.errors import QueryError, UnflaxVizError
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.query.parsing import parse_query, quote
from unflax_viz.query.terms import ANY_AXES, Comparison, Pattern, Term
from unflax_viz.tables.schema import FLAGS, KEYS, all_columns

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
DOCUMENT = (REPOSITORY / "docs" / "queries.md").read_text(encoding="utf-8")
GOLDEN = json.loads((REPOSITORY / "tests/golden/queries.json").read_text("utf-8"))[
    "searched"
]


def terms_of(query: str) -> tuple[Term, ...]:
    (terms,) = parse_query(query).alternatives
    return terms


def value_of(query: str) -> object:
    (term,) = terms_of(query)
    return term.value


def test_terms_have_their_places_in_the_query() -> None:
    terms = terms_of('  dense -is:shared  shape:(3, 4) "a b"')
    assert [(t.key, t.is_negated, t.start, t.end) for t in terms] == [
        ("", False, 2, 7),
        ("is", True, 8, 18),
        ("shape", False, 20, 32),
        ("", False, 33, 38),
    ]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("Dense", (Pattern("dense"),)),
        ('"Dense*"', (Pattern("dense*", is_quoted=True),)),
        ('"a \\"b\\" \\\\"', (Pattern('a "b" \\', is_quoted=True),)),
        ("class:Dense,C*", (Pattern("dense"), Pattern("c*"))),
        ('class:"A,B*"', (Pattern("a,b*", is_quoted=True),)),
        ("class:Dense|Conv", (Pattern("dense"), Pattern("conv"))),
        ("class: Dense, Conv", (Pattern("dense"), Pattern("conv"))),
        ("shape:(*, 64)", ((None, 64),)),
        ("shape:[3,...]", ((3, ANY_AXES),)),
        ("shape:3,4", ((3, 4),)),
        ("shape: 3, 4", ((3, 4),)),
        ("shape:()", ((),)),
        ("shape:(4,)", ((4,),)),
        ("is:NaN,inf", ("nan", "inf")),
        ("size>1M", Comparison(1_000_001, None)),
        ("size:>=1.5k", Comparison(1500, None)),
        ("size≥1.5k", Comparison(1500, None)),
        ("size <= 2_000", Comparison(None, 2000)),
        ("size<0.5", Comparison(None, 0)),
        ("size>0.5", Comparison(1, None)),
        ("size=64", Comparison(64, 64)),
        ("size == 64", Comparison(64, 64)),
        ("size:64", Comparison(64, 64)),
        ("size=1.5", Comparison(2, 1)),
        ("size>1e3", Comparison(1001, None)),
        ("bytes>=4MB", Comparison(4_000_000, None)),
        ("bytes>=4m", Comparison(4_000_000, None)),
        ("bytes>=1KiB", Comparison(1024, None)),
        ("bytes<2TiB", Comparison(None, 2 * 1024**4 - 1)),
        ("params>1B", Comparison(10**9 + 1, None)),
        ("size>1e99", Comparison(2**62 + 1, None)),
    ],
)
def test_a_term_asks_for_its_value(query: str, value: object) -> None:
    assert value_of(query) == value


@pytest.mark.parametrize(
    ("query", "n_terms"),
    [
        ("a b", [2]),
        ("a and b & c && d AND e", [5]),
        ("a or b", [1, 1]),
        ("a b | c OR d || e f g", [2, 1, 1, 3]),
        ("class:A, class:B", [1, 1]),
        ("", [0]),
    ],
)
def test_operators_join_terms(query: str, n_terms: list[int]) -> None:
    assert [len(terms) for terms in parse_query(query).alternatives] == n_terms


@pytest.mark.parametrize("query", ["-a", "!a", "not a", "NOT a", "! a", "- - -a"])
def test_a_term_is_left_out_by_any_sign_for_not(query: str) -> None:
    (term,) = terms_of(query)
    assert term.is_negated
    assert term.value == (Pattern("a"),)


def test_unequal_is_the_same_as_not_equal() -> None:
    for query in ("size!=12", "-size=12", "size ≠ 12", "not size == 12"):
        (term,) = terms_of(query)
        assert (term.is_negated, term.value) == (True, Comparison(12, 12))


@pytest.mark.parametrize("name", ["<lambda>", "a+b", "~", "r~1", "why!"])
def test_names_that_look_a_little_like_operators_are_found(name: str) -> None:
    assert value_of(name) == (Pattern(name),)


def test_a_regular_expression_is_told_what_to_write() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("dense /block_(1|2)$/")
    assert caught.value.message == (
        "'/block_(1|2)$/' looks like a regular expression, which queries do not "
        "support. Write block_* or **/dense_[0-3], or in Python: [call for call in "
        'run.calls() if re.search(r"block_(1|2)$", call.address)].'
    )
    assert (caught.value.start, caught.value.end) == (6, 20)


def test_a_query_that_cannot_be_read_says_what_to_write() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("dense clas:Dense")
    error = caught.value
    assert (
        error.message
        == str(error)
        == (
            "'clas:' is not known. There are class, method, under, path, below, "
            "params, out, calls, depth, is, param, collection, dtype, shape, size, "
            "bytes, users, stream. To search for the text itself, quote it: "
            '"clas:Dense".'
        )
    )
    assert (error.query, error.start, error.end) == ("dense clas:Dense", 6, 16)
    assert isinstance(error, UnflaxVizError)


def test_every_error_marks_letters_of_the_query() -> None:
    errors = [answer for answer in GOLDEN["queries"] if "message" in answer]
    assert len(errors) > 30
    for error in errors:
        assert 0 <= error["start"] < error["end"] <= len(error["query"]), error
        assert error["message"].endswith("."), error


@pytest.mark.parametrize("name", ["Dense_0", "a b", 'a"b', "a\\b", "a*", "-a", "OR"])
def test_a_quoted_name_stands_for_itself(name: str) -> None:
    (pattern,) = value_of(f"class:{quote(name)}")  # type: ignore[misc]
    assert pattern.whole()(name.lower())
    assert not pattern.whole()(f"x{name.lower()}")


def test_the_document_has_the_declared_columns_and_flags() -> None:
    assert query_table.tables() in DOCUMENT, "run python scripts/query_table.py"


def test_every_declared_example_can_be_read() -> None:
    for table, column in all_columns():
        (term,) = terms_of(column.example)
        assert term.key == column.key, (table, column)
    assert {column.key for _, column in all_columns()} == set(KEYS)
    assert {term for flag in FLAGS for term in terms_of(f"is:{flag}")}


def test_every_term_of_the_documents_tables_can_be_read() -> None:
    rows = re.findall(r"^\| (`[^|]*?`) \|", DOCUMENT, re.MULTILINE)
    terms = [term for row in rows for term in re.findall("`(.+?)`", row)]
    assert len(terms) > 30
    for term in terms:
        assert parse_query(term).alternatives, term


def test_every_example_of_the_document_finds_something() -> None:
    run = searched_run()
    examples = DOCUMENT.rpartition("```\n")[0].rpartition("```\n")[2].splitlines()
    assert len(examples) > 10
    for example in examples:
        assert any(run.find(example, lens) for lens in LENSES), example
