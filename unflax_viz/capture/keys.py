"""From which base key, by which steps, did Flax derive the key of a draw?

Under a transform the key is a tracer. Its derivation is known all the same, because
Flax splits and folds keys in a few places, which tell us: the derivation is replayed
on the keys that the run was given, for all steps and lanes at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp

from unflax_viz.record.lineage import KeyStep, is_vmap_exact
from unflax_viz.record.structures import is_abstract, without_tracers

if TYPE_CHECKING:
    from unflax_viz.capture.transforms import Region


class UnknownKeyError(Exception):
    """The key of a draw cannot be derived; the message is the reason."""


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """A key that the run was given; of one without a value its structure."""

    key: Any

    @classmethod
    def of(cls, key: Any) -> Given:
        """Takes a key, and holds nothing of a trace that will be over."""
        return cls(without_tracers(key))


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


@dataclasses.dataclass(frozen=True, eq=False)
class Stacked:
    """The keys of a loop that ran step by step, each drawn on its own.

    Attributes:
      parts: What each step drew, in the order of the steps; None where it drew nothing.
      axis: Where the steps are among the axes of the keys.
    """

    parts: tuple[KeyExpression | None, ...]
    axis: int

    @property
    def first(self) -> KeyExpression:
        """What the first of the steps drew that drew anything."""
        return next(part for part in self.parts if part is not None)


KeyExpression = Given | Derived | Stacked


def without_region(expression: KeyExpression, region: Region) -> KeyExpression:
    """Returns the key that is handed out once where `region` would repeat it."""
    if not isinstance(expression, Derived):
        return expression
    source = without_region(expression.source, region)
    if expression.step.kind == "repeat" and expression.region is region:
        return source
    return dataclasses.replace(expression, source=source)


def lineage_of(expression: KeyExpression) -> tuple[KeyStep, ...]:
    """Lists the steps from the base key of an expression, in order.

    Of a loop whose steps ran one by one, only those that make an axis of the keys.
    """
    if isinstance(expression, Given):
        return ()
    if isinstance(expression, Stacked):
        steps = [step for step in lineage_of(expression.first) if step.has_axis]
        steps.insert(expression.axis, KeyStep("eager", n_times=len(expression.parts)))
        return tuple(steps)
    step, region = expression.step, expression.region
    if region is not None and step.n_times is None and region.n_times is not None:
        step = dataclasses.replace(step, n_times=region.n_times + step.is_condition)
    return (*lineage_of(expression.source), step)


def base_of(expression: KeyExpression) -> Any:
    """Returns the key that an expression begins with."""
    while not isinstance(expression, Given):
        if isinstance(expression, Derived):
            expression = expression.source
        else:
            expression = expression.first
    return expression.key


@dataclasses.dataclass(frozen=True)
class _Axis:
    """One axis of an array of keys.

    Attributes:
      size: How many steps or lanes there are.
      kind: `"lane"` of a vmap, `"step"` of a loop, or `"same"` where all of them are
        given one key; such an axis is added last.
    """

    size: int
    kind: Literal["lane", "step", "same"]


class KeyDerivation:
    """Computes keys by their steps, each common beginning once."""

    def __init__(self) -> None:
        self._known: dict[
            tuple[int, tuple[KeyStep, ...]], tuple[Any, tuple[_Axis, ...]]
        ] = {}

    def derive(self, base: Any, steps: tuple[KeyStep, ...]) -> jax.Array:
        """Returns the key, or the keys of all steps and lanes as leading axes.

        Outermost transform first: shape (24, 8) for a scan of 24 around a vmap of 8,
        and one axis more for raw uint32 keys.

        Raises:
          UnknownKeyError: If `base` has no value, or if the number of steps is not
            known.
        """
        if is_abstract(base):
            raise UnknownKeyError("the run was traced with a key that has no value")
        if isinstance(base, jax.Array) and base.is_deleted():
            raise UnknownKeyError("the key was deleted: its memory was donated")
        keys, axes = self._derive(base, steps)
        return _with_same_axes(keys, axes, base.shape)

    def derive_expression(self, expression: KeyExpression) -> jax.Array:
        """Returns what `derive` does for an expression of a run that is over.

        Raises:
          UnknownKeyError: As `derive`, and if the steps of a loop that ran step by
            step did not draw alike.
        """
        if not isinstance(expression, Stacked):
            return self.derive(base_of(expression), lineage_of(expression))
        parts = [part for part in expression.parts if part is not None]
        if len(parts) < len(expression.parts):
            raise UnknownKeyError(
                f"drawn at {len(parts)} of {len(expression.parts)} steps: under "
                "jax.disable_jit each step runs by itself"
            )
        return jnp.stack([*map(self.derive_expression, parts)], expression.axis)

    def _derive(
        self, base: Any, steps: tuple[KeyStep, ...]
    ) -> tuple[Any, tuple[_Axis, ...]]:
        if not steps:
            return base, ()
        place = (id(base), steps)
        if place not in self._known:
            keys, axes = self._derive(base, steps[:-1])
            step = steps[-1]
            if step.kind == "repeat":
                self._known[place] = keys, (*axes, _Axis(_size_of(step), "same"))
            else:
                derive = _over_axes(_function_of(step, base), axes, base)
                self._known[place] = derive(keys), (*axes, *_axes_of(step))
        return self._known[place]


def _axes_of(step: KeyStep) -> tuple[_Axis, ...]:
    if not step.has_axis:
        return ()
    return (_Axis(_size_of(step), "lane" if step.is_vmapped else "step"),)


def _size_of(step: KeyStep) -> int:
    if step.n_times is None:
        raise UnknownKeyError("how many times a loop runs is known only when it runs")
    return step.n_times


def _function_of(step: KeyStep, base: Any) -> Callable[[Any], jax.Array]:
    if step.kind == "fold":
        assert step.number is not None
        folded = jnp.uint32(step.number)
        return lambda key: jax.random.fold_in(key, folded)
    if step.kind == "split":
        n_times, index = _size_of(step), step.index
        if index is not None:
            return lambda key: jax.random.split(key, n_times)[index]
        return lambda key: jax.random.split(key, n_times)
    if step.kind == "eager":
        raise UnknownKeyError("the steps ran one by one, under jax.disable_jit")
    sign = -1 if step.is_condition else 1
    if step.index is not None:
        number = sign * step.index
        return lambda key: jax.random.fold_in(key, number)
    numbers = jnp.arange(_size_of(step), dtype=jnp.int32) * sign
    over_steps = _mapper("step", base)
    return lambda key: over_steps(lambda i: jax.random.fold_in(key, i))(numbers)


def _over_axes(
    function: Callable[[Any], Any], axes: tuple[_Axis, ...], base: Any
) -> Callable[[Any], jax.Array]:
    for axis in reversed(axes):
        if axis.kind != "same":
            function = _mapper(axis.kind, base)(function)
    return function


def _mapper(kind: Literal["lane", "step"], base: Any) -> Callable[..., Any]:
    """Returns what does for all steps or lanes what a function does for one."""
    if kind == "lane" or is_vmap_exact(base):
        return jax.vmap
    return lambda function: lambda keys: _stack_each(function, keys)


def _stack_each(function: Callable[[Any], Any], keys: Any) -> jax.Array:
    if keys.shape[0] == 0:
        return jax.vmap(function)(keys)
    return jnp.stack([function(key) for key in keys])


def _with_same_axes(
    keys: Any, axes: tuple[_Axis, ...], key_shape: tuple[int, ...]
) -> jax.Array:
    if all(axis.kind != "same" for axis in axes):
        return keys
    places = tuple(None if axis.kind == "same" else slice(None) for axis in axes)
    return jnp.broadcast_to(keys[places], (*(axis.size for axis in axes), *key_shape))
