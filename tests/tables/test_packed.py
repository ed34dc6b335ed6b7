"""Is what is packed as small as can be, and is it all there?"""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest

from unflax_viz.tables.packed import pack


def unpack(packed: bytes) -> Any:
    """Reads what was packed, as js/src/tree/packed.ts does."""
    whole = gzip.decompress(packed)
    n_header = int(np.frombuffer(whole, "<u4", 1)[0])
    start = -(-(4 + n_header) // 8) * 8
    header = json.loads(whole[4 : 4 + n_header])

    def restore(value: Any) -> Any:
        if isinstance(value, list):
            return [restore(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "@" not in value:
            return {key: restore(item) for key, item in value.items()}
        kind, place, length = value["@"]
        assert (start + place) % 8 == 0
        dtype = "<f8" if kind == "float64" else "<i4"
        numbers = np.frombuffer(whole, dtype, length, start + place)
        return np.cumsum(numbers, dtype=np.int32) if kind == "steps" else numbers

    return restore(header)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(10_000, dtype=np.int32),
        np.array([5, -1, 5, -1, 2**31 - 1, -(2**31) + 1], np.int64),
        np.array([2**40, -1], np.int64),
        np.array([0.5, -np.inf], np.float32),
        np.zeros(0, np.int32),
    ],
    ids=str,
)
def test_an_array_comes_back_wherever_it_stands(array: np.ndarray) -> None:
    given = {"a": [1, {"b": array}], "text": "\u00e9", "c": array[::-1]}
    found = unpack(pack(given))
    np.testing.assert_array_equal(found["a"][1]["b"], array)
    np.testing.assert_array_equal(found["c"], array[::-1])
    assert (found["a"][0], found["text"]) == (1, "\u00e9")


def test_what_counts_up_takes_next_to_nothing() -> None:
    assert len(pack({"rows": np.arange(100_000)})) < 1_000


def test_a_lone_surrogate_travels_as_in_every_message() -> None:
    assert unpack(pack(["\ud800"])) == ["\\ud800"]


def test_the_same_value_is_packed_alike() -> None:
    value = {"a": np.arange(99), "b": ["x"]}
    assert pack(value) == pack(value)
