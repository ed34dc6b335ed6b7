"""How does whoever waits for a summary learn how far it is, and stop it?"""

from __future__ import annotations

from collections.abc import Callable

Watch = Callable[[float], None]
"""Called between two parts of the work with the fraction that is done, from 0 to 1.
Whatever it raises ends the work and is passed on."""


def part_of(watch: Watch | None, start: float, stop: float) -> Watch | None:
    """Returns a watch for work that is the part from `start` to `stop` of a whole."""
    if watch is None:
        return None

    def watch_part(fraction: float) -> None:
        watch(start + (stop - start) * fraction)

    return watch_part


def tell(watch: Watch | None, fraction: float) -> None:
    """Calls `watch`, if there is one."""
    if watch is not None:
        watch(fraction)
