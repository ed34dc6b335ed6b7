"""The steps by which Flax made the key of a draw from the key that it was given."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import jax

_VMAP_EXACT = frozenset({"threefry2x32", "rbg"})


@dataclasses.dataclass(frozen=True)
class KeyStep:
    """One step from the base key of a stream to the key of a draw.

    Attributes:
      kind: `"fold"`: `suffix` is hashed and folded in, as `Scope.make_rng` does.
        `"split"`: split in `n_times`, a part for each step or lane of a transform.
        `"repeat"`: the same key at each of `n_times` steps or lanes. `"step"`: the
        number of the step is folded in, as `nn.while_loop` does. `"eager"`: each of
        `n_times` steps drew its own key, since `jax.disable_jit` ran them one by one.
      suffix: Path and counter, for `"fold"`.
      n_times: How often; None where only the run itself would know.
      is_condition: Whether the condition of a `while_loop` draws: it runs once more
        than the body, and Flax folds the negative number of the step in.
      number: For `"fold"`, the number of 32 bits that `suffix` is hashed to and that
        `jax.random.fold_in` takes; None for others.
      is_vmapped: Whether the lanes are those of a vmap, so that what follows is done
        for all of them at once. With some implementations of keys that gives other
        keys than one by one.
      index: The one step that is meant, where a loop ran step by step under
        `jax.disable_jit`; None for all of them.
    """

    kind: Literal["fold", "split", "repeat", "step", "eager"]
    suffix: tuple[str | int, ...] = ()
    n_times: int | None = None
    is_condition: bool = False
    number: int | None = dataclasses.field(default=None, compare=False)
    is_vmapped: bool = False
    index: int | None = None

    @property
    def has_axis(self) -> bool:
        """Whether it makes several keys of one, a new axis of the array of keys."""
        return self.kind != "fold" and self.index is None


def is_vmap_exact(key: Any) -> bool:
    """Tells whether a vmap derives from many keys what each would give alone.

    So it is for `threefry2x32` and `rbg`. For `unsafe_rbg` it is not, and of other
    implementations nothing is known.

    Args:
      key: A typed key, or raw ones of uint32 of the default implementation.
    """
    return str(jax.random.key_impl(key)) in _VMAP_EXACT
