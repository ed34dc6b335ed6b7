"""By which steps did Flax make the key of a draw from the key that it was given?"""

from __future__ import annotations

import dataclasses
import hashlib
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


def fold_number(suffix: tuple[str | int, ...], has_separators: bool) -> int:
    """Hashes path and counter to the number that is folded into a key.

    Written from `flax.core.scope._fold_in_static` of flax 0.12.8, which folds the first
    four bytes of the SHA-1 of the parts.

    Args:
      suffix: Names of the path and the counter; at least one part, no number negative.
      has_separators: Whether a zero byte goes before each part, as it does where
        `flax_fix_rng_separator` is on.

    Returns:
      The number, from 0 to 2**32 - 1.
    """
    digest = hashlib.sha1()
    for part in suffix:
        if has_separators:
            digest.update(b"\00")
        if isinstance(part, str):
            digest.update(part.encode())
        else:
            digest.update(part.to_bytes((part.bit_length() + 7) // 8, "big"))
    return int.from_bytes(digest.digest()[:4], "big")
