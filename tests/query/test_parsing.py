"""What a query asks for, and what is said where it cannot be read."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from tests.query.golden_queries import searched_run
from unflax_viz.errors import QueryError, UnflaxVizError
from unflax_viz.query.parsing import parse_query, quote
from unflax_viz.query.terms import ANY_AXES, FLAGS, KEYS, Comparison, Pattern
from unflax_viz.tables.lenses import LENSES

REPOSITORY = pathlib.Path(__file__).parent.parent.parent
DOCUMENT = (REPOSITORY / "docs" / "queries.md").read_text(encoding="utf-8")
GOLDEN = json.loads((REPOSITORY / "tests/golden/queries.json").read_text("utf-8"))[
    "searched"
]


def value_of(query: str) -> object:
    (term,) = parse_query(query).terms
    return term.value


def test_terms_have_their_places_in_the_query() -> None:
    terms = parse_query('  dense -is:shared  shape:(3, 4) "a b"').terms
    assert [(t.key, t.is_negated, t.start, t.end) for t in terms] == [
        ("word", False, 2, 7),
        ("is", True, 8, 18),
        ("shape", False, 20, 32),
        ("word", False, 33, 38),
    ]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("Dense", (Pattern("dense", "contains"),)),
        ("Dense*", (Pattern("dense*", "fits"),)),
        ('"Dense*"', (Pattern("dense*", "contains"),)),
        ('"a \\"b\\" \\\\"', (Pattern('a "b" \\', "contains"),)),
        ("class:Dense,C*", (Pattern("dense", "equals"), Pattern("c*", "fits"))),
        ('class:"A,B*"', (Pattern("a,b*", "equals"),)),
        ("a/**/B", ((Pattern("a", "equals"), None, Pattern("b", "equals")),)),
        ("/a/b", ((Pattern("a", "equals"), Pattern("b", "equals")),)),
        ("path:/", ((),)),
        ('path:"a/b"', ((Pattern("a/b", "equals"),),)),
        ("shape:(*, 64)", (None, 64)),
        ("shape:[3,...]", (3, ANY_AXES)),
        ("shape:3,4", (3, 4)),
        ("shape:()", ()),
        ("shape:(4,)", (4,)),
        ("is:NaN,inf", ("nan", "inf")),
        ("size>1M", Comparison(1_000_001, None)),
        ("size:>=1.5k", Comparison(1500, None)),
        ("size<=2_000", Comparison(None, 2000)),
        ("size<0.5", Comparison(None, 0)),
        ("size>0.5", Comparison(1, None)),
        ("size=64", Comparison(64, 64)),
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
    "name",
    ["<lambda>", "a+b", "~", "r~1", "why!", "or", "not", '"a|b"', '"size!=12"', '"="'],
)
def test_names_that_look_a_little_like_operators_are_found(name: str) -> None:
    assert value_of(name) == (Pattern(name.strip('"'), "contains"),)


def test_an_operator_that_there_is_none_of_says_what_to_write() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("dense -size!=12 conv")
    assert caught.value.message == (
        "'-size!=12' is not known: such a term looks like size=12. In quotes a text "
        'stands for itself: -"size!=12".'
    )
    assert (caught.value.start, caught.value.end) == (6, 15)


def test_a_regular_expression_stands_between_slashes() -> None:
    assert getattr(value_of("/a|b/"), "pattern", None) == "a|b"


def test_a_query_that_cannot_be_read_says_what_to_write() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("dense clas:Dense")
    error = caught.value
    assert (
        error.message
        == str(error)
        == (
            "'clas:' is not known. There are class:, method:, param:, collection:, "
            "stream:, under:, dtype:, path:, below:, shape:, size>, bytes>, params>, "
            'calls>, depth>, is:. In quotes a text stands for itself: "clas:Dense".'
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
    (term,) = parse_query(f"class:{quote(name)}").terms
    assert term.value == (Pattern(name.lower(), "equals"),)


def test_the_document_names_every_key_and_every_flag() -> None:
    for key in KEYS:
        assert re.search(rf"`{key}[:><]", DOCUMENT), key
    for flag in FLAGS:
        assert f"`is:{flag}`" in DOCUMENT, flag


def test_every_term_of_the_documents_tables_can_be_read() -> None:
    rows = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", DOCUMENT, re.MULTILINE)
    terms = [term for row in rows for term in re.findall("`(.+?)`", row)]
    assert len(terms) > 30
    for term in terms:
        assert len(parse_query(term).terms) == 1, term


def test_every_example_of_the_document_finds_something() -> None:
    run = searched_run()
    examples = DOCUMENT.rpartition("```\n")[0].rpartition("```\n")[2].splitlines()
    assert len(examples) > 10
    for example in examples:
        assert any(run.find(example, lens) for lens in LENSES), example
