"""Which colour does a text of CSS mean? Only what is surely a colour is understood."""

from __future__ import annotations

import colorsys
import math
import re

Rgb = tuple[float, float, float]
"""Red, green and blue of sRGB, each from 0 to 1."""

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_FUNCTION = re.compile(
    rf"(rgb|hsl|oklch)\(\s*({_NUMBER}%?)[\s,]+({_NUMBER}%?)[\s,]+({_NUMBER}%?)"
    rf"(?:deg)?\s*\)",
    re.ASCII,
)
_MAX_TEXT = 64


def read_color(text: object) -> Rgb | None:
    """Reads `#abc`, `#aabbcc`, `rgb(...)`, `hsl(...)` or `oklch(...)` without alpha.

    Args:
      text: Anything; what a class says of its own colour.

    Returns:
      The colour, cut to the gamut of sRGB; None for anything else, CSS names too.
    """
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        return None
    text = text.strip().lower()
    if _HEX.fullmatch(text):
        return _read_hex(text[1:])
    match = _FUNCTION.fullmatch(text)
    if match is None:
        return None
    kind, *arguments = match.groups()
    return {"rgb": _read_rgb, "hsl": _read_hsl, "oklch": _read_oklch}[kind](*arguments)


def write_hex(color: Rgb) -> str:
    """Writes a colour as `#rrggbb`."""
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in color)


def luminance_of(color: Rgb) -> float:
    """Returns the relative luminance of a colour, from 0 to 1, as WCAG 2 defines it."""
    red, green, blue = map(_to_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read_hex(digits: str) -> Rgb:
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _read_rgb(red: str, green: str, blue: str) -> Rgb:
    return _clip(_scaled(red, 255), _scaled(green, 255), _scaled(blue, 255))


def _read_hsl(hue: str, saturation: str, lightness: str) -> Rgb:
    turn = float(hue.rstrip("%")) % 360 / 360
    return _clip(
        *colorsys.hls_to_rgb(turn, _scaled(lightness, 100), _scaled(saturation, 100))
    )


def _read_oklch(lightness: str, chroma: str, hue: str) -> Rgb:
    """Converts by the matrices of https://bottosson.github.io/posts/oklab/."""
    light = _scaled(lightness, 1)
    size = 0.4 * _scaled(chroma, 1) if chroma.endswith("%") else float(chroma)
    angle = math.radians(float(hue.rstrip("%")))
    a, b = size * math.cos(angle), size * math.sin(angle)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return _clip(
        _to_gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _to_gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _to_gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _scaled(number: str, whole: float) -> float:
    """Reads a share: `50%` is a half, and so is `whole / 2`."""
    if number.endswith("%"):
        return float(number[:-1]) / 100
    return float(number) / whole


def _clip(*channels: float) -> Rgb:
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in channels)
    return red, green, blue


def _to_linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return ((channel + 0.055) / 1.055) ** 2.4


def _to_gamma(channel: float) -> float:
    if channel <= 0.0031308:
        return 12.92 * channel
    return 1.055 * channel ** (1 / 2.4) - 0.055
