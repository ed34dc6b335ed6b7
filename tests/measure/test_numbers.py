"""The exact words of counts, sizes, numbers, dtypes and shapes."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import (
    dtype_abbreviation,
    format_bytes,
    format_count,
    format_counted,
    format_exact,
    format_number,
    format_shape,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (640, "640"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (11_181_642, "11.2M"),
        (1_034_000_000, "1.03B"),
        (405_000_000_000, "405B"),
        (7 * 10**18, "7,000P"),
    ],
)
def test_count_has_three_digits(count: int, text: str) -> None:
    assert format_count(count) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (576, "576 B"),
        (999, "999 B"),
        (1_000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (44_726_568, "44.7 MB"),
        (999_600, "1.00 MB"),
        (810_000_000_000, "810 GB"),
    ],
)
def test_size_has_three_digits_and_a_decimal_unit(size_bytes: int, text: str) -> None:
    assert format_bytes(size_bytes) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-0.00123456, "-0.001235"),
        (0.1, "0.1"),
        (1 / 3, "0.3333"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.5e-7, "1.5e-07"),
        (12345.6, "12,346"),
        (9999.4, "9999"),
        (9999.6, "10,000"),
        (999_999.4, "999,999"),
        (123_456_789.0, "1.235e+08"),
        (7, "7"),
        (-2048, "-2,048"),
        (2**40, "1.1e+12"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (True, "True"),
        (np.float32(0.1), "0.1"),
        (np.int8(-5), "-5"),
        (jnp.bfloat16(2.5), "2.5"),
        (1 - 2j, "1-2j"),
        (complex(0, math.nan), "0+nanj"),
    ],
)
def test_number_has_four_digits(number: Any, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (11_181_642, "11,181,642"),
        (2**63, "9,223,372,036,854,775,808"),
        (np.float32(0.1), "0.10000000149011612"),
        (0.1, "0.1"),
        (False, "False"),
        (math.nan, "nan"),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_exact_number_loses_nothing(number: Any, text: str) -> None:
    assert format_exact(number) == text


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        (jnp.float32, "f32"),
        (jnp.bfloat16, "bf16"),
        (jnp.float8_e4m3fn, "f8_e4m3fn"),
        (np.dtype("int32"), "i32"),
        ("uint8", "u8"),
        (jnp.int4, "i4"),
        (jnp.uint4, "u4"),
        (np.complex64, "c64"),
        (bool, "bool"),
        (np.dtype("S3"), "|S3"),
        (np.dtype(object), "object"),
        (jax.dtypes.float0, "[('float0', 'V')]"),
        (jax.random.key(0).dtype, "key<fry>"),
        (jax.random.key(0, impl="rbg").dtype, "key<rbg>"),
    ],
)
def test_dtype_is_written_as_jax_does(dtype: Any, text: str) -> None:
    assert dtype_abbreviation(dtype) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((3, 3, 1, 16), np.float32), "f32[3,3,1,16]"),
        (jnp.int32(1), "i32[]"),
        (jax.random.split(jax.random.key(0), 2), "key<fry>[2]"),
        (jax.ShapeDtypeStruct((0,), jnp.bfloat16), "bf16[0]"),
    ],
)
def test_shape_follows_the_dtype(value: Any, text: str) -> None:
    assert format_shape(value) == text


def test_what_is_counted_is_one_or_several() -> None:
    counted = [format_counted(count, "call") for count in (0, 1, 2, 11_182)]
    assert counted == ["0 calls", "1 call", "2 calls", "11,182 calls"]
