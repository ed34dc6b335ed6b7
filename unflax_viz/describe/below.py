"""Says what is below a call whose own panels are empty, and which query lists it."""

from __future__ import annotations

from unflax_viz.measure.numbers import format_counted
from unflax_viz.protocol import Below
from unflax_viz.query.parsing import below_query
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.scopes import parameters_of, rngs_of, states_of


def below_of(node: Node, index: RunIndex) -> list[Below]:
    """Counts what the calls below a node used, of each kind that it did not use itself.

    Args:
      node: The node.
      index: The run.

    Returns:
      At most one for parameters, one for changed states and one for draws, each with
      the query that lists it in the lens of that kind.
    """
    total = index.total_of(node)
    query = "" if node is index.run.root else below_query(node.address)
    found: list[Below] = []
    if total.n_parameters and not parameters_of(node):
        text = f"parameters of {format_counted(total.n_parameters, 'element')}"
        found.append(Below(tab="parameters", text=text, lens="parameters", query=query))
    if total.n_changed and not states_of(node):
        word = "written" if index.run.is_abstract else "changed"
        text = format_counted(total.n_changed, f"{word} state")
        found.append(Below(tab="state", text=text, lens="state", query=query))
    if total.n_draws and not rngs_of(node):
        text = format_counted(total.n_draws, "draw")
        found.append(Below(tab="rngs", text=text, lens="draws", query=query))
    return found
