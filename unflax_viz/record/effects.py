"""What a call's scope held: a parameter, a state, an RNG stream and its draws."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import jax
from penzai import pz
from penzai.core import shapecheck

from unflax_viz.errors import FrozenRecordError
from unflax_viz.record.equality import is_surely_equal
from unflax_viz.record.lineage import KeyStep
from unflax_viz.record.shown import Shown
from unflax_viz.record.structures import is_abstract, is_array, leaves_of

_STATIC: dict[str, Any] = {"pytree_node": False}


@pz.pytree_dataclass
class FlaxParameter(Shown, pz.Struct):
    """A parameter that a call read, or made; a `ParameterLike` of Penzai.

    Attributes:
      value: The parameter as Flax stores it, by reference: an array, a box such as
        `flax.linen.Partitioned` with its metadata, or a `jax.ShapeDtypeStruct` where
        the run had no values. Under `scan` and `vmap` it is the stacked array.
      path: Its place in the `params` collection, `("encoder", "Dense_0", "kernel")`.
      users: Addresses of all calls that read it, in the order made.
      was_created: Whether the run made it.
      seen: The value as the call saw it, arrays replaced by `jax.ShapeDtypeStruct`:
        one step's or lane's part of a stacked parameter.
    """

    value: Any
    path: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    users: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    was_created: bool = dataclasses.field(default=False, metadata=_STATIC)
    seen: Any = dataclasses.field(default=None, metadata=_STATIC)

    @property
    def name(self) -> str:
        """The path joined by dots, as Penzai names parameters."""
        return ".".join(self.path)

    @property
    def is_shared(self) -> bool:
        """Whether more than one call read it."""
        return len(self.users) > 1

    @property
    def is_stacked(self) -> bool:
        """Whether a call saw a part only of the array that is stored.

        An edited copy may store an array of any shape; a part has an axis less.
        """
        seen, stored = self.seen, self.value
        try:
            return seen is not None and len(seen.shape) < len(stored.shape)
        except AttributeError:
            return _is_part(leaves_of(seen), leaves_of(stored))

    @property
    def value_structure(self) -> Any:
        """Shape and dtype of `value` in Penzai's notation, boxes removed."""
        return shapecheck.as_array_structure(self.value)

    def treescope_color(self) -> str:
        """Returns Penzai's colour of a parameter."""
        return "#93cce1"


@pz.pytree_dataclass
class FlaxState(Shown, pz.Struct):
    """A variable of a mutable collection; a `LocalStateEffect` of Penzai.

    Attributes:
      before: The value when the run began, by reference; None if `was_created`.
      after: The value when the run ended. The same object as `before` where nothing
        was written.
      collection: Its collection, such as `batch_stats`.
      path: Its place in the collection, `("BatchNorm_0", "mean")`.
      was_read: Whether this call read it.
      was_written: Whether this call wrote it (also where it wrote an equal value).
      was_created: Whether the run made it.
    """

    before: Any
    after: Any
    collection: str = dataclasses.field(metadata=_STATIC)
    path: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    was_read: bool = dataclasses.field(metadata=_STATIC)
    was_written: bool = dataclasses.field(metadata=_STATIC)
    was_created: bool = dataclasses.field(metadata=_STATIC)

    @property
    def name(self) -> str:
        """The path joined by dots."""
        return ".".join(self.path)

    @functools.cached_property
    def has_changed(self) -> bool:
        """Whether the run replaced `before` with another value.

        Values are compared bit for bit up to 4 MB; a larger one that was written counts
        as changed, and so does one whose values are not known.
        """
        return self.was_written and not is_surely_equal(self.before, self.after)

    @property
    def change(self) -> str:
        """How it is described: "changed", "written" if values are not known, or ""."""
        if not self.has_changed:
            return ""
        is_known = not any(map(is_abstract, leaves_of(self.after)))
        return "changed" if is_known else "written"

    def get(self) -> Any:
        """Returns the value that a replay begins with: `before`, if there is one."""
        return self.after if self.was_created else self.before

    def set(self, value: Any) -> None:
        """Raises, since a record is frozen.

        Raises:
          FrozenRecordError: Always; `pz.select` makes an edited copy.
        """
        del value
        raise FrozenRecordError(
            f"The state '{self.collection}/{self.name}' belongs to a recorded run and "
            "cannot be set in place. pz.select(run).at(...).set(...) makes an edited "
            "copy of the run."
        )

    def treescope_color(self) -> str:
        """Returns Penzai's colour of a local state."""
        return "#f58566"


@pz.pytree_dataclass
class RngDraw(Shown, pz.Struct):
    """One key that a stream handed out.

    Attributes:
      key: The very key that Flax returned, in the style of key the caller passed
        (typed scalar, or uint32 of shape (2,)). Under `scan`, `vmap` and `while_loop`
        the keys of all steps and lanes, as leading axes, outermost transform first.
        None where it could not be derived.
      counter: The counter of the stream in this scope after the draw, from 1.
      stream: The stream that the module asked for.
      served: The stream that Flax served; `params` where `stream` was not given.
      path: The scope that drew.
      purpose: What Flax itself drew it for: `"init kernel"` for an initial value,
        `"fork"` to give `nn.jit` streams of its own; empty where the module asked.
      lineage: The steps from the base key of the stream `served` to `key`.
      missing_key_reason: Why `key` is None; empty otherwise.
    """

    key: jax.Array | None
    counter: int = dataclasses.field(metadata=_STATIC)
    stream: str = dataclasses.field(metadata=_STATIC)
    served: str = dataclasses.field(metadata=_STATIC)
    path: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    purpose: str = dataclasses.field(metadata=_STATIC)
    lineage: tuple[KeyStep, ...] = dataclasses.field(metadata=_STATIC)
    missing_key_reason: str = dataclasses.field(metadata=_STATIC)

    @property
    def fell_back(self) -> bool:
        """Whether Flax served another stream than the one asked for."""
        return self.stream != self.served

    def treescope_color(self) -> str:
        """Returns Penzai's colour of a random effect."""
        return "#df982b"


@pz.pytree_dataclass
class FlaxRng(Shown, pz.Struct):
    """The draws that a call made from one stream; a `RandomEffect` of Penzai.

    Attributes:
      draws: The draws in the order made, at least one.
      base: The key that the run was given for the stream that served them.
      stream: The stream that the module asked for.
    """

    draws: tuple[RngDraw, ...]
    base: Any
    stream: str = dataclasses.field(metadata=_STATIC)

    def next_key(self) -> jax.Array | None:
        """Returns the key of the first draw; a frozen stream does not advance."""
        return self.draws[0].key

    def treescope_color(self) -> str:
        """Returns Penzai's colour of a random effect."""
        return "#df982b"


def _is_part(seen: list[Any], stored: list[Any]) -> bool:
    """Tells whether there is one array on each side, the first of fewer axes."""
    if not len(seen) == len(stored) == 1:
        return False
    if not (is_array(seen[0]) and is_array(stored[0])):
        return False
    return len(seen[0].shape) < len(stored[0].shape)
