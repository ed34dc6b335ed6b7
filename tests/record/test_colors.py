"""A class's colour is a plain hex colour, on which dark text can be read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flax import linen as nn

from unflax_viz.record.colors import color_of_class, color_of_module
from unflax_viz.record.css_colors import luminance_of, read_color

HOSTILE = [
    "red;} body{display:none} .x{color:red",
    "</style><img src=x onerror=alert(1)>",
    "url(javascript:alert(1))",
    "#12345",
    "rgb(1,2,3,4,5)",
    "#" + "f" * 100_000,
    "rgb(\u0661,\u0662,\u0663)",
    ("#ffffff", "#000000"),
    None,
    7,
]


def module_of(color: Any) -> nn.Module:
    class Painted(nn.Module):
        def treescope_color(self) -> Any:
            if isinstance(color, Exception):
                raise color
            return color

    return Painted()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#abc", "#aabbcc"),
        (" #AABBCC ", "#aabbcc"),
        ("rgb(170, 187, 204)", "#aabbcc"),
        ("rgb(100% 50% 50%)", "#ff8080"),
        ("hsl(120 100% 75%)", "#80ff80"),
        ("oklch(100% 0 0)", "#ffffff"),
        ("oklch(86.644% 0.294827 142.4953deg)", "#00ff00"),
    ],
)
def test_class_says_its_own_color(text: str, expected: str) -> None:
    assert color_of_module(module_of(text)) == expected


@pytest.mark.parametrize("color", [*HOSTILE, ValueError("no color")], ids=repr)
def test_what_is_no_color_is_not_used(color: Any) -> None:
    assert color_of_module(module_of(color)) == color_of_class("Painted")


def test_dark_color_is_lightened_until_text_can_be_read_on_it() -> None:
    color = color_of_module(module_of("#000080"))
    assert re.fullmatch("#[0-9a-f]{6}", color)
    rgb = read_color(color)
    assert rgb is not None
    assert luminance_of(rgb) >= 0.34
    assert rgb[2] > rgb[0]
