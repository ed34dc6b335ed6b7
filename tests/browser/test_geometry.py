"""Has everything its place at every width: pieces of rows, buttons, panels, the help?

Seen in a page from disk, since only a real browser lays anything out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import unflax_viz
from tests.browser.inspector_view import InspectorView

pytestmark = pytest.mark.browser

NARROW = (360, 380)
WIDTHS = (*NARROW, 600, 1200)

ROWS = """rows => rows.map(row => ({
  ...row.getBoundingClientRect().toJSON(),
  pieces: [...row.querySelectorAll(
    '.uv-row > :not(.uv-actions), .uv-actions > button:not([hidden])')].map(it => ({
    ...it.getBoundingClientRect().toJSON(),
    text: it.textContent,
    isCut: it.scrollWidth > it.clientWidth + 1,
    letter: parseFloat(getComputedStyle(it).fontSize) * 0.6,
  })),
}))"""

STICKING_OUT = """panel => {
  const right = panel.getBoundingClientRect().right + 1;
  const isScrolled = it => {
    for (let up = it.parentElement; up && up !== panel; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  };
  return [...panel.querySelectorAll('*')]
    .filter(it => it.getBoundingClientRect().right > right && !isScrolled(it))
    .map(it => it.className);
}"""

LENSES = ("calls", "parameters", "state", "draws")


class Layer(nn.Module):
    """Calls whose rows have flags, draws and a warning."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.BatchNorm(use_running_average=False)(nn.Dense(64)(x))
        return nn.Dropout(0.5, deterministic=False)(x)


class Step(nn.Module):
    """The body of a loop."""

    @nn.compact
    def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
        return nn.Dense(64, name="attention_projection")(x), None


class Crowded(nn.Module):
    """Rows with as much in them as there can be."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layer = Layer(name="encoder_layer")
        loop = nn.scan(
            nn.remat(Step),
            variable_axes={"params": 0},
            split_rngs={"params": True},
            length=24,
        )
        x, _ = loop(name="scanned_layers")(layer(layer(x)), None)
        for number in range(5):
            x = Layer(name=f"layer_{number}")(x)
        return x


def crowded_run() -> unflax_viz.FlaxRun:
    """Returns a run whose kernels hold NaN, which is known."""
    x, keys = jnp.ones((8, 64)), {"dropout": jax.random.key(1)}
    shapes: Any = jax.eval_shape(
        Crowded().init, {"params": jax.random.key(0), **keys}, x
    )
    variables = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), shapes)
    for part, layer in (("encoder_layer", "Dense_0"), ("scanned_layers", None)):
        held = variables["params"][part][layer or "attention_projection"]
        held["kernel"] = jnp.full(held["kernel"].shape, jnp.nan)
    run = unflax_viz.capture(
        Crowded(), variables, x, rngs=keys, mutable=["batch_stats"]
    )
    run.find("is:nan")
    return run


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = crowded_run().to_html(tmp_path_factory.mktemp("geometry") / "run.html")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    view = InspectorView(page)
    view.row("/ Crowded").focus()
    page.keyboard.press("*")
    expect(view.row("encoder_layer/Dense_0 Dense")).to_be_visible()
    yield page
    context.close()


def view_of(page: Page, width: int, height: int = 1200) -> InspectorView:
    """Gives the page another size; the height at first is enough for every row."""
    page.set_viewport_size({"width": width, "height": height})
    page.mouse.move(0, 0)
    page.wait_for_timeout(100)
    return InspectorView(page)


def expand_all(view: InspectorView, lens: str) -> Locator:
    """Opens all rows of a lens."""
    view.choose_lens(lens)
    rows = view.tree.get_by_role("treeitem")
    rows.first.press("*")
    return rows


def box_of(place: Locator) -> dict[str, float]:
    return place.evaluate("it => it.getBoundingClientRect().toJSON()")


def assert_in_order(row: dict[str, Any]) -> None:
    """Checks that the pieces of a row do not overlap and stay in the row."""
    end = row["left"]
    for piece in row["pieces"]:
        assert piece["left"] >= end - 0.5, (piece["text"], row)
        end = piece["right"]
    assert end <= row["right"] + 0.5, row


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("width", WIDTHS)
def test_pieces_and_buttons_of_a_row_do_not_overlap(
    page: Page, width: int, lens: str
) -> None:
    rows = expand_all(view_of(page, width), lens)
    rows.nth(1).click()
    expect(rows.nth(1).get_by_role("button").last).to_be_visible()
    for row in rows.all()[2:5]:
        row.hover()
        expect(row.get_by_role("button").last).to_be_visible()
        for drawn in rows.evaluate_all(ROWS):
            assert_in_order(drawn)


@pytest.mark.parametrize("lens", ["calls", "parameters"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_warning_can_be_read_beside_the_buttons(
    page: Page, width: int, lens: str
) -> None:
    rows = expand_all(view_of(page, width), lens)
    broken = rows.filter(has_text="NaN")
    assert broken.count() >= 2
    for row in broken.all():
        row.click()
        expect(row.get_by_role("button").last).to_be_visible()
        (warning,) = (
            piece
            for piece in row.evaluate_all(ROWS)[0]["pieces"]
            if piece["text"] == "NaN"
        )
        assert not warning["isCut"], warning


@pytest.mark.parametrize("width", NARROW)
def test_a_path_leaves_room_for_the_first_letters_of_a_flag(
    page: Page, width: int
) -> None:
    view = view_of(page, width)
    view.choose_lens("parameters")
    rows = view.row("encoder_layer/Dense_0/kernel parameter")
    rows.click()
    pieces = {it["text"]: it for it in rows.evaluate_all(ROWS)[0]["pieces"]}
    flag = pieces["shared by 2 calls"]
    assert flag["width"] > 3.9 * flag["letter"]
    path = pieces["encoder_layer/Dense_0/kernel"]
    assert path["width"] > 7.9 * path["letter"]


@pytest.mark.parametrize("width", WIDTHS)
def test_sizes_stand_in_one_column_and_do_not_move_for_buttons(
    page: Page, width: int
) -> None:
    rows = expand_all(view_of(page, width), "calls")
    expect(rows.nth(2)).to_be_visible()
    page.mouse.move(0, 0)
    sizes = page.get_by_role("tree").locator(".uv-size")
    boxes = [box_of(size) for size in sizes.all()]
    assert len(boxes) > 5
    assert len({round(box["right"]) for box in boxes}) == 1
    for number in (2, 4):
        sizes.nth(number).hover()
        assert box_of(sizes.nth(number)) == boxes[number]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_is_as_wide_as_the_tree_and_on_a_line_of_its_own(
    page: Page, width: int
) -> None:
    view = view_of(page, width)
    rows = expand_all(view, "calls").evaluate_all(ROWS)
    inner, whole = view.tree.evaluate("it => [it.clientWidth, it.scrollWidth]")
    assert inner == whole
    assert {round(row["width"]) for row in rows} == {inner}
    for above, below in itertools.pairwise(rows):
        assert abs(below["top"] - above["bottom"]) < 0.5
        assert below["height"] == above["height"] > 15


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_the_edge_of_a_panel(page: Page, width: int) -> None:
    view = view_of(page, width)
    view.choose_lens("calls")
    view.select("encoder_layer/Dense_0 Dense")
    for tab in ("Parameters", "State", "RNGs", "Call"):
        view.choose_tab(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for place in (view.details, view.tree):
            assert place.evaluate(STICKING_OUT) == [], tab
            assert place.evaluate("it => it.scrollWidth <= it.clientWidth"), tab


@pytest.mark.parametrize("width", NARROW)
def test_a_narrow_tree_takes_at_most_half_above_the_details(
    page: Page, width: int
) -> None:
    view = view_of(page, width)
    assert expand_all(view, "calls").count() > 15
    view.select("encoder_layer/Dense_0 Dense")
    tree, details = box_of(view.tree), box_of(view.details)
    assert details["top"] >= tree["bottom"]
    assert 200 < tree["height"] <= details["height"] + 2
    assert details["left"] == tree["left"]
    assert details["width"] == tree["width"]


def test_a_wide_tree_stands_beside_the_details(page: Page) -> None:
    view = view_of(page, 640)
    view.choose_lens("calls")
    view.select("encoder_layer/Dense_0 Dense")
    tree, details = box_of(view.tree), box_of(view.details)
    assert tree["right"] <= details["left"] <= tree["right"] + 8
    assert tree["top"] == details["top"]
    assert min(tree["width"], details["width"]) > 200


@pytest.mark.parametrize("height", [400, 1200])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_help_of_the_search_stays_inside_and_can_be_scrolled(
    page: Page, width: int, height: int
) -> None:
    view = view_of(page, width, height)
    button = view.place.get_by_role("button", name="What can be searched for")
    button.click()
    panel = view.place.get_by_role("group", name="What can be searched for")
    box, details = box_of(panel), box_of(view.details)
    last = panel.get_by_role("button").last
    last.scroll_into_view_if_needed()
    example, scrolled = box_of(last), box_of(panel)
    button.click()
    assert box["left"] >= 0
    assert box["right"] <= width
    assert 200 < box["height"] <= 421
    assert box["bottom"] <= details["bottom"] + 1
    assert scrolled["top"] <= example["top"]
    assert example["bottom"] <= scrolled["bottom"]
