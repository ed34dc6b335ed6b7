"""Statistics, histograms and differences of awkward numbers against exact oracles."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import (
    ArrayStatistics,
    Histogram,
    NoValues,
    chunks,
    computed,
    difference_of,
    histogram_of,
    statistics_of,
    thumbnail_of,
)

LARGEST = float(np.finfo(np.float32).max)
TINIEST = float(np.finfo(np.float32).smallest_subnormal)


def _random(size: int = 1000, scale: float = 1.0, offset: float = 0.0) -> np.ndarray:
    numbers = np.random.default_rng(size).normal(offset, scale, size)
    return numbers.astype(np.float32)


AWKWARD: dict[str, np.ndarray] = {
    "large offset, small deviation": _random(offset=1e8, scale=16),
    "subnormal": (np.arange(-500, 500) * TINIEST).astype(np.float32),
    "largest float32": np.array([LARGEST, -LARGEST, LARGEST] * 100, np.float32),
    "both ends of float32": np.array([LARGEST, TINIEST, -TINIEST, 0, 1], np.float32),
    "one element": np.array([1e-30], np.float32),
    "no axis": np.array(-2.5, np.float32),
    "symmetric, most of them zero": np.array([0.1, -0.1, *[0.0] * 98], np.float32),
    "around zero": np.array([-0.1, -TINIEST, -0.0, 0, TINIEST, 0.1], np.float32),
    "Fortran order": np.asfortranarray(_random(600).reshape(20, 30)),
    "gaps on both axes": _random(2400).reshape(40, 60)[::2, 1::3],
    "backwards": _random(999)[::-1],
    "three axes out of order": _random(960).reshape(8, 10, 12).transpose(1, 2, 0),
    "bfloat16": _random().astype(jnp.bfloat16),
    "float16 to its end": np.array([65504, -65504, 1e-7, 0] * 20, np.float16),
    "float64 finer than float32": 1.0 + np.arange(100) * 2.0**-50,
    "some broken": np.array([np.nan, 1, np.inf, 2, -np.inf, 1.5] * 50, np.float32),
    "cancelling infinities": np.array([np.inf, -np.inf, 3, 4] * 30, np.float32),
}


@pytest.fixture(params=["one chunk", "small chunks", "threads"], autouse=True)
def _cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads arrays whole, in many chunks, and by several threads."""
    if request.param != "one chunk":
        monkeypatch.setattr(chunks, "CHUNK_SIZE", 7)
    if request.param == "threads":
        monkeypatch.setattr(chunks, "CHUNKS_PER_TASK", 3)
        monkeypatch.setattr(chunks, "_n_cores", lambda: 3)


def _statistics(value: Any) -> ArrayStatistics:
    found = statistics_of(value)
    assert isinstance(found, ArrayStatistics)
    return found


def _histogram(value: Any, n_bins: int) -> Histogram:
    found = histogram_of(value, n_bins)
    assert isinstance(found, Histogram)
    return found


@pytest.mark.parametrize("name", AWKWARD)
def test_statistics_equal_exact_sums(name: str) -> None:
    values = AWKWARD[name]
    wide = values.astype(np.float64).reshape(-1)
    finite = wide[np.isfinite(wide)].tolist()
    found = _statistics(values)
    assert found.n_elements == values.size
    assert found.n_finite == len(finite)
    assert found.n_nan == np.isnan(wide).sum()
    assert found.n_posinf == (wide == np.inf).sum()
    assert found.n_neginf == (wide == -np.inf).sum()
    assert found.n_zeros == finite.count(0.0)
    assert (found.minimum, found.maximum) == (min(finite), max(finite))
    mean = math.fsum(finite) / len(finite)
    scale = max(map(abs, finite))
    assert found.mean == pytest.approx(mean, rel=1e-12, abs=1e-14 * scale)
    unit = scale or 1.0
    spread = math.fsum(((it - mean) / unit) ** 2 for it in finite) / len(finite)
    std = unit * math.sqrt(spread)
    assert found.std == pytest.approx(std, rel=1e-9, abs=1e-15 * scale)
    norm = math.hypot(*finite)
    assert found.l2_norm == pytest.approx(norm, rel=1e-12)


def test_norm_of_whole_numbers_is_whole() -> None:
    assert _statistics(np.array([1, 2, 2], np.float32)).l2_norm == 3.0


@pytest.mark.parametrize("n_bins", [1, 2, 7, 32])
@pytest.mark.parametrize("name", AWKWARD)
def test_every_number_lies_between_the_edges_of_its_bin(name: str, n_bins: int) -> None:
    values = AWKWARD[name]
    wide = values.astype(np.float64).reshape(-1)
    found = _histogram(values, n_bins)
    truth, _ = np.histogram(wide[np.isfinite(wide)], found.edges)
    np.testing.assert_array_equal(found.counts, truth)
    np.testing.assert_array_equal(np.diff(found.edges) > 0, True)


def test_neighbours_of_every_edge_fall_on_their_side_of_it() -> None:
    for seed in range(20):
        low, high = np.sort(_random(2 + seed)[:2])
        edges = np.linspace(float(low), float(high), 33).astype(np.float32)
        near = [edges, np.nextafter(edges, high), np.nextafter(edges, low), [0.0]]
        values = np.clip(np.concatenate(near), low, high).astype(np.float32)
        found = _histogram(values, 32)
        truth, _ = np.histogram(values.astype(np.float64), found.edges)
        np.testing.assert_array_equal(found.counts, truth)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", ["Fortran order", "gaps on both axes", "bfloat16"])
def test_difference_is_summarised_as_the_array_that_it_stands_for(
    name: str, order: Any
) -> None:
    before = AWKWARD[name]
    after = np.array(before * before.dtype.type(1.5), order=order)
    after.flat[:2] = np.nan, np.inf
    difference = difference_of(before, after)
    assert not isinstance(difference, NoValues)
    whole = after.astype(np.float32) - before.astype(np.float32)
    np.testing.assert_array_equal(computed(difference), whole)
    found, truth = _statistics(difference), _statistics(whole)
    assert found.mean == pytest.approx(truth.mean, rel=1e-12)
    assert (found.n_nan, found.minimum) == (truth.n_nan, truth.minimum)
    counts = _histogram(difference, 9).counts
    np.testing.assert_array_equal(counts, _histogram(whole, 9).counts)
    drawn, expected = thumbnail_of(difference), thumbnail_of(whole)
    assert not isinstance(drawn, NoValues)
    assert not isinstance(expected, NoValues)
    np.testing.assert_array_equal(drawn.values, expected.values)
    assert drawn.caption == expected.caption
