r"""Text between Python and the browser, in which every name can be sent.

A name may hold a lone surrogate, which UTF-8 cannot hold and Jupyter cannot send. It
travels as its escape, `\ud800`, and is itself again when the browser sends it back. A
name that has those six characters is taken for the surrogate then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_ESCAPED = re.compile(r"\\u(d[89a-f][0-9a-f]{2})")


def to_wire(message: Any) -> Any:
    """Returns a message in which all texts, keys too, can be written as UTF-8."""
    return _map_texts(_escape, message)


def from_wire(message: Any) -> Any:
    """Returns a message of the browser with the names as Python has them."""
    return _map_texts(_unescape, message)


def _map_texts(function: Callable[[str], str], message: Any) -> Any:
    if isinstance(message, str):
        return function(message)
    if isinstance(message, dict):
        return {
            _map_texts(function, key): _map_texts(function, value)
            for key, value in message.items()
        }
    if isinstance(message, list | tuple):
        return type(message)([_map_texts(function, item) for item in message])
    return message


def _escape(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
