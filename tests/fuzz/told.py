"""Every draw tells its key through the output of the model.

A draw becomes uint32 words: the number of its place, the counter of the stream after
it, and the words of the key, filled up with zeros. Modules return them beside their
result, so scan and vmap stack them, branches choose among them, and what a loop traced
and threw away is not there. Nothing is patched, and no word comes from unflax_viz.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

N_HEAD = 2
"""Words before those of the key."""
N_KEY = 4
"""Words of the longest key; the same for all, as Flax tries initialisers with another
implementation of keys than the one it is given."""


class Place(NamedTuple):
    """Where a key was drawn.

    Attributes:
      path: The path of the scope.
      stream: The stream that the module asked for.
      served: The stream that Flax had for it.
    """

    path: tuple[str, ...]
    stream: str
    served: str


_PLACES: list[Place | None] = [None]
"""Number 0 stays free: it marks a draw in a branch that was not taken."""


def tell(scope: Any, stream: str, key: Any) -> Array:
    """Returns what a draw tells, uint32 of shape (N_HEAD + N_KEY,).

    Args:
      scope: The scope that drew.
      stream: The stream that was asked for.
      key: What it handed out.
    """
    served = stream if scope.has_rng(stream) else "params"
    place = Place(scope.path, stream, served)
    if place not in _PLACES:
        _PLACES.append(place)
    head = [_PLACES.index(place), scope.rng_counters[served]]
    return jnp.concatenate([jnp.asarray(np.asarray(head, np.uint32)), words_of(key)])


def words_of(key: Any) -> Array:
    """Returns the words of one or more keys, filled up, on the last axis."""
    words = data_of(key)
    missing = N_KEY - words.shape[-1]
    return jnp.pad(words, [(0, 0)] * (words.ndim - 1) + [(0, missing)])


def data_of(leaf: Any) -> Any:
    """Returns an array as it is, and typed keys as their data."""
    is_typed = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return jax.random.key_data(leaf) if is_typed else leaf


class Told(NamedTuple):
    """What one place in the program told, for all steps and lanes.

    Attributes:
      words: The keys, shape (*steps and lanes, N_KEY).
      counters: The counter after each, shape (*steps and lanes).
      is_told: Which of them were drawn, of the same shape.
    """

    words: np.ndarray
    counters: np.ndarray
    is_told: np.ndarray


def by_place(told: Iterable[Any]) -> dict[Place, list[Told]]:
    """Sorts what was told by its place, in the order of the program."""
    places: dict[Place, list[Told]] = defaultdict(list)
    for array in map(np.asarray, told):
        numbers = array[..., 0]
        for number in np.unique(numbers[numbers != 0]):
            place = _PLACES[number]
            assert place is not None
            words, counters = array[..., N_HEAD:], array[..., 1]
            places[place].append(Told(words, counters, numbers == number))
    return dict(places)
