"""A part of an array, taken where the array lies."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.errors import WrongValueError
from unflax_viz.measure import slice_of
from unflax_viz.measure.slices import _take_compiled, describe_index

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize("put", [np.asarray, jnp.asarray])
@pytest.mark.parametrize(
    ("index", "key"),
    [
        ([], np.s_[:]),
        ([None, None, None], np.s_[:]),
        ([1, None, None], np.s_[1]),
        ([None, 2, None], np.s_[:, 2]),
        ([0, None, 3], np.s_[0, :, 3]),
        ([1, 2, 3], np.s_[1, 2, 3]),
    ],
)
def test_slice_is_what_numpy_takes(put: Any, index: Any, key: Any) -> None:
    part = slice_of(put(VALUES), index)
    assert part.dtype == np.float32
    np.testing.assert_array_equal(part, VALUES[key])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([0], "The index [0] has 1 items, but f32[2,3,4] has 3 axes; give one item"),
        ([None, 3, None], "Axis 1 of f32[2,3,4] has no position 3; they run from 0 to"),
        ([-1, None, None], "Axis 0 of f32[2,3,4] has no position -1; they run from 0"),
        ([10**30, None, None], "Axis 0 of f32[2,3,4] has no position 1000"),
        ([None, True, None], "The position True on axis 1 is not an integer"),
        ([None, "0", None], "The position '0' on axis 1 is not an integer; give one"),
        ([0.0, None, None], "The position 0.0 on axis 0 is not an integer"),
    ],
)
def test_wrong_index_says_what_would_be_right(index: Any, message: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        slice_of(VALUES, index)
    assert str(caught.value).startswith(message)
    assert caught.value.given == index


def test_empty_axis_has_no_position() -> None:
    with pytest.raises(WrongValueError, match=r"has no position 0; it is empty\."):
        slice_of(np.zeros((0, 2)), [0, None])
    assert slice_of(np.zeros((0, 2)), [None, 1]).shape == (0,)


def test_another_position_is_not_compiled_again() -> None:
    array = jnp.zeros((31, 7))
    compiled: Any = _take_compiled
    slice_of(array, [0, None])
    n_compiled = compiled._cache_size()
    for position in range(1, 31):
        slice_of(array, [position, None])
    assert compiled._cache_size() == n_compiled


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "int4", "bool"])
def test_narrow_types_keep_their_type(dtype: str) -> None:
    values = np.array([[0, 1], [1, 0]]).astype(jnp.dtype(dtype))
    for array in (values, jnp.asarray(values)):
        part = slice_of(array, [0, None])
        assert part.dtype == jnp.dtype(dtype)
        np.testing.assert_array_equal(np.asarray(part, np.float32), [0, 1])


def test_keys_and_shapes_are_sliced_as_well() -> None:
    keys = jax.random.split(jax.random.key(0), (3, 2))
    part = slice_of(keys, [1, None])
    assert jnp.array_equal(jax.random.key_data(part), jax.random.key_data(keys[1]))
    shape = slice_of(jax.ShapeDtypeStruct((3, 2), np.float32), [None, 1])
    assert shape == jax.ShapeDtypeStruct((3,), np.float32)


def test_index_is_written_as_in_python() -> None:
    assert describe_index([0, None, 3]) == "[0, :, 3]"
    assert describe_index([None, None]) == ""
    assert describe_index([]) == ""


def test_nan_is_only_looked_at_where_jax_raises_at_each() -> None:
    array = jnp.full((2, 3), jnp.nan)
    with jax.debug_nans(True):
        part = slice_of(array, (0, None))
    np.testing.assert_array_equal(part, np.full(3, np.nan))
