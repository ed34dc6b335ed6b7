"""What the panels say of a stream: its draws, how their keys came about, warnings."""

from __future__ import annotations

import math
from typing import Any

from unflax_viz.describe.draw_code import base_code, describe_suffix, draw_code
from unflax_viz.describe.values import (
    describe_key,
    describe_words,
    key_words,
    one_line,
    safely,
)
from unflax_viz.measure.numbers import format_counted, format_shape
from unflax_viz.protocol import Draw, KeyRow, LineageStep, RngItem
from unflax_viz.record.effects import FlaxRng, RngDraw
from unflax_viz.record.index import RunIndex
from unflax_viz.record.lineage import KeyStep
from unflax_viz.record.rng_report import DrawPlace
from unflax_viz.record.run import Node
from unflax_viz.record.structures import is_abstract

_MAX_KEYS = 64


def rng_item(rng: FlaxRng, node: Node, index: RunIndex) -> RngItem:
    """Describes one stream of a call, and its draws in the order made."""
    return RngItem(
        stream=one_line(rng.stream),
        text=stream_text(rng),
        draws=[_draw(rng, draw, node, index) for draw in rng.draws],
    )


def stream_text(rng: FlaxRng) -> str:
    """Says how many times a stream drew, and which stream served it if another one."""
    text = format_counted(len(rng.draws), "draw")
    if any(draw.fell_back for draw in rng.draws):
        text += (
            f", served by '{rng.draws[0].served}' since '{rng.stream}' was not given"
        )
    return one_line(text)


def key_text(draw: RngDraw) -> str:
    """Writes the key of a draw; nothing where it is not known."""
    return "" if draw.key is None else safely(describe_key, draw.key)


def draw_note(draw: RngDraw) -> str:
    """Says what Flax drew a key for, and why the key is not known where it is not."""
    return ". ".join(filter(None, [_purpose(draw), draw.missing_key_reason]))


def _draw(rng: FlaxRng, draw: RngDraw, node: Node, index: RunIndex) -> Draw:
    places = _places(draw, node)
    keys = _key_rows(draw)
    n_keys = math.prod(_lanes(draw.lineage)) if keys else 0
    base = one_line(base_code(rng, draw, node, index))
    place = DrawPlace(node.address, draw.stream, draw.counter)
    warnings = index.rng_warnings.get(place, ())
    return Draw(
        counter=draw.counter,
        served=one_line(draw.served),
        path=one_line("/".join(draw.path)),
        key=key_text(draw),
        note=one_line(draw_note(draw)),
        warnings=[one_line(warning.sentence) for warning in warnings],
        base=f"{base}, {_base_text(rng.base)}",
        lineage=[lineage_step(step) for step in draw.lineage],
        code=draw_code(rng, draw, node, index),
        places=places if keys else [],
        keys=keys,
        n_more_keys=n_keys - len(keys),
    )


def _base_text(base: Any) -> str:
    return format_shape(base) if is_abstract(base) else safely(describe_key, base)


def _purpose(draw: RngDraw) -> str:
    """Says what Flax itself drew a key for; nothing where the module asked."""
    kind, _, name = draw.purpose.partition(" ")
    if kind == "init":
        return f"initial value of {name}"
    return "forked for nn.jit" if kind == "fork" else draw.purpose


def lineage_step(step: KeyStep) -> LineageStep:
    """Says what one step makes of a key."""
    times = "" if step.n_times is None else f" x{step.n_times}"
    if step.kind == "fold":
        return LineageStep(text="fold in", detail=describe_suffix(step.suffix))
    if step.kind == "split":
        return LineageStep(text=f"split{times}", detail="one key for each")
    if step.kind == "repeat":
        return LineageStep(text=f"repeat{times}", detail="the same key for each")
    if step.kind == "eager":
        detail = "a key of its own at each step, which jax.disable_jit ran one by one"
        return LineageStep(text=f"draw{times}", detail=detail)
    sign = "minus the" if step.is_condition else "the"
    return LineageStep(text=f"fold in{times}", detail=f"{sign} number of the step")


def _lanes(lineage: tuple[KeyStep, ...]) -> list[int]:
    """Returns how many keys each transform handed out, outermost first."""
    return [step.n_times or 0 for step in lineage if step.has_axis]


def _places(draw: RngDraw, node: Node) -> list[str]:
    """Names what the axes of the keys of a draw count, outermost first."""
    steps = [step for step in draw.lineage if step.has_axis]
    around = [transform for transform in node.transforms if transform.is_repeating]
    if [transform.n_times for transform in around] == [s.n_times for s in steps]:
        return [transform.kind for transform in around]
    # A method that hands a function of its own to nn.scan draws outside its own call.
    return ["while_loop" if step.kind == "step" else "step" for step in steps]


def _key_rows(draw: RngDraw) -> list[KeyRow]:
    """Lists the keys of the first steps and lanes; nothing for one key."""
    lanes = _lanes(draw.lineage)
    if draw.key is None or not lanes:
        return []
    try:
        words = key_words(_first_keys(draw.key, len(lanes)))[:_MAX_KEYS]
    except Exception:
        return []
    return [
        KeyRow(place=_place_of(number, lanes), key=describe_words(row))
        for number, row in enumerate(words)
    ]


def _first_keys(key: Any, n_axes: int) -> Any:
    """Takes so many keys along the first axis as are enough for the table."""
    n_inner = math.prod(key.shape[1:n_axes])
    return key[: math.ceil(_MAX_KEYS / max(n_inner, 1))]


def _place_of(number: int, lanes: list[int]) -> list[int]:
    indices: list[int] = []
    for n_lanes in reversed(lanes):
        number, index = divmod(number, n_lanes)
        indices.append(index)
    return indices[::-1]
