"""Histograms against numpy.histogram, on the host and by the compiled path."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import chunks
from unflax_viz.measure.histogram import Histogram, histogram_of
from unflax_viz.measure.statistics import statistics_of
from unflax_viz.measure.values import NoValues

BinValues = Callable[..., Histogram]


@pytest.fixture(params=["host", "device"])
def bin_values(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> BinValues:
    """Takes a histogram in small chunks, by NumPy or by the compiled function."""
    monkeypatch.setattr(chunks, "CHUNK_SIZE", 50)
    monkeypatch.setattr(chunks, "DEVICE_CHUNK_SIZE", 50)
    if request.param == "device":
        monkeypatch.setattr(chunks, "is_on_host", lambda piece: False)
    return lambda *args, **kwargs: _known(histogram_of(*args, **kwargs))


def _known(answer: Histogram | NoValues) -> Histogram:
    assert isinstance(answer, Histogram), answer
    return answer


@pytest.mark.parametrize("n_bins", [1, 2, 32, 33])
def test_counts_equal_those_of_numpy(bin_values: BinValues, n_bins: int) -> None:
    values = np.random.default_rng(0).normal(size=(7, 61)).astype(np.float32)
    found = bin_values(values, n_bins)
    truth, edges = np.histogram(values.astype(np.float64), n_bins)
    np.testing.assert_allclose(found.edges, edges, rtol=1e-15, atol=1e-15)
    assert found.counts.dtype == np.uint32
    np.testing.assert_array_equal(found.counts, truth)


def test_values_on_an_edge_lie_where_float64_compares_them(
    bin_values: BinValues,
) -> None:
    values = np.linspace(0.1, 0.7, 31).astype(np.float32)
    values = np.concatenate([values, np.nextafter(values, np.float32(1))])[:-1]
    found = bin_values(values, 30)
    truth, _ = np.histogram(values.astype(np.float64), found.edges)
    np.testing.assert_array_equal(found.counts, truth)


def test_nan_and_infinities_are_in_no_bin(bin_values: BinValues) -> None:
    values = np.array([np.nan, 1.0, np.inf, 2.0, -np.inf, np.nan, 1.5], np.float32)
    found = bin_values(values, 2)
    assert found.counts.tolist() == [1, 2]
    assert found.edges.tolist() == [1.0, 1.5, 2.0]
    assert (found.n_nan, found.n_posinf, found.n_neginf) == (2, 1, 1)


@pytest.mark.parametrize("values", [np.zeros((0, 3)), np.full(5, np.nan)])
def test_nothing_finite_gives_empty_bins_from_0_to_1(
    bin_values: BinValues, values: np.ndarray
) -> None:
    found = bin_values(values.astype(np.float32), 4)
    assert found.counts.tolist() == [0, 0, 0, 0]
    assert found.edges.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("constant", [0.0, 0.1, -3.0, 1e38, -3.4e38])
def test_constant_floats_fall_into_the_middle_of_a_range_around_them(
    bin_values: BinValues, constant: float
) -> None:
    found = bin_values(np.full(9, constant, np.float32), 3)
    assert found.counts.tolist() == [0, 9, 0]
    assert np.all(np.diff(found.edges) > 0)


def test_range_of_float64_does_not_overflow(bin_values: BinValues) -> None:
    found = bin_values(np.array([-1.7e308, 0.0, 1.7e308]), 3)
    assert found.counts.tolist() == [1, 1, 1]
    assert np.all(np.isfinite(found.edges))


def test_booleans_get_two_bins_even_if_all_are_true(bin_values: BinValues) -> None:
    found = bin_values(np.array([True, True, True]))
    assert found.counts.tolist() == [0, 3]
    assert found.edges.tolist() == [-0.5, 0.5, 1.5]
    assert bin_values(np.array([False, True, True])).counts.tolist() == [1, 2]


def test_few_integers_get_one_bin_each(bin_values: BinValues) -> None:
    found = bin_values(np.array([2, 5, 5, 3], np.int32))
    assert found.counts.tolist() == [1, 1, 0, 2]
    assert found.edges.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]


def test_evenly_spread_integers_fill_evenly_wide_bins(bin_values: BinValues) -> None:
    found = bin_values(np.arange(-50, 50, dtype=np.int8), 32)
    assert found.counts.tolist() == [4] * 25
    assert (found.edges[0], found.edges[-1]) == (-50.5, 49.5)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [(np.int64, -(2**63), 2**63 - 1), (np.uint64, 0, 2**64 - 1)],
)
def test_integers_over_the_whole_range_of_64_bits_are_counted(
    bin_values: BinValues, dtype: Any, low: int, high: int
) -> None:
    found = bin_values(np.array([low, low + 1, high - 1, high, high], dtype), 2)
    assert found.counts.tolist() == [2, 3]


def test_neighbouring_integers_beyond_2_to_53_stay_apart(bin_values: BinValues) -> None:
    found = bin_values(np.array([2**60, 2**60 + 1, 2**60 + 1]), 8)
    assert found.counts.tolist() == [1, 2]


def test_int4_and_bfloat16_are_counted(bin_values: BinValues) -> None:
    assert bin_values(np.array([-8, 7, 7], jnp.int4)).counts.tolist()[-1] == 2
    narrow = np.array([1, 2, 4], jnp.bfloat16)
    assert bin_values(narrow, 3).counts.tolist() == [1, 1, 1]


def test_complex_numbers_are_counted_by_magnitude(bin_values: BinValues) -> None:
    found = bin_values(np.array([3 + 4j, 10j], np.complex64), 2)
    assert found.counts.tolist() == [1, 1]
    assert (found.edges[0], found.edges[-1]) == (5.0, 10.0)


def test_known_statistics_are_used_instead_of_a_second_pass(
    bin_values: BinValues,
) -> None:
    statistics = statistics_of(np.array([0.0, 8.0], np.float32))
    assert not isinstance(statistics, NoValues)
    found = bin_values(np.array([1.0, 7.0], np.float32), 4, statistics)
    assert found.edges.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_what_has_no_numbers_says_why() -> None:
    reason = "key<fry>[] is a PRNG key, not a number."
    assert histogram_of(jax.random.key(0)) == NoValues(reason)


def test_no_bin_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^n_bins is 0; a histogram needs at least"):
        histogram_of(np.ones(3), 0)
