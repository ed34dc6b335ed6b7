"""Packs megabytes so that a page opens at once.

In blocks: each is JSON, or what `tables.packed` packs, compressed by itself. The
browser unpacks only those that the reader comes to.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

_GZIP_BITS = 31
"""Largest window, with the header of gzip; zlib leaves its time of change at 0."""


class Archive:
    """Blocks of JSON as lines of text.

    Attributes:
      n_bytes: How long the text is so far.
    """

    def __init__(self) -> None:
        """Begins with no block."""
        self.n_bytes = 0
        self._lines: list[str] = []

    def add(self, value: Any) -> int:
        """Adds a block; returns its number."""
        return self._append(_pack(value))

    def add_packed(self, packed: bytes) -> int:
        """Adds a block that is compressed already; returns its number."""
        return self._append(base64.b64encode(packed).decode())

    def add_within(self, value: Any, max_bytes: int) -> int | None:
        """Adds a block unless the text got longer than that; then returns None."""
        line = _pack(value)
        if self.n_bytes + len(line) + 1 > max_bytes:
            return None
        return self._append(line)

    def text(self) -> str:
        """Returns one line of base64 for each block, in the order added."""
        return "\n".join(self._lines)

    def _append(self, line: str) -> int:
        self._lines.append(line)
        self.n_bytes += len(line) + 1
        return len(self._lines) - 1


def _pack(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    compressor = zlib.compressobj(9, zlib.DEFLATED, _GZIP_BITS)
    packed = compressor.compress(text.encode()) + compressor.flush()
    return base64.b64encode(packed).decode()
