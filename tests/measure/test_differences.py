"""After minus before, and where it changed."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import (
    NoValues,
    changed_region,
    computed,
    difference_of,
    differences,
)
from unflax_viz.measure.meshes import enable_x64


@pytest.fixture(params=["host", "device"])
def put(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lays arrays where NumPy, or the compiled function, works on them."""
    monkeypatch.setattr(differences, "CHUNK_SIZE", 5)
    if request.param == "host":
        return np.asarray
    monkeypatch.setattr(differences, "is_on_one_cpu", lambda array: False)

    def put_on_device(values: Any) -> jax.Array:
        with enable_x64(True):
            return jnp.asarray(values)

    return put_on_device


def subtract(put: Any, before: Any, after: Any) -> np.ndarray:
    difference = difference_of(put(before), put(after))
    assert not isinstance(difference, NoValues)
    return np.asarray(computed(difference))


def test_what_did_not_change_is_zero_infinity_and_nan_too(put: Any) -> None:
    before = np.array([1, np.nan, np.inf, -np.inf, np.nan, 0, np.inf, 1], np.float32)
    after = np.array([3, np.nan, np.inf, -np.inf, 1, np.nan, 1, np.inf], np.float32)
    expected = [2, 0, 0, 0, np.nan, np.nan, -np.inf, np.inf]
    difference = subtract(put, before, after)
    assert difference.dtype == np.float32
    np.testing.assert_array_equal(difference, expected)


@pytest.mark.parametrize(
    ("dtype", "wide"),
    [
        ("bool", "int16"),
        ("int4", "int16"),
        ("int8", "int16"),
        ("uint8", "int16"),
        ("int16", "int32"),
        ("uint32", "int64"),
        ("bfloat16", "float32"),
        ("float8_e4m3fn", "float32"),
        ("float64", "float64"),
        ("complex64", "complex64"),
    ],
)
def test_narrow_types_are_subtracted_in_wider_ones(
    put: Any, dtype: str, wide: str
) -> None:
    before = np.array([1, 0, 1, 0]).astype(jnp.dtype(dtype))
    after = np.array([0, 1, 1, 0]).astype(jnp.dtype(dtype))
    difference = subtract(put, before, after)
    assert difference.dtype == wide
    np.testing.assert_array_equal(difference, [-1, 1, 0, 0])


def test_extremes_of_narrow_integers_do_not_wrap(put: Any) -> None:
    before, after = np.array([-128, 127], np.int8), np.array([127, -128], np.int8)
    np.testing.assert_array_equal(subtract(put, before, after), [255, -255])


def test_integers_of_64_bits_are_exact_until_they_cannot_be(put: Any) -> None:
    before = np.array([2**62, 7], np.int64)
    near = subtract(put, before, before + np.array([1, -1]))
    assert near.dtype == np.int64
    np.testing.assert_array_equal(near, [1, -1])
    far = subtract(put, np.array([-(2**63), 0]), np.array([2**63 - 1, 1]))
    assert far.dtype == np.float64
    np.testing.assert_array_equal(far, [2.0**64, 1])


def test_unsigned_integers_of_64_bits_have_signed_differences(put: Any) -> None:
    before = np.array([2**64 - 1, 0], np.uint64)
    after = np.array([2**64 - 2, 1], np.uint64)
    np.testing.assert_array_equal(subtract(put, before, after), [-1, 1])


def test_types_may_differ(put: Any) -> None:
    after = np.array([1.5, 2.5]).astype(jnp.bfloat16)
    difference = subtract(put, np.array([1, 2], np.float32), after)
    np.testing.assert_array_equal(difference, [0.5, 0.5])
    assert subtract(put, np.array([2**40]), np.array([1.5])).dtype == np.float64


def test_written_place_of_a_cache_is_the_smallest_box(put: Any) -> None:
    before = np.zeros((2, 6, 3), np.float32)
    after = before.copy()
    after[0, 3, 1] = after[1, 4, 1] = 1
    region = changed_region(put(before), put(after))
    assert not isinstance(region, NoValues)
    assert (region.n_changed, region.n_elements) == (2, 36)
    assert (region.start, region.stop) == ((0, 3, 1), (2, 5, 2))


@pytest.mark.parametrize("shape", [(1, 1, 37, 2), (3, 1, 11), (1, 1), (2, 3, 8)])
def test_changes_are_found_in_bands_across_any_axis(
    put: Any, shape: tuple[int, ...]
) -> None:
    before = np.zeros(shape, np.float32)
    after = before.copy()
    after[..., -1] = 1
    region = changed_region(put(before), put(after))
    assert not isinstance(region, NoValues)
    assert region.n_changed == np.count_nonzero(after)
    assert region.start == (*(0 for _ in shape[1:]), shape[-1] - 1)
    assert region.stop == shape


def test_only_a_band_is_compared_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "CHUNK_SIZE", 6)
    sizes: list[int] = []
    differs = differences._differs

    def watch_sizes(old: Any, new: Any, xp: Any) -> Any:
        sizes.append(old.size)
        return differs(old, new, xp)

    monkeypatch.setattr(differences, "_differs", watch_sizes)
    cache = np.zeros((1, 30, 2), np.float32)
    changed_region(cache, cache + np.float32(1))
    assert sizes == [6] * 10


def test_nan_equals_nan_and_zero_differs_from_minus_zero(put: Any) -> None:
    before = np.array([np.nan, 0.0, 1.0], np.float32)
    after = np.array([-np.nan, -0.0, 1.0], np.float32)
    region = changed_region(put(before), put(after))
    assert not isinstance(region, NoValues)
    assert (region.n_changed, region.start, region.stop) == (1, (1,), (2,))


@pytest.mark.parametrize("shape", [(), (0, 3), (5,)])
def test_nothing_changed_is_an_empty_box(put: Any, shape: tuple[int, ...]) -> None:
    values = np.ones(shape)
    region = changed_region(put(values), put(values))
    assert not isinstance(region, NoValues)
    assert (region.n_changed, region.start, region.stop) == (
        0,
        (0,) * len(shape),
        (0,) * len(shape),
    )
    assert subtract(put, values, values).shape == shape


def test_scalar_that_changed_is_a_box_without_axes(put: Any) -> None:
    region = changed_region(put(1), put(2))
    assert not isinstance(region, NoValues)
    assert (region.n_changed, region.start) == (1, ())


@pytest.mark.parametrize("function", [difference_of, changed_region])
def test_what_cannot_be_subtracted_is_said(function: Any) -> None:
    keys = jax.random.split(jax.random.key(0), 2)
    assert function(keys, keys) == NoValues("key<fry>[2] is a PRNG key, not a number.")
    answer = function(np.zeros((2, 3), np.float32), np.zeros((2, 4), np.float32))
    assert answer == NoValues(
        "The shape changed from f32[2,3] to f32[2,4], so there is no difference."
    )
    shape = jax.ShapeDtypeStruct((2,), np.float32)
    assert isinstance(function(shape, np.zeros(2)), NoValues)


@pytest.mark.parametrize("function", [difference_of, changed_region])
def test_watch_is_told_and_may_stop_it(put: Any, function: Any) -> None:
    values = put(np.zeros((20, 5), np.float32))
    fractions: list[float] = []
    function(values, values, fractions.append)
    assert fractions[0] == 0.0
    assert fractions == sorted(fractions)
    assert fractions[-1] < 1.0

    def stop(fraction: float) -> None:
        raise KeyboardInterrupt(fraction)

    with pytest.raises(KeyboardInterrupt):
        function(values, values, stop)


def test_difference_beyond_all_integers_is_a_number_of_float64() -> None:
    before, after = np.array([2**63 + 5], np.uint64), np.array([-(2**63)])
    for old, new, sign in ((before, after, -1), (after, before, 1)):
        difference = computed(difference_of(old, new))
        assert difference.dtype == np.float64
        assert difference[0] == sign * 2.0**64
