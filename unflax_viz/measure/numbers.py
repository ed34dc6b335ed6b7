"""Writes a count, a size, a number or a dtype so short that it fits in a row."""

import math
from typing import Any, Protocol

import jax
import numpy as np


class HasShapeAndDtype(Protocol):
    """An array of NumPy or JAX, a `jax.ShapeDtypeStruct`, a tracer."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        ...

    @property
    def dtype(self) -> Any:
        """Element type, of NumPy or JAX."""
        ...


def format_count(count: int) -> str:
    """Writes a count with three significant digits: "640", "1,152", "11.2M", "1.03B".

    Args:
      count: An integer; up to 9,999 it is written in full.
    """
    if abs(count) < 10_000:
        return f"{count:,}"
    return _scale(count, ("k", "M", "B", "T", "P"))


def format_counted(count: int, noun: str) -> str:
    """Writes a count with what is counted: "1 call", "2 calls", "11,182 calls"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_bytes(size_bytes: int) -> str:
    """Writes a size in decimal units with three significant digits: "44.7 MB".

    Args:
      size_bytes: Size in bytes; below 1,000 it is written in full, "576 B".
    """
    if abs(size_bytes) < 1000:
        return f"{size_bytes} B"
    return _scale(size_bytes, (" kB", " MB", " GB", " TB", " PB", " EB"))


def _scale(number: int, units: tuple[str, ...]) -> str:
    """Writes `number` (of magnitude 1000 or more) in thousands, millions and so on."""
    scaled, index = number / 1000, 0
    # 999.5 and above would be rounded to a fourth digit.
    while abs(scaled) >= 999.5 and index < len(units) - 1:
        scaled, index = scaled / 1000, index + 1
    n_decimals = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:,.{n_decimals}f}{units[index]}"


def format_number(number: complex | np.generic) -> str:
    """Writes a number with four significant digits: "-0.001235", "1.235e+08", "nan".

    Args:
      number: A Python or NumPy number. Integers below a million are written in full;
        -0.0 becomes "0"; a complex number becomes "1+2j".
    """
    plain = _to_python(number)
    if isinstance(plain, bool):
        return str(plain)
    if isinstance(plain, complex):
        sign = "-" if math.copysign(1.0, plain.imag) < 0 else "+"
        return f"{format_number(plain.real)}{sign}{format_number(abs(plain.imag))}j"
    if plain == 0:
        return "0"
    if 9999.5 <= abs(plain) < 999_999.5 or (
        isinstance(plain, int) and abs(plain) < 10_000
    ):
        return f"{plain:,.0f}"
    return f"{plain:.4g}"


def format_exact(number: complex | np.generic) -> str:
    """Writes a number so that nothing is lost: "11,181,642", "0.10000000149011612".

    Args:
      number: A Python or NumPy number. Floats narrower than float64 are written as
        the float64 that they equal.
    """
    plain = _to_python(number)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return f"{plain:,}"
    return repr(plain)


def _to_python(number: complex | np.generic) -> Any:
    return number.item() if isinstance(number, np.generic) else number


_SHORT_KINDS = (
    ("bfloat", "bf"),
    ("float", "f"),
    ("uint", "u"),
    ("int", "i"),
    ("complex", "c"),
)


def dtype_abbreviation(dtype: Any) -> str:
    """Shortens a dtype's name as JAX does: "f32", "bf16", "f8_e4m3fn", "key<fry>".

    Args:
      dtype: A dtype of NumPy or JAX, PRNG key dtypes included, or what
        `numpy.dtype` takes. Names without a short form stay as they are: "bool".
    """
    if jax.numpy.issubdtype(dtype, jax.dtypes.extended):
        return str(dtype)
    name = str(np.dtype(dtype))
    for long, short in _SHORT_KINDS:
        if name.startswith(long) and name[len(long) : len(long) + 1].isdigit():
            return short + name[len(long) :]
    return name


def format_shape(value: HasShapeAndDtype) -> str:
    """Writes dtype and shape as JAX does: "f32[3,3,1,16]", "i32[]", "key<fry>[2]"."""
    sizes = ",".join(str(size) for size in value.shape)
    return f"{dtype_abbreviation(value.dtype)}[{sizes}]"
