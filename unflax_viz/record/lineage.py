"""By which steps did Flax make the key of a draw from the key that it was given?"""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class KeyStep:
    """One step from the base key of a stream to the key of a draw.

    Attributes:
      kind: `"fold"`: `suffix` is hashed and folded in, as `Scope.make_rng` does.
        `"split"`: split in `n_times`, a part for each step or lane of a transform.
        `"repeat"`: the same key at each of `n_times` steps or lanes. `"step"`: the
        number of the step is folded in, as `nn.while_loop` does.
      suffix: Path and counter, for `"fold"`.
      n_times: How often; None where only the run itself would know.
      is_condition: Whether the condition of a `while_loop` draws: it runs once more
        than the body, and Flax folds the negative number of the step in.
      number: For `"fold"`, the number of 32 bits that `suffix` is hashed to and that
        `jax.random.fold_in` takes; None for others.
    """

    kind: Literal["fold", "split", "repeat", "step"]
    suffix: tuple[str | int, ...] = ()
    n_times: int | None = None
    is_condition: bool = False
    number: int | None = dataclasses.field(default=None, compare=False)
