"""Which colour marks a module class?

The same class has the same colour in every run. All colours share one lightness and
saturation, so dark text on them reads well and none shouts.
"""

from __future__ import annotations

import colorsys
import hashlib

_LIGHTNESS = 0.80
_SATURATION = 0.55
_SALT = "8018"
"""Of the salts up to 20,000, the one that keeps Flax's own layers farthest apart."""


def color_of_class(class_name: str) -> str:
    """Returns the colour of a module class as `#rrggbb`, valid in every style sheet."""
    digest = hashlib.sha256(f"{_SALT}:{class_name}".encode()).digest()
    hue = int.from_bytes(digest[:4], "big") % 360 / 360
    channels = colorsys.hls_to_rgb(hue, _LIGHTNESS, _SATURATION)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
