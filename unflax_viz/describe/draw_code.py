"""Writes the line of Python that makes the key of a draw again."""

from __future__ import annotations

from typing import Literal

from unflax_viz.describe.python_code import items_code, scope_code
from unflax_viz.describe.values import one_line
from unflax_viz.record.effects import FlaxRng, RngDraw
from unflax_viz.record.index import RunIndex
from unflax_viz.record.lineage import KeyStep, is_vmap_exact
from unflax_viz.record.run import Node
from unflax_viz.record.structures import is_abstract

Axis = Literal["lane", "step"]
"""Whether the keys along an axis are made all at once, or one after another."""


def draw_code(rng: FlaxRng, draw: RngDraw, node: Node, index: RunIndex) -> str:
    """Returns one line that gives exactly the key again, from `run` and `jax` alone.

    Args:
      rng: The stream.
      draw: One of its draws.
      node: The call that holds it.
      index: The run that holds the call.

    Returns:
      The line, with the folded path as a comment; empty where the key is not known.
    """
    if draw.key is None or any(map(_is_unknown, draw.lineage)):
        return ""
    is_exact = is_vmap_exact(rng.base)
    if not is_exact and any(step.kind == "repeat" for step in draw.lineage):
        return ""  # One key for all steps; a map over them would make several.
    code, axes = base_code(rng, draw, node, index), list[Axis]()
    for step in draw.lineage:
        code = _apply(step, code, axes, tuple(rng.base.shape))
        if step.has_axis:
            axes.append("lane" if is_exact or step.is_vmapped else "step")
    folded = [describe_suffix(s.suffix) for s in draw.lineage if s.kind == "fold"]
    return f"{code}  # {', then '.join(folded)}" if folded else code


def base_code(rng: FlaxRng, draw: RngDraw, node: Node, index: RunIndex) -> str:
    """Returns Python that gives the key that the lineage of a draw begins with."""
    base = index.run.rngs.get(draw.served)
    # The shapes of an abstract run are equal, not the same object.
    is_given = base is rng.base or (is_abstract(base) and not node.is_nested)
    if is_given:
        return f"run.rngs{items_code([draw.served])}"
    return f"{scope_code(node)}.rngs{items_code([rng.stream])}.base"


def describe_suffix(suffix: tuple[str | int, ...]) -> str:
    """Writes what is folded into a key, path and counter: `encoder/Dropout_0 / 1`."""
    path = "/".join(str(part) for part in suffix[:-1])
    return one_line(" / ".join(filter(None, [path, str(suffix[-1])])))


def _is_unknown(step: KeyStep) -> bool:
    if step.kind == "eager":
        return True
    return step.number is None if step.kind == "fold" else step.n_times is None


def _apply(
    step: KeyStep, code: str, axes: list[Axis], key_shape: tuple[int, ...]
) -> str:
    """Writes one step of the keys that `code` gives, an array with these axes."""
    if not axes:
        return _step_code(step, code, key_shape)
    function = f"lambda key: {_step_code(step, 'key', key_shape)}"
    for axis in reversed(axes[1:]):
        if axis == "lane":
            function = f"jax.vmap({function})"
        else:
            function = f"lambda keys: {_over_steps(function, 'keys')}"
    return (
        f"jax.vmap({function})({code})"
        if axes[0] == "lane"
        else _over_steps(function, code)
    )


def _over_steps(function: str, keys: str) -> str:
    return f"jax.lax.map({function}, {keys})"


def _step_code(step: KeyStep, key: str, key_shape: tuple[int, ...]) -> str:
    if step.kind == "fold":
        return f"jax.random.fold_in({key}, {step.number:#010x})"
    if step.kind == "split":
        return f"jax.random.split({key}, {step.n_times})"
    if step.kind == "repeat":
        return f"jax.numpy.broadcast_to({key}, {(step.n_times, *key_shape)})"
    sign = "-" if step.is_condition else ""
    numbers = f"{sign}jax.numpy.arange({step.n_times})"
    return _over_steps(f"lambda i: jax.random.fold_in({key}, i)", numbers)
