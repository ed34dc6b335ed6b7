"""Lists the fields of a module, and which of them keep their default."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from unflax_viz.describe.initialisers import describe_initialiser
from unflax_viz.describe.values import one_line, safely, shorten
from unflax_viz.measure.numbers import dtype_abbreviation, format_shape
from unflax_viz.protocol import Field
from unflax_viz.record.equality import is_surely_equal
from unflax_viz.record.structures import is_array

_MAX_FIELDS = 200
_MAX_TEXT = 120
_MAX_ITEMS = 8
_FLAXS_OWN = ("parent", "name")


def fields_of(module: Any) -> list[Field]:
    """Lists the fields of a module in the order of its class, without Flax's own.

    Submodules, functions and arrays are written in short. Never raises; a field that
    cannot be read is left out.
    """
    try:
        fields = [f for f in dataclasses.fields(module) if f.name not in _FLAXS_OWN]
    except Exception:
        return []
    return list(filter(None, (_field(module, f) for f in fields[:_MAX_FIELDS])))


def _field(module: Any, field: dataclasses.Field[Any]) -> Field | None:
    try:
        value = getattr(module, field.name)
    except Exception:
        return None
    return Field(
        name=one_line(field.name),
        text=_field_text(value),
        is_default=_is_default(field, value),
    )


def _field_text(value: Any) -> str:
    return shorten(one_line(safely(_short, value)), _MAX_TEXT)


def _short(value: Any) -> str:
    if is_array(value):
        return format_shape(value)
    if type(value) in (tuple, list):
        return _short_items(value)
    if isinstance(value, Mapping):
        keys = list(value)[:_MAX_ITEMS]
        items = ", ".join(f"{key!r}: {_short(value[key])}" for key in keys)
        more = ", …" if len(value) > _MAX_ITEMS else ""
        return f"{{{items}{more}}}"
    if _is_module(value):
        return f"{type(value).__name__}(…)"
    if isinstance(value, type):
        return _short_type(value)
    if callable(value):
        return describe_initialiser(value) or _short_callable(value)
    return repr(value)


def _short_items(value: tuple[Any, ...] | list[Any]) -> str:
    items = [_short(item) for item in value[:_MAX_ITEMS]]
    if len(value) > _MAX_ITEMS:
        items.append(f"… {len(value) - _MAX_ITEMS:,} more")
    if isinstance(value, list):
        return f"[{', '.join(items)}]"
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _is_module(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and hasattr(type(value), "scope")


def _short_type(value: type) -> str:
    try:
        return dtype_abbreviation(value)
    except TypeError:
        return value.__qualname__


def _short_callable(value: Any) -> str:
    if isinstance(value, functools.partial):
        return f"partial({_short_callable(value.func)}, …)"
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return name if isinstance(name, str) else type(value).__name__


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    """Tells whether a field has the value that the class gives it; never raises."""
    try:
        default = field.default
        if default is dataclasses.MISSING:
            if field.default_factory is dataclasses.MISSING:
                return False
            default = field.default_factory()
        return is_surely_equal(_as_flax_keeps(value), _as_flax_keeps(default))
    except Exception:
        return False


def _as_flax_keeps(value: Any) -> Any:
    """Makes the value of a field and its default comparable.

    Flax makes tuples of lists and a `FrozenDict` of dicts, and gives a module that is
    a field a name and a parent.
    """
    if type(value) in (list, tuple):
        return tuple(map(_as_flax_keeps, value))
    if isinstance(value, tuple):
        return type(value), tuple(map(_as_flax_keeps, value))
    if isinstance(value, Mapping):
        return {key: _as_flax_keeps(item) for key, item in value.items()}
    if _is_module(value):
        names = [f.name for f in dataclasses.fields(value) if f.name not in _FLAXS_OWN]
        return type(value), [_as_flax_keeps(getattr(value, name)) for name in names]
    return value
