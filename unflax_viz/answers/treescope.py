"""Answers how Treescope draws a value."""

from __future__ import annotations

from unflax_viz.answers.asked import Asked
from unflax_viz.answers.value import find_asked_value, part_of_value
from unflax_viz.describe.axes import axes_of
from unflax_viz.describe.values import array_of
from unflax_viz.measure import computed
from unflax_viz.measure.progress import part_of
from unflax_viz.protocol import TreescopeAnswer
from unflax_viz.render.treescope_page import array_page, value_page


def answer_treescope(asked: Asked) -> TreescopeAnswer:
    """Draws one value of a call, or a slice of an array, as Treescope does.

    Args:
      asked: A `TreescopeRequest`.

    Returns:
      A page for a frame with `sandbox="allow-scripts"`.

    Raises:
      NoSuchValueError: If the call holds no such value.
      WrongValueError: If the index does not fit the array.
    """
    value = find_asked_value(asked)
    if array_of(value.value) is None:
        html = value_page(value.value)
    else:
        part, _ = part_of_value(
            value, part_of(asked.report, 0.0, 0.5), has_region=False
        )
        axes = [
            (number, axis)
            for number, axis in enumerate(axes_of(value.value))
            if not value.index or value.index[number] is None
        ]
        html = array_page(computed(part), value.name, axes)
    return TreescopeAnswer(html=html)
