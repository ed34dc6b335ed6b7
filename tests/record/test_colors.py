"""A class's colour is a plain hex colour, on which dark text can be read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flax import linen as nn

from unflax_viz.record.colors import color_of_class, color_of_module, luminance_of

HOSTILE = [
    "red;} body{display:none} .x{color:red",
    "</style><img src=x onerror=alert(1)>",
    "url(javascript:alert(1))",
    "#12345",
    "#1234567",
    "#abc",
    " #aabbcc",
    "#aabbcc\n",
    "#\u0661\u0662\u0663\u0664\u0665\u0666",
    "rgb(170, 187, 204)",
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
    [("#aabbcc", "#aabbcc"), ("#AABBCC", "#aabbcc")],
)
def test_class_says_its_own_color(text: str, expected: str) -> None:
    assert color_of_module(module_of(text)) == expected


@pytest.mark.parametrize("color", [*HOSTILE, ValueError("no color")], ids=repr)
def test_what_is_no_color_is_not_used(color: Any) -> None:
    assert color_of_module(module_of(color)) == color_of_class("Painted")


def test_dark_color_is_lightened_until_text_can_be_read_on_it() -> None:
    color = color_of_module(module_of("#000080"))
    assert re.fullmatch("#[0-9a-f]{6}", color)
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    assert luminance_of((red, green, blue)) >= 0.34
    assert blue > red
