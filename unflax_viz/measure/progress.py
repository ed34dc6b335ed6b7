"""Reports the progress of a summary, and lets its caller stop it."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float], None]
"""Called between two parts of the work with the fraction that is done, from 0 to 1.
Whatever it raises ends the work and is passed on."""


def part_of(report: Report | None, start: float, stop: float) -> Report | None:
    """Returns a report for work that is the part from `start` to `stop` of a whole."""
    if report is None:
        return None

    def watch_part(fraction: float) -> None:
        report(start + (stop - start) * fraction)

    return watch_part


def tell(report: Report | None, fraction: float) -> None:
    """Calls `report`, if there is one."""
    if report is not None:
        report(fraction)
