"""Reads the 32-bit words of PRNG keys, of many keys at once."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from unflax_viz.record.deleted import is_deleted
from unflax_viz.record.structures import is_key

KeyWords = tuple[int, ...]

_N_IN_BATCH = 64
"""Reading a typed key costs some 20 us, reading so many of them in one compiled call
2 us each; compiling that takes some 0.1 s, so it is not done for a few keys."""

_MIN_BATCHED = 1_000


def words_of(keys: list[Any]) -> list[set[KeyWords]]:
    """Returns the words of each key, or of all keys in an array of keys.

    Args:
      keys: Typed keys, raw uint32 keys (the words along the last axis), or what stands
        for a key that is not known: None, a tracer, a `jax.ShapeDtypeStruct`, or a key
        that was deleted.

    Returns:
      A set for each item of `keys`, empty where nothing is known.
    """
    known = [index for index, key in enumerate(keys) if _is_known(key)]
    words: list[set[KeyWords]] = [set() for _ in keys]
    rows = _read([keys[index] for index in known])
    for index, table in zip(known, rows, strict=True):
        words[index] = {
            tuple(row) for row in table.reshape(-1, table.shape[-1]).tolist()
        }
    return words


def _is_known(key: Any) -> bool:
    if key is None or isinstance(key, Tracer | jax.ShapeDtypeStruct):
        return False
    return not is_deleted(key)


def _read(keys: list[Any]) -> list[np.ndarray]:
    """Returns the words of each key, uint32, the words along the last axis."""
    scalars = [key for key in keys if is_key(key) and key.shape == ()]
    if len(scalars) < _MIN_BATCHED or len({key.dtype for key in scalars}) > 1:
        return [np.asarray(key_data_of(key)) for key in keys]
    batched = iter(_read_batched(scalars))
    return [
        next(batched)
        if is_key(key) and key.shape == ()
        else np.asarray(key_data_of(key))
        for key in keys
    ]


def key_data_of(key: Any) -> Any:
    """Returns the words of a typed or raw key, or of an array of keys, uint32."""
    return jax.random.key_data(key) if is_key(key) else key


def _read_batched(keys: list[Any]) -> list[np.ndarray]:
    """Reads scalar typed keys of one dtype."""
    padded = keys + keys[:1] * (-len(keys) % _N_IN_BATCH)
    starts = range(0, len(padded), _N_IN_BATCH)
    batches = [_stack_data(padded[start : start + _N_IN_BATCH]) for start in starts]
    return list(np.concatenate(jax.device_get(batches))[: len(keys)])


@jax.jit
def _stack_data(keys: list[Any]) -> Any:
    return jnp.stack([jax.random.key_data(key) for key in keys])
