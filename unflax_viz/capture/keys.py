"""From which base key, by which steps, did Flax derive the key of a draw?

Under a transform the key is a tracer. Its derivation is known all the same, because
Flax splits and folds keys in a few places, which tell us: the derivation is replayed
on the keys that the run was given, for all steps and lanes at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from unflax_viz.capture import flax_internals
from unflax_viz.record.lineage import KeyStep

if TYPE_CHECKING:
    from unflax_viz.capture.transforms import Region


class UnknownKeyError(Exception):
    """The key of a draw cannot be derived; the message is the reason."""


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """A key that is known, or a tracer of unknown origin."""

    key: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Derived:
    """A key made of another one by one step.

    Attributes:
      source: The other key.
      step: The step; `n_times` is filled in from `region` when the run is over.
      region: The transform that repeats, splits or counts; None for a fold.
    """

    source: KeyExpression
    step: KeyStep
    region: Region | None = None


KeyExpression = Given | Derived


def fold_suffix(source: KeyExpression, suffix: tuple[str | int, ...]) -> Derived:
    """Returns what `Scope.make_rng` makes of a key."""
    has_separators = flax_internals.separates_suffixes()
    number = flax_internals.fold_number(suffix, has_separators)
    return Derived(source, KeyStep("fold", suffix=suffix, number=number))


def without_region(expression: KeyExpression, region: Region) -> KeyExpression:
    """Returns the key that is handed out once where `region` would repeat it."""
    if isinstance(expression, Given):
        return expression
    source = without_region(expression.source, region)
    if expression.step.kind == "repeat" and expression.region is region:
        return source
    return dataclasses.replace(expression, source=source)


def lineage_of(expression: KeyExpression) -> tuple[Any, tuple[KeyStep, ...]]:
    """Returns the base key of an expression and the steps from it, in order."""
    steps: list[KeyStep] = []
    while isinstance(expression, Derived):
        step, region = expression.step, expression.region
        if region is not None and step.n_times is None and region.n_times is not None:
            n_times = region.n_times + step.is_condition
            step = dataclasses.replace(step, n_times=n_times)
        steps.append(step)
        expression = expression.source
    return expression.key, tuple(reversed(steps))


class KeyDerivation:
    """Computes keys by their steps, each common beginning once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[KeyStep, ...]], tuple[Any, int]] = {}

    def derive(self, base: Any, steps: tuple[KeyStep, ...]) -> jax.Array:
        """Returns the key, or the keys of all steps and lanes as leading axes.

        Outermost transform first: shape (24, 8) for a scan of 24 around a vmap of 8,
        and one axis more for raw uint32 keys.

        Raises:
          UnknownKeyError: If `base` has no value, or if the number of steps is not
            known.
        """
        if isinstance(base, jax.ShapeDtypeStruct):
            raise UnknownKeyError("the run was given a shape in place of a key")
        if isinstance(base, Tracer):
            raise UnknownKeyError("the run was traced with a key that has no value")
        if isinstance(base, jax.Array) and base.is_deleted():
            raise UnknownKeyError("the key was deleted: its memory was donated")
        return self._derive(base, steps)[0]

    def _derive(self, base: Any, steps: tuple[KeyStep, ...]) -> tuple[Any, int]:
        if not steps:
            return base, 0
        place = (id(base), steps)
        if place not in self._known:
            keys, n_axes = self._derive(base, steps[:-1])
            step = steps[-1]
            keys = _over_axes(_function_of(step), n_axes)(keys)
            if step.kind != "fold":
                n_axes += 1
            self._known[place] = keys, n_axes
        return self._known[place]


def _function_of(step: KeyStep) -> Callable[[Any], jax.Array]:
    if step.kind == "fold":
        return lambda key: flax_internals.fold_in_static(key, step.suffix)
    n_times = step.n_times
    if n_times is None:
        raise UnknownKeyError("how often a loop ran is known only when it runs")
    if step.kind == "split":
        return lambda key: jax.random.split(key, n_times)
    if step.kind == "repeat":
        return lambda key: jnp.broadcast_to(key, (n_times, *key.shape))
    numbers = jnp.arange(n_times, dtype=jnp.int32) * (-1 if step.is_condition else 1)
    return lambda key: jax.vmap(jax.random.fold_in, (None, 0))(key, numbers)


def _over_axes(
    function: Callable[[Any], Any], n_axes: int
) -> Callable[[Any], jax.Array]:
    for _ in range(n_axes):
        function = jax.vmap(function)
    return function
