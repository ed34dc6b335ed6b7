"""Chooses the colour that marks a module class.

The same class has the same colour in every run. All our colours share one lightness
and saturation, so dark text on them reads well and none shouts. A class whose
`treescope_color` returns `#rrggbb` has that one, lightened where dark text would not be
readable on it.
"""

from __future__ import annotations

import colorsys
import hashlib
import re
from typing import Any, TypeGuard

Rgb = tuple[float, float, float]
"""Red, green and blue of sRGB, each from 0 to 1."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_LIGHTNESS = 0.80
_SATURATION = 0.55
_SALT = "8018"
"""Of the salts up to 20,000, the one that keeps Flax's own layers farthest apart."""

_MIN_LUMINANCE = 0.35
"""Text of #1b1b1b on it has a contrast of 6.6 to 1."""


def color_of_module(module: Any) -> str:
    """Returns the colour of a module's class as `#rrggbb`, valid in any style sheet."""
    own = _own_color_of(module)
    if not is_color(own):
        return color_of_class(type(module).__name__)
    red, green, blue = (int(own[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _write_hex(_lightened((red, green, blue)))


def color_of_class(class_name: str) -> str:
    """Returns our colour for a class of that name as `#rrggbb`."""
    digest = hashlib.sha256(f"{_SALT}:{class_name}".encode()).digest()
    hue = int.from_bytes(digest[:4], "big") % 360 / 360
    return _write_hex(colorsys.hls_to_rgb(hue, _LIGHTNESS, _SATURATION))


def is_color(text: Any) -> TypeGuard[str]:
    """Tells whether something is a colour of the form `#rrggbb`, and no other text."""
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def luminance_of(color: Rgb) -> float:
    """Returns the relative luminance of a colour, from 0 to 1, as WCAG 2 defines it."""
    red, green, blue = map(_to_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _own_color_of(module: Any) -> Any:
    """Returns what the class says of its colour: anything at all, None if it fails."""
    if not callable(getattr(type(module), "treescope_color", None)):
        return None
    try:
        return module.treescope_color()
    except Exception:
        return None


def _lightened(color: Rgb) -> Rgb:
    red, green, blue = color
    while luminance_of((red, green, blue)) < _MIN_LUMINANCE:
        red, green, blue = (
            channel + 0.1 * (1 - channel) for channel in (red, green, blue)
        )
    return red, green, blue


def _to_linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return ((channel + 0.055) / 1.055) ** 2.4


def _write_hex(color: Rgb) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in color)
