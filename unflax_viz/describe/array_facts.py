"""What is known of an array, as short facts: what it is, and what its numbers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unflax_viz.describe.axes import axes_of, describe_axis_names
from unflax_viz.describe.held_values import HeldValue
from unflax_viz.describe.initialisers import initialiser_of
from unflax_viz.describe.values import array_of
from unflax_viz.measure import (
    ArrayStatistics,
    ChangedRegion,
    computed,
    format_bytes,
    format_count,
    format_exact,
    format_number,
)
from unflax_viz.protocol import Fact
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.run import Node
from unflax_viz.record.structures import count_bytes


def about_facts(held: HeldValue, node: Node, value: Any) -> list[Fact]:
    """Says what is known of an array without its numbers.

    Args:
      held: The entry.
      node: The call whose scope holds it.
      value: The array, or the box around it, at the moment that is asked for.
    """
    array = array_of(value)
    n_bytes = count_bytes(array)
    shape = str(tuple(int(size) for size in array.shape))
    facts = [
        Fact(label="shape", text=shape, exact=shape),
        Fact(label="dtype", text=str(array.dtype), exact=str(array.dtype)),
        Fact(label="bytes", text=format_bytes(n_bytes), exact=f"{n_bytes:,} bytes"),
    ]
    further = {
        "axis names": describe_axis_names(axes_of(value)),
        "initialiser": _initialiser(held, node),
        "stacked": _stacked_axes(held, node),
    }
    facts += [
        Fact(label=label, text=text, exact=text)
        for label, text in further.items()
        if text
    ]
    return facts


def _initialiser(held: HeldValue, node: Node) -> str:
    is_parameter = held.group == "parameters"
    if not is_parameter or not isinstance(node, InterceptedFlaxModuleMethod):
        return ""
    return initialiser_of(node.module, held.name)


def _stacked_axes(held: HeldValue, node: Node) -> str:
    """Says which axes hold a part for each step or lane: `axis 0: scan x24`."""
    if not isinstance(held.effect, FlaxParameter):
        return ""
    array, seen = array_of(held.effect.value), array_of(held.effect.seen)
    if array is None or seen is None:
        return ""
    axes = _added_axes(tuple(array.shape), tuple(seen.shape))
    around = [str(transform) for transform in node.transforms]
    sizes = [int(array.shape[axis]) for axis in axes]
    return "; ".join(
        f"axis {axis}: {_transform_of(size, around)}"
        for axis, size in zip(axes, sizes, strict=True)
    )


def _transform_of(size: int, around: list[str]) -> str:
    named = [text for text in around if text.endswith(f" x{size}")]
    return named[0] if len(set(named)) == 1 else f"{size} steps or lanes"


def _added_axes(shape: tuple[int, ...], seen: tuple[int, ...]) -> list[int]:
    """Returns the axes that `shape` has and `seen` has not, in doubt the outermost."""
    added: list[int] = []
    rest = list(reversed(seen))
    for axis in reversed(range(len(shape))):
        if rest and rest[0] == shape[axis]:
            rest.pop(0)
        else:
            added.append(axis)
    return [] if rest else added[::-1]


def statistics_facts(array: Any, statistics: ArrayStatistics) -> list[Fact]:
    """Says what the numbers of an array are; of a single one its value.

    Without a finite number there is nothing to measure, only to count.
    """
    if statistics.n_elements == 1:
        return [figure_fact("value", np.asarray(computed(array)).reshape(()).item())]
    if statistics.n_elements == 0:
        return [_count_fact("elements", 0)]
    measures = _measures(statistics) if statistics.n_finite else []
    return [*measures, *_counts(statistics)]


def _measures(statistics: ArrayStatistics) -> list[Fact]:
    prefix = "|x| " if statistics.is_magnitude else ""
    if statistics.n_finite < statistics.n_elements:
        prefix += "finite "
    figures = [
        ("mean", statistics.mean),
        ("std", statistics.std),
        ("min", statistics.minimum),
        ("max", statistics.maximum),
        ("L2 norm", statistics.l2_norm),
    ]
    return [figure_fact(f"{prefix}{label}", figure) for label, figure in figures]


def _counts(statistics: ArrayStatistics) -> list[Fact]:
    n_infinite = statistics.n_posinf + statistics.n_neginf
    facts = [
        _count_fact("elements", statistics.n_elements),
        _count_fact("zeros", statistics.n_zeros),
        _count_fact("NaN", statistics.n_nan, is_warning=statistics.n_nan > 0),
    ]
    if n_infinite:
        facts.append(_count_fact("infinite", n_infinite, is_warning=True))
    return facts


def figure_fact(label: str, figure: complex) -> Fact:
    """Writes a number with its name; NaN and infinities are warned of."""
    fact = Fact(label=label, text=format_number(figure), exact=format_exact(figure))
    if not np.isfinite(figure):
        fact["is_warning"] = True
    return fact


def _count_fact(label: str, count: int, is_warning: bool = False) -> Fact:
    """Writes a count with its name, in full below a million."""
    exact = f"{count:,}"
    text = exact if count < 1_000_000 else format_count(count)
    fact = Fact(label=label, text=text, exact=exact)
    if is_warning:
        fact["is_warning"] = True
    return fact


def region_facts(region: ChangedRegion, index: Sequence[int | None]) -> list[Fact]:
    """Says how many elements changed, and in which part of the array.

    Args:
      region: What changed in the part that was looked at.
      index: Which part that is; empty for the whole array.
    """
    counts = f"{region.n_changed:,} of {region.n_elements:,}"
    facts = [Fact(label="changed elements", text=counts, exact=counts)]
    if region.n_changed and region.shape:
        place = _describe_region(region, index)
        facts.append(Fact(label="written at", text=place, exact=place))
    return facts


def _describe_region(region: ChangedRegion, index: Sequence[int | None]) -> str:
    """Writes a region as one would take it from the whole array: `[:, 3:4, :]`."""
    spans = iter(zip(region.start, region.stop, region.shape, strict=True))
    items = index or [None] * len(region.start)
    return f"[{', '.join(_span(spans) if i is None else str(i) for i in items)}]"


def _span(spans: Any) -> str:
    start, stop, size = next(spans)
    return ":" if (start, stop) == (0, size) else f"{start}:{stop}"
