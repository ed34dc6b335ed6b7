"""Remembers, while a recording is open, what shapes the initialisers of JAX make.

For every parameter that a run is given, `Scope.param` traces the initialiser and
compares shapes. That is more than half of the time of an abstract run, and the layers
of a model ask the same again and again. Flax still compares, and raises what it raises;
only the tracing of an initialiser that is known to be pure is done once for the same
arguments. Checked with flax 0.12.0 and 0.12.12, and jax 0.7.2 and 0.12.0.1.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import flax.core.meta
import flax.linen
import flax.linen.linear
import flax.linen.spmd
import jax
import jax.numpy as jnp
import numpy as np

_CHECKED_NAMES = ("init_args", "init_fn", "init_kwargs")
"""What the function that `Scope.param` traces for its check closes over."""

_INITIALISERS = jax.nn.initializers.ones.__globals__
"""The module of JAX that its initialisers are written in: all of them are pure."""

_WRAPPERS = {
    "with_partitioning.<locals>.wrapper": vars(flax.core.meta),
    "with_logical_partitioning.<locals>.wrapper": vars(flax.linen.spmd),
    "DenseGeneral.__call__.<locals>.kernel_init_wrap": vars(flax.linen.linear),
    "DenseGeneral.__call__.<locals>.bias_init_wrap": vars(flax.linen.linear),
}
"""Flax's own functions around an initialiser, each with its module: pure if it is."""

_NAMES_OF_BOXES = frozenset({"names", "mesh", "rules"})
"""What those functions close over and only write on the box around the value."""

_DISTRIBUTIONS = frozenset({"truncated_normal", "normal", "uniform"})
_WORDS = _DISTRIBUTIONS | {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
_CONSTANTS = frozenset({bool, int, float, complex, type(None)})
_JAX_SCALAR_TYPE = type(jnp.float32)


class ShapeChecks:
    """What was traced so far, by value of the initialiser and of its arguments.

    A function of the user's own is traced every time, as in Flax: it may count its
    calls, draw, warn, raise, or look at something that changes.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def trace(self, function: Callable[[], Any], eval_shape: Callable[..., Any]) -> Any:
        """Returns `eval_shape(function)`, or what an equal check returned before.

        Args:
          function: What `flax.core.scope` traces; maybe the check of `Scope.param`.
          eval_shape: That of JAX. What it raises is passed on and not remembered.
        """
        key = _key_of_check(function)
        if key is None:
            return eval_shape(function)
        if key not in self._known:
            self._known[key] = eval_shape(function)
        return self._known[key]


class _NotByValueError(Exception):
    """Something that may differ, or act, without its value showing it."""


def _key_of_check(function: Any) -> Any:
    """Returns what identifies a check by value; None where it has to be traced."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_freevars != _CHECKED_NAMES:
        return None
    try:
        args, init_fn, kwargs = (cell.cell_contents for cell in function.__closure__)
        return _key_of(init_fn), _key_of(args), _key_of(kwargs)
    except (_NotByValueError, ValueError):  # A cell may be empty.
        return None


def _key_of(value: Any) -> Any:
    """Returns what two values share only if no initialiser sees a difference.

    Raises:
      _NotByValueError: If `value` is, or holds, anything but constants, dtypes and
        initialisers that are known to be pure.
    """
    kind = type(value)
    if kind in _CONSTANTS or (kind is str and value in _WORDS):
        return kind, value
    if kind is tuple or kind is list:
        return kind, tuple(map(_key_of, value))
    if kind is dict:
        return kind, tuple((name, _key_of(child)) for name, child in value.items())
    if kind is types.FunctionType:
        return _key_of_function(value)
    if kind is functools.partial:
        return kind, _key_of((value.func, value.args, value.keywords))
    if kind is flax.linen.DenseGeneral:
        return kind, _key_of_unboxed((value.kernel_init, value.bias_init))
    if issubclass(kind, np.number) or _is_dtype(value):
        return kind, value
    raise _NotByValueError


def _key_of_unboxed(initialisers: tuple[Any, ...]) -> Any:
    """Identifies initialisers that make no box.

    `DenseGeneral` takes a value out of its box inside the check, and constrains it to
    the mesh: what that says depends on the names, the mesh and the context.
    """
    for initialiser in initialisers:
        if getattr(initialiser, "__globals__", None) is not _INITIALISERS:
            raise _NotByValueError
    return _key_of(initialisers)


def _key_of_function(function: types.FunctionType) -> Any:
    code = function.__code__
    if function.__globals__ is not _WRAPPERS.get(code.co_qualname, _INITIALISERS):
        raise _NotByValueError
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    seen = tuple(
        cell.cell_contents for name, cell in cells if name not in _NAMES_OF_BOXES
    )
    return code, _key_of((seen, function.__defaults__, function.__kwdefaults__))


def _is_dtype(value: Any) -> bool:
    """Tells whether `value` is a dtype, as an instance or a class of scalars.

    One of 64 bits is left out: where they are off, JAX warns at every tracing.
    """
    kind = type(value)
    if kind is type and not issubclass(value, np.generic):
        return value in _CONSTANTS
    is_dtype = kind in (type, _JAX_SCALAR_TYPE) or issubclass(kind, np.dtype)
    return is_dtype and _is_narrow(value)


@functools.lru_cache(maxsize=64)
def _is_narrow(dtype: Any) -> bool:
    dtype = np.dtype(dtype)
    return dtype.itemsize <= 4 or dtype == np.complex64
