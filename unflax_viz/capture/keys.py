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

if TYPE_CHECKING:
    from unflax_viz.capture.transforms import Region


class UnknownKeyError(Exception):
    """The key of a draw cannot be derived; the message is the reason."""


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """A key that is there, or a tracer that nothing is known of."""

    key: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """What `Scope.make_rng` makes of a key: `suffix` is folded in."""

    source: KeyExpression
    suffix: tuple[str | int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """One key for each step or lane; adds the last leading axis."""

    source: KeyExpression
    n_times: int


@dataclasses.dataclass(frozen=True, eq=False)
class Repeated:
    """The same key at each step or lane; adds the last leading axis.

    Attributes:
      source: The key outside of the loop or map.
      region: The loop or map.
      is_condition: Whether a loop's condition draws, which runs once more.
    """

    source: KeyExpression
    region: Region
    is_condition: bool


@dataclasses.dataclass(frozen=True, eq=False)
class FoldedByStep:
    """The number of the step is folded in, as `nn.while_loop` does.

    Attributes:
      source: The key outside of the loop.
      region: The loop.
      is_condition: Whether the loop's condition draws: it runs once more than the
        body, and Flax folds the negative number in.
    """

    source: KeyExpression
    region: Region
    is_condition: bool


KeyExpression = Given | Drawn | Split | Repeated | FoldedByStep


def without_region(expression: KeyExpression, region: Region) -> KeyExpression:
    """Returns the key that is handed out once where `region` would repeat it."""
    if isinstance(expression, Given):
        return expression
    source = without_region(expression.source, region)
    if isinstance(expression, Repeated) and expression.region is region:
        return source
    return dataclasses.replace(expression, source=source)


class KeyDerivation:
    """Computes keys from expressions, each part once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[KeyExpression, Any, int]] = {}

    def key_of(self, expression: KeyExpression) -> jax.Array:
        """Returns the key, or the keys of all steps and lanes as leading axes.

        Outermost transform first: shape (24, 8) for a scan of 24 around a vmap of 8,
        and one axis more for raw uint32 keys.

        Raises:
          UnknownKeyError: If the run was traced with a key that has no value, or if
            the number of steps is not known.
        """
        return self._derive(expression)[0]

    def _derive(self, expression: KeyExpression) -> tuple[Any, int]:
        if id(expression) not in self._known:
            keys, n_axes = self._derive_anew(expression)
            self._known[id(expression)] = expression, keys, n_axes
        _, keys, n_axes = self._known[id(expression)]
        return keys, n_axes

    def _derive_anew(self, expression: KeyExpression) -> tuple[Any, int]:
        if isinstance(expression, Given):
            return _check_given(expression.key), 0
        keys, n_axes = self._derive(expression.source)
        if isinstance(expression, Drawn):
            suffix = expression.suffix
            fold = lambda key: flax_internals.fold_in_static(key, suffix)  # noqa: E731
            return _over_axes(fold, n_axes)(keys), n_axes
        if isinstance(expression, Split):
            split = lambda key: jax.random.split(key, expression.n_times)  # noqa: E731
            return _over_axes(split, n_axes)(keys), n_axes + 1
        if isinstance(expression, Repeated):
            return _repeat(keys, n_axes, _times_of(expression)), n_axes + 1
        return _fold_steps(keys, n_axes, expression), n_axes + 1


def _check_given(key: Any) -> Any:
    if isinstance(key, jax.ShapeDtypeStruct):
        raise UnknownKeyError("the run was given a shape in place of a key")
    if isinstance(key, Tracer):
        raise UnknownKeyError("the run was traced with a key that has no value")
    return key


def _times_of(expression: Repeated | FoldedByStep) -> int:
    region = expression.region
    if region.n_times is None:
        raise UnknownKeyError(
            f"how often nn.{region.kind} ran its body is known only when it runs"
        )
    return region.n_times + expression.is_condition


def _over_axes(
    function: Callable[[Any], Any], n_axes: int
) -> Callable[[Any], jax.Array]:
    for _ in range(n_axes):
        function = jax.vmap(function)
    return function


def _repeat(keys: Any, n_axes: int, n_times: int) -> jax.Array:
    repeat = lambda key: jnp.broadcast_to(key, (n_times, *key.shape))  # noqa: E731
    return _over_axes(repeat, n_axes)(keys)


def _fold_steps(keys: Any, n_axes: int, expression: FoldedByStep) -> jax.Array:
    sign = -1 if expression.is_condition else 1
    steps = sign * jnp.arange(_times_of(expression), dtype=jnp.int32)
    fold = lambda key: jax.vmap(jax.random.fold_in, (None, 0))(key, steps)  # noqa: E731
    return _over_axes(fold, n_axes)(keys)
