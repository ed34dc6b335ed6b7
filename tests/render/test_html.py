"""Rows and the static page: names are somebody else's text."""

from __future__ import annotations

import html.parser
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import treescope

import unflax_viz
from tests import example
from unflax_viz.render import static_html

HOSTILE = "</span></script><img src=x onerror=alert(1)>\"'&"


class Elements(html.parser.HTMLParser):
    """Collects the start tags with their attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_run() -> unflax_viz.FlaxRun:
    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.sow("intermediates", f"sown {HOSTILE}", HOSTILE)
            return nn.Dense(2, name=HOSTILE)(x)

    made = Holder().init(jax.random.key(0), jnp.ones((1, 3)))
    return unflax_viz.capture(
        Holder(), made, jnp.ones((1, 3)), mutable=["intermediates"]
    )


def test_hostile_names_stay_text() -> None:
    drawn = Elements(static_html.static_html(hostile_run()))
    assert {tag for tag, _ in drawn.found} <= {
        "b",
        "details",
        "div",
        "span",
        "summary",
    }
    assert not any(name.startswith("on") for _, a in drawn.found for name in a)
    assert HOSTILE in drawn.text


def test_static_page_names_every_call_parameter_state_and_key() -> None:
    text = Elements(static_html.static_html(example.run())).text
    for expected in (
        "Example.__call__",
        "parameter kernel  f32[3,4]  48 B",
        "state mean  f32[4]  16 B  changed",
        "rng dropout  1 draw  key<fry>[] 0x",
    ):
        assert expected in text
    assert "more call" not in text


def test_static_page_cuts_and_wraps_long_names() -> None:
    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.Dropout(0.0, deterministic=True, name="x" * 10_000)(x)

    page = static_html.static_html(unflax_viz.capture(Holder(), {}, jnp.ones(1)))
    assert "overflow-wrap: anywhere" in page
    assert f">{'x' * 299}…<" in page


def test_static_page_of_a_huge_run_stays_a_page() -> None:
    class Wide(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for _ in range(1000):
                x = nn.Dropout(0.0, deterministic=True)(x)
            return x

    page = static_html.static_html(unflax_viz.capture(Wide(), {}, jnp.ones(1)))
    assert "and 601 more calls" in page
    assert len(page) < 200_000


def test_value_that_cannot_be_shown_is_drawn_in_its_place() -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    class Holder(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.variable("cache", "odd", Unprintable)

    run = unflax_viz.capture(Holder(), {}, mutable="cache")
    text = Elements(static_html.static_html(run)).text
    assert "Unprintable cannot be shown: RuntimeError" in text


def test_name_with_line_ends_and_direction_marks_stays_one_readable_line() -> None:
    odd = "two\nlines\u202eback"

    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.Dropout(0.0, deterministic=True, name=odd)(x)

    run = unflax_viz.capture(Holder(), {}, jnp.ones(1))
    shown = "two\\nlines\\u202eback"
    assert shown in static_html.static_html(run)
    assert shown in treescope.render_to_text(run)
