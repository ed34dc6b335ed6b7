"""Statistics against NumPy in float64, on the host and by the compiled path."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import chunks
from unflax_viz.measure.statistics import (
    ArrayStatistics,
    merge_moments,
    reduce_to_moments,
    statistics_of,
)
from unflax_viz.measure.values import NoValues

FLOAT8 = [jnp.float8_e4m3fn, jnp.float8_e5m2]

Measure = Callable[[Any], ArrayStatistics]


@pytest.fixture(params=["host", "device"])
def measure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Takes statistics in small chunks, by NumPy or by the compiled function."""
    monkeypatch.setattr(chunks, "CHUNK_SIZE", 7)
    monkeypatch.setattr(chunks, "DEVICE_CHUNK_SIZE", 7)
    if request.param == "device":
        monkeypatch.setattr(chunks, "is_on_host", lambda piece: False)
    return lambda value: _known(statistics_of(value))


def _known(answer: ArrayStatistics | NoValues) -> ArrayStatistics:
    assert isinstance(answer, ArrayStatistics), answer
    return answer


def _normal(shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(0).normal(0.3, 2.0, shape).astype(dtype)


@pytest.mark.parametrize("size", [1, 6, 7, 8, 13, 14, 100])
def test_moments_equal_numpy_whatever_the_rest_of_the_last_chunk(
    measure: Measure, size: int
) -> None:
    values = _normal((size,))
    truth = values.astype(np.float64)
    found = measure(values)
    assert found.n_elements == found.n_finite == size
    assert found.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert found.std == pytest.approx(truth.std(), rel=1e-12, abs=1e-15)
    assert found.l2_norm == pytest.approx(np.linalg.norm(truth), rel=1e-12)
    assert (found.minimum, found.maximum) == (truth.min(), truth.max())


def test_broken_elements_are_counted_apart_and_leave_the_moments_alone(
    measure: Measure,
) -> None:
    values = _normal((4, 9))
    truth = values.astype(np.float64).reshape(-1)[6:]
    values.reshape(-1)[:6] = [np.nan, np.inf, np.nan, -np.inf, np.nan, np.inf]
    found = measure(values)
    assert (found.n_nan, found.n_posinf, found.n_neginf) == (3, 2, 1)
    assert (found.n_elements, found.n_finite) == (36, 30)
    assert found.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert found.std == pytest.approx(truth.std(), rel=1e-12)
    assert (found.minimum, found.maximum) == (truth.min(), truth.max())


def test_nothing_finite_has_no_moments_but_counts(measure: Measure) -> None:
    found = measure(np.array([np.nan] * 8 + [np.inf], np.float32))
    assert (found.n_nan, found.n_posinf, found.n_finite) == (8, 1, 0)
    moments = (found.mean, found.std, found.minimum, found.maximum)
    assert all(math.isnan(moment) for moment in moments)
    assert found.l2_norm == 0.0


@pytest.mark.parametrize("dtype", [np.float32, np.int32, bool])
def test_empty_array_has_zero_counts_and_no_extremes(
    measure: Measure, dtype: Any
) -> None:
    found = measure(np.zeros((3, 0), dtype))
    assert (found.n_elements, found.n_finite, found.n_zeros) == (0, 0, 0)
    assert math.isnan(found.mean)
    assert math.isnan(found.minimum)


def test_constant_array_has_exactly_no_deviation(measure: Measure) -> None:
    found = measure(np.full((5, 7), 0.1, np.float32))
    assert found.std == 0.0
    assert found.mean == float(np.float32(0.1))
    assert found.minimum == found.maximum == float(np.float32(0.1))


def test_squares_of_the_largest_floats_do_not_overflow(measure: Measure) -> None:
    found = measure(np.array([3e38, -3e38] * 10, np.float32))
    largest = float(np.float32(3e38))
    assert found.std == pytest.approx(largest, rel=1e-12)
    assert found.l2_norm == pytest.approx(largest * math.sqrt(20), rel=1e-12)
    assert found.mean == pytest.approx(0.0, abs=1e23)


def test_small_deviation_on_a_large_offset_survives(measure: Measure) -> None:
    values = np.array([16777216.0, 16777218.0] * 50, np.float32)
    found = measure(values)
    assert found.mean == 16777217.0
    assert found.std == pytest.approx(1.0, rel=1e-8)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.int64, -(2**63), 2**63 - 1),
        (np.int64, 2**53, 2**53 + 1),
        (np.uint64, 2**63, 2**64 - 1),
        (np.int32, -(2**31), 2**31 - 1),
        (np.int8, -128, 127),
    ],
)
def test_extremes_of_integers_are_exact(
    measure: Measure, dtype: Any, low: int, high: int
) -> None:
    found = measure(np.array([low] + [high] * 9, dtype))
    assert (found.minimum, found.maximum) == (low, high)
    assert isinstance(found.minimum, int)
    assert found.mean == pytest.approx((low + 9 * high) / 10, rel=1e-12)


def test_booleans_count_as_zero_and_one(measure: Measure) -> None:
    found = measure(np.array([True, False, False, True, True] * 2))
    assert (found.mean, found.n_zeros) == (0.6, 4)
    assert (found.minimum, found.maximum) == (0, 1)


def test_complex_numbers_are_measured_by_magnitude_and_keep_their_nan(
    measure: Measure,
) -> None:
    values = np.array([3 + 4j, -5j, complex(np.inf, np.nan), 0], np.complex64)
    found = measure(values)
    assert found.is_magnitude
    assert (found.n_nan, found.n_posinf, found.n_zeros) == (1, 0, 1)
    assert (found.minimum, found.maximum) == (0.0, 5.0)
    assert found.mean == pytest.approx(10 / 3, rel=1e-12)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, *FLOAT8])
def test_narrow_floats_are_measured_as_float64(measure: Measure, dtype: Any) -> None:
    values = _normal((30,)).astype(dtype)
    values[3] = np.nan
    truth = np.delete(values.astype(np.float64), 3)
    found = measure(values)
    assert (found.n_nan, found.n_finite) == (1, 29)
    assert found.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert found.maximum == truth.max()


def test_int4_is_measured_as_an_integer(measure: Measure) -> None:
    found = measure(np.array([-8, 7, 0] * 5, jnp.int4))
    assert (found.minimum, found.maximum, found.n_zeros) == (-8, 7, 5)


def test_scalar_and_plain_number_are_one_element(measure: Measure) -> None:
    assert measure(jnp.float32(2.5)).mean == 2.5
    assert measure(3).maximum == 3
    assert measure(np.zeros((), np.float32)).n_zeros == 1


def test_transposed_view_is_measured_whole(measure: Measure) -> None:
    values = _normal((6, 5)).T
    truth = values.astype(np.float64)
    assert measure(values).std == pytest.approx(truth.std(), rel=1e-12)


def test_compiled_path_takes_a_64_bit_type_from_a_32_bit_array() -> None:
    folded = chunks.fold_on_device(
        jnp.ones((3, 5), jnp.float32), reduce_to_moments, merge_moments
    )
    assert folded.mean.dtype == np.float64
    assert folded.extent.n_finite.dtype == np.int64
    assert jnp.ones(1).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            jax.ShapeDtypeStruct((2, 3), jnp.float32),
            "Only the shape is known: an abstract run computes no values.",
        ),
        (jax.random.key(0), "key<fry>[] is a PRNG key, not a number."),
        ("text", "No numbers: the dtype is <U4."),
        (object(), "No numbers: the dtype is object."),
        (np.array(["2020"], "M8[Y]"), "No numbers: the dtype is datetime64[Y]."),
    ],
)
def test_what_has_no_numbers_says_why(value: Any, reason: str) -> None:
    assert statistics_of(value) == NoValues(reason)


def test_deleted_array_says_that_it_was_donated() -> None:
    array = jnp.arange(4)
    array.delete()
    assert statistics_of(array) == NoValues(
        "The array was deleted; most likely its memory was donated to a later call."
    )


def test_tracer_says_that_only_the_shape_is_known() -> None:
    answers = []
    jax.eval_shape(lambda x: answers.append(statistics_of(x)), jnp.ones(3))
    reason = "Only the shape is known: the value is a JAX tracer."
    assert answers == [NoValues(reason)]
