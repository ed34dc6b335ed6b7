"""Which colour marks a module class?

The same class has the same colour in every run. All our colours share one lightness
and saturation, so dark text on them reads well and none shouts. A class that says its
own colour, as Treescope's classes do with `treescope_color`, has that one, lightened
where dark text would not be readable on it.
"""

from __future__ import annotations

import colorsys
import hashlib
from typing import Any

from unflax_viz.record.css_colors import Rgb, luminance_of, read_color, write_hex

_LIGHTNESS = 0.80
_SATURATION = 0.55
_SALT = "8018"
"""Of the salts up to 20,000, the one that keeps Flax's own layers farthest apart."""

_MIN_LUMINANCE = 0.35
"""Text of #1b1b1b on it has a contrast of 6.6 to 1."""


def color_of_module(module: Any) -> str:
    """Returns the colour of a module's class as `#rrggbb`, valid in any style sheet."""
    own = read_color(_own_color_of(module))
    if own is None:
        return color_of_class(type(module).__name__)
    return write_hex(_lightened(own))


def color_of_class(class_name: str) -> str:
    """Returns our colour for a class of that name as `#rrggbb`."""
    digest = hashlib.sha256(f"{_SALT}:{class_name}".encode()).digest()
    hue = int.from_bytes(digest[:4], "big") % 360 / 360
    return write_hex(colorsys.hls_to_rgb(hue, _LIGHTNESS, _SATURATION))


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
