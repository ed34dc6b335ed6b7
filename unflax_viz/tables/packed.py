"""Packs nested JSON with NumPy arrays in it into few bytes.

`js/src/tree/packed.ts` unpacks it. What gzip compresses begins with the length of a
header, uint32. The header follows, JSON in UTF-8, and then the arrays, little-endian,
each at a multiple of 8 bytes; equal ones are written once. In the header
`{"@": [kind, start, length]}` stands for an array. Its kind is "int32", "float64" or
"steps": int32 too, but each number is written as its difference from the one before,
which often compresses better.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np

_ALIGNED = 8
_GZIP_BITS = 31
"""Largest window, with the header of gzip; zlib leaves its time of change at 0."""


def pack(value: Any) -> bytes:
    """Packs a value.

    Args:
      value: JSON, in which one-dimensional arrays of integers that fit int32, or of
        floating-point numbers, may stand anywhere.

    Returns:
      The bytes; the same for the same value.
    """
    arrays = _Arrays()
    text = json.dumps(
        _describe(value, arrays),
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    header = text.encode()
    start = _aligned(4 + len(header))
    pieces = [np.uint32(len(header)).tobytes(), header]
    pieces.append(b"\0" * (start - 4 - len(header)))
    pieces += arrays.pieces
    compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP_BITS)
    return compressor.compress(b"".join(pieces)) + compressor.flush()


class _Arrays:
    """The arrays that are written, one after the other."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._starts: dict[bytes, int] = {}
        self._end = 0

    def place(self, array: np.ndarray) -> int:
        """Returns where an array begins."""
        written = array.tobytes()
        start = self._starts.get(written)
        if start is None:
            start = self._starts[written] = self._end
            self._end = _aligned(start + len(written))
            self.pieces += [written, b"\0" * (self._end - start - len(written))]
        return start


def _describe(value: Any, arrays: _Arrays) -> Any:
    """Returns the header of a value, and adds the arrays in it to `arrays`."""
    if isinstance(value, np.ndarray):
        kind, written = _encode(value)
        return {"@": [kind, arrays.place(written), len(written)]}
    if isinstance(value, dict):
        return {key: _describe(item, arrays) for key, item in value.items()}
    if isinstance(value, str):
        # UTF-8 cannot hold a lone surrogate; `widget.wire_text` writes it so too.
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_describe(item, arrays) for item in value]
    return value


def _encode(array: np.ndarray) -> tuple[str, np.ndarray]:
    if array.dtype.kind == "f":
        return "float64", array.astype("<f8")
    if array.size and max(abs(int(array.min())), abs(int(array.max()))) >= 2**31:
        return "float64", array.astype("<f8")
    plain = array.astype("<i4")
    steps = np.diff(plain, prepend=np.int32(0)).astype("<i4")
    n_different = [len(np.unique(each)) for each in (plain, steps)]
    return ("int32", plain) if n_different[0] <= n_different[1] else ("steps", steps)


def _aligned(n_bytes: int) -> int:
    return -(-n_bytes // _ALIGNED) * _ALIGNED
