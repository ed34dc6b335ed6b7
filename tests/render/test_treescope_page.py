"""Treescope's own view of a value, on a page that runs nothing of the model's."""

from __future__ import annotations

import concurrent.futures
import re
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from penzai import pz

from unflax_viz.measure import NoValues
from unflax_viz.protocol import Axis
from unflax_viz.render.treescope_page import MAX_PAGE_BYTES, array_page, value_page

EVIL = '</script><script>canary()</script><img src=x onerror="canary()">\u202e'


def axes_of(*sizes: int, name: str = "") -> list[tuple[int, Axis]]:
    return [(number, Axis(name=name, size=size)) for number, size in enumerate(sizes)]


@pytest.mark.parametrize("shape", [(300, 400), (8, 4, 70, 90, 3), (100_000,), ()])
def test_page_is_whole_and_small_at_any_shape(shape: tuple[int, ...]) -> None:
    page = array_page(np.ones(shape, np.float32), "kernel", axes_of(*shape))
    assert page.startswith("<!doctype html>")
    assert "<title>kernel</title>" in page
    assert len(page.encode()) < MAX_PAGE_BYTES
    for number in range(len(shape)):
        assert f"axis {number}: {shape[number]}" in page


@pytest.mark.parametrize(
    "dtype", ["bool", "int4", "int8", "uint32", "int64", "bfloat16", "float8_e4m3fn"]
)
def test_every_type_is_drawn(dtype: str) -> None:
    values = np.array([[0, 1, 1], [1, 0, 1]]).astype(jnp.dtype(dtype))
    assert "arrayviz" in array_page(values, "x", axes_of(2, 3))


@pytest.mark.parametrize("one", [np.complex64(3 + 4j), jnp.array(3 + 4j)])
def test_one_complex_number_is_drawn(one: Any) -> None:
    assert "arrayviz" in array_page(one, "x", [])


def test_complex_numbers_and_huge_integers_are_drawn() -> None:
    assert "arrayviz" in array_page(jnp.array([3 + 4j, 0]), "x", axes_of(2))
    page = array_page(np.array([2**62, -3]), "x", axes_of(2))
    assert re.search(r'"type": "continuous", "min": -\d\.\d+e\+18', page)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.zeros((0, 2)), "There are no values: an axis has length 0."),
        (NoValues("Only <b>the</b> shape."), "Only &lt;b&gt;the&lt;/b&gt; shape."),
    ],
)
def test_what_has_no_numbers_is_a_sentence(array: Any, text: str) -> None:
    assert f"<p>{text}</p>" in array_page(array, "x", axes_of(0, 2))


def test_names_end_no_script_and_open_no_element() -> None:
    page = array_page(np.ones((2, 3)), EVIL, axes_of(2, 3, name=EVIL))
    assert "<script>canary" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page


@pz.pytree_dataclass
class Struct(pz.Struct):
    """A Struct with the colour that it is given."""

    color: Any

    def treescope_color(self) -> Any:
        """Returns what may be no colour at all, or raises."""
        if isinstance(self.color, Exception):
            raise self.color
        return self.color


class HasHtml:
    """Shows itself by HTML of its own."""

    def _repr_html_(self) -> str:
        return "<script>canary()</script>"

    def __repr__(self) -> str:
        return EVIL


@pytest.mark.parametrize(
    "color", ['red"><script>canary()</script>', ("red", EVIL), 3, ValueError("no")]
)
def test_colour_that_is_none_is_not_drawn(color: Any) -> None:
    page = value_page([Struct(color), HasHtml(), {EVIL: EVIL}])
    assert "<script>canary" not in page
    assert "<img src=x" not in page
    assert "Struct(" in page


def test_every_page_has_the_rules_for_a_dark_frame() -> None:
    rule = ".treescope_root .color_keyword { color: light-dark(#0000ff, #7db4f0); }"
    for page in (array_page(np.ones(3), "x", axes_of(3)), value_page([1])):
        assert page.count(rule) == 1


@pytest.mark.parametrize("color", ["#fff", "red", "oklch(0.785 0.103 169.77 / 1.0)"])
def test_colour_of_a_struct_is_drawn(color: str) -> None:
    assert color in value_page(Struct(color))


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


class Raises:
    """Cannot be written."""

    def __repr__(self) -> str:
        raise ValueError("no")


@pytest.mark.parametrize(
    "value",
    [
        tuple(range(100_000)),
        [[[1] * 60] * 60] * 60,
        {str(i): i for i in range(10_000)},
        nested(5_000),
        "x" * 10_000_000,
        Raises(),
        [np.zeros((1000, 1000)), jnp.ones(3)],
        None,
    ],
    ids=["tuple", "lists", "dict", "deep", "text", "raises", "arrays", "none"],
)
def test_any_value_is_a_small_page(value: Any) -> None:
    page = value_page(value)
    assert page.startswith("<!doctype html>")
    assert len(page.encode()) < MAX_PAGE_BYTES


def test_rest_of_a_long_tuple_is_counted() -> None:
    assert re.search(r"# … 99,950 more", value_page(tuple(range(100_000))))


def test_pages_can_be_drawn_at_once() -> None:
    values = [[number] * 20 for number in range(24)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(value_page, values))
    assert not any("cannot draw" in page for page in pages)
