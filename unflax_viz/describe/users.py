"""Lists the calls that used a value, and what each did with it."""

from __future__ import annotations

from unflax_viz.describe.held_values import HeldValue
from unflax_viz.protocol import User
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node
from unflax_viz.record.state_uses import StateUse, state_key


def users_of(held: HeldValue, node: Node, index: RunIndex) -> list[User]:
    """Lists the calls that used a value, in the order made.

    Args:
      held: The value. Of a state or constant that one call alone used nothing is said.
      node: The call whose scope holds it.
      index: The run.
    """
    if isinstance(held.effect, FlaxParameter):
        return [User(address=it, action="read") for it in held.effect.users]
    if held.group == "unused":
        return []
    key = state_key(node, held.collection, held.path)
    uses = index.shared_states.get(key, [])
    return [User(address=use.address, action=_action_of(use)) for use in uses]


def _action_of(use: StateUse) -> str:
    actions = (("read", use.was_read), ("wrote", use.was_written))
    return " and ".join(action for action, was_done in actions if was_done)
