"""Names the function that made a parameter, with its arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from unflax_viz.describe.values import one_line, shorten

_MAX_TEXT = 120
_NAMES = {
    f"variance_scaling({scale}, {mode}, {distribution})": f"{name}_{ending}()"
    for name, scale, mode in (
        ("lecun", 1.0, "fan_in"),
        ("he", 2.0, "fan_in"),
        ("glorot", 1.0, "fan_avg"),
    )
    for ending, distribution in (
        ("normal", "truncated_normal"),
        ("uniform", "uniform"),
    )
}
"""What `jax.nn.initializers` makes by `variance_scaling`, by the name it goes by."""

_PLAIN = (str, int, float, complex, bool, np.generic)


def initialiser_of(module: Any, name: str) -> str:
    """Says how a parameter was made, where the module has a field for that.

    Flax's layers keep the initialiser of `kernel` in the field `kernel_init`.

    Args:
      module: The module that owns the parameter.
      name: Name of the parameter in the module's scope.

    Returns:
      Words such as `lecun_normal()`, `normal(0.02)` or `zeros`; empty where there is no
      such field or its value says nothing.
    """
    try:
        initialiser = getattr(module, f"{name}_init", None)
    except Exception:
        return ""
    return describe_initialiser(initialiser) if callable(initialiser) else ""


def describe_initialiser(function: Callable[..., Any]) -> str:
    """Writes a function by its name and what it was made with; never raises.

    A function that another one made, as `variance_scaling` makes `init`, is written as
    that call, its arguments read from the closure; where JAX has a name for that call,
    such as `lecun_normal()`, by that. Empty for a lambda and for whatever has no name.
    """
    try:
        text = _describe(function)
        return shorten(one_line(_NAMES.get(text, text)), _MAX_TEXT)
    except Exception:
        return ""


def _describe(function: Any) -> str:
    if isinstance(function, functools.partial):
        inner = _describe(function.func)
        given = [*map(_argument, function.args)]
        given += [f"{k}={_argument(v)}" for k, v in function.keywords.items()]
        return f"{inner}({', '.join(given)})" if inner and given else inner
    function = inspect.unwrap(function)
    if not inspect.isfunction(function):
        name = getattr(function, "__name__", "")
        return name if isinstance(name, str) else ""
    outer, _, inner = function.__qualname__.partition(".<locals>.")
    if "<lambda>" in (outer, inner):
        return ""
    if not inner:
        return function.__name__
    name = outer.rpartition(".")[2]
    return f"{name}({', '.join(_arguments(function, name))})"


def _arguments(function: Any, maker_name: str) -> Iterator[str]:
    """Yields the arguments of a function's maker that are not its defaults."""
    closure = inspect.getclosurevars(function).nonlocals
    maker = function.__globals__.get(maker_name)
    if maker is None:
        return
    is_after_gap = False
    for name, parameter in inspect.signature(maker).parameters.items():
        if name not in closure or _is_same(closure[name], parameter.default):
            is_after_gap = True
            continue
        text = _argument(closure[name])
        yield f"{name}={text}" if is_after_gap else text


def _is_same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and value == default)


def _argument(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, _PLAIN) or value is None:
        return repr(value.item() if isinstance(value, np.generic) else value)
    if isinstance(value, tuple | list) and len(value) <= 8:
        return f"({', '.join(map(_argument, value))})"
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else type(value).__name__
