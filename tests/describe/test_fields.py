"""A field is said to keep its default where its value is that of the class."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

import unflax_viz
from unflax_viz.describe.fields import fields_of


class _Unwilling:
    """Cannot be compared."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not comparable")

    __hash__ = object.__hash__


class _Many:
    """Is compared item by item, as an array."""

    def __init__(self, *items: float) -> None:
        self.items = items

    def __eq__(self, other: object) -> Any:
        return np.array([True, True])

    __hash__ = object.__hash__


class _Pair(NamedTuple):
    first: Any
    second: Any


def _made(make: Any, /, *args: Any) -> Any:
    return dataclasses.field(default_factory=functools.partial(make, *args))


class _Fields(nn.Module):
    """Has fields of every kind that Flax or NumPy make hard to compare."""

    sizes: Any = _made(list, (1, 2))
    nested: Any = dataclasses.field(default_factory=lambda: {"x": [1], "y": {"z": 2}})
    mixed: Any = dataclasses.field(default_factory=lambda: {1: [1], "y": 2})
    pair: Any = _made(_Pair, [1], {"a": [2]})
    host: Any = _made(np.arange, 3)
    device: Any = _made(jnp.arange, 3)
    arrays: Any = dataclasses.field(default_factory=lambda: [np.arange(2), jnp.ones(2)])
    names: Any = _made(set, ("a", "b"))
    nan: Any = float("nan")
    unwilling: Any = _made(_Unwilling)
    many: Any = _made(_Many)
    layer: Any = nn.Dense(3)
    layers: Any = _made(lambda: [nn.Dense(1), nn.Dense(2)])
    dtype: Any = jnp.float32
    tuple_of_list: Any = (1, [2])

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return self.layer(x)


_OTHERS: dict[str, Any] = {
    "sizes": [1, 3],
    "nested": {"x": [1], "y": {"z": 3}},
    "mixed": {1: [1]},
    "pair": _Pair([1], {"a": [3]}),
    "host": np.arange(4),
    "device": jnp.arange(3) + 1,
    "arrays": [np.arange(2), jnp.zeros(2)],
    "names": {"a"},
    "nan": 0.0,
    "unwilling": _Unwilling(1),
    "many": _Many(1.0, 2.0),
    "layer": nn.Dense(3, use_bias=False),
    "layers": [nn.Dense(1)],
    "dtype": jnp.bfloat16,
    "tuple_of_list": (1, [3]),
}


def _recorded(module: nn.Module) -> dict[str, bool]:
    x = jnp.ones((1, 2))
    run = unflax_viz.capture(module, module.init(jax.random.key(0), x), x)
    return {it["name"]: it["is_default"] for it in fields_of(run.root.module)}


def test_fields_that_were_left_as_they_are_keep_their_default() -> None:
    assert _recorded(_Fields()) == dict.fromkeys(_OTHERS, True)


def test_fields_that_were_set_do_not() -> None:
    assert _recorded(_Fields(**_OTHERS)) == dict.fromkeys(_OTHERS, False)


class _Careless(nn.Module):
    """Has a default that cannot be made."""

    broken: Any = dataclasses.field(default_factory=lambda: 1 // 0)

    def __call__(self) -> None:
        pass


def test_a_default_that_cannot_be_made_is_not_kept() -> None:
    run = unflax_viz.capture(_Careless(broken=1), {})
    (field,) = fields_of(run.root.module)
    assert field == {"name": "broken", "text": "1", "is_default": False}
