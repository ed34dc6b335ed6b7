"""One figure: what we take for a task, what a peer takes, and the ratio of the two."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Unit = Literal["s", "B"]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A comparison, or a measurement that has no peer.

    Attributes:
      task: What was done.
      subject: To which model.
      unit: CPU seconds or bytes.
      ours: The median of ours.
      peer: With what it was compared; empty if with nothing.
      peers: The median of the peer's; None without one.
      ratio: The median of the rounds' ratios, ours to the peer's; None without a peer.
      quartiles: The middle half of those ratios: their noise. None below 4 rounds.
      n_rounds: How often both were measured.
    """

    task: str
    subject: str
    unit: Unit
    ours: float
    peer: str = ""
    peers: float | None = None
    ratio: float | None = None
    quartiles: tuple[float, float] | None = None
    n_rounds: int = 1


def compare_times(
    task: str,
    subject: str,
    peer: str,
    ours_s: Sequence[float],
    peers_s: Sequence[float],
) -> Figure:
    """Compares the rounds of two ways that were timed side by side."""
    ratios = [a / b for a, b in zip(ours_s, peers_s, strict=True)]
    quarters = statistics.quantiles(ratios, n=4) if len(ratios) >= 4 else None
    return Figure(
        task=task,
        subject=subject,
        unit="s",
        ours=statistics.median(ours_s),
        peer=peer,
        peers=statistics.median(peers_s),
        ratio=statistics.median(ratios),
        quartiles=(quarters[0], quarters[2]) if quarters else None,
        n_rounds=len(ratios),
    )


def compare_sizes(
    task: str, subject: str, ours_bytes: int, peer: str = "", peers_bytes: int = 0
) -> Figure:
    """Compares two sizes; without a `peer` just says ours."""
    if not peer:
        return Figure(task, subject, "B", ours_bytes)
    ratio = ours_bytes / peers_bytes
    return Figure(task, subject, "B", ours_bytes, peer, peers_bytes, ratio)


def format_table(figures: Sequence[Figure]) -> str:
    """Returns the figures as one table, its columns aligned."""
    head = ("task", "model", "ours", "peer", "peer's", "ratio", "middle half", "rounds")
    lines = [head, *map(_cells, figures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    is_left = (True, True, False, True, False, False, False, False)
    return "\n".join(
        "  ".join(
            text.ljust(width) if left else text.rjust(width)
            for text, width, left in zip(line, widths, is_left, strict=True)
        ).rstrip()
        for line in lines
    )


def write_json(file: Path, figures: Sequence[Figure], about: dict[str, str]) -> None:
    """Writes the figures, and on what they were measured."""
    file.parent.mkdir(exist_ok=True)
    record = {"about": about, "figures": [dataclasses.asdict(it) for it in figures]}
    file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def format_ratio(ratio: float | None) -> str:
    """Writes a ratio with three digits, or a dash where there is none."""
    if ratio is None:
        return "-"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _cells(figure: Figure) -> tuple[str, ...]:
    low_and_high = map(format_ratio, figure.quartiles or ())
    return (
        figure.task,
        figure.subject,
        _format_amount(figure.ours, figure.unit),
        figure.peer or "-",
        _format_amount(figure.peers, figure.unit),
        format_ratio(figure.ratio),
        " .. ".join(low_and_high) or "-",
        str(figure.n_rounds),
    )


def _format_amount(amount: float | None, unit: Unit) -> str:
    if amount is None:
        return "-"
    if unit == "s":
        return f"{amount:.2f} s" if amount >= 1 else f"{1e3 * amount:.3g} ms"
    return f"{amount / 1e6:.2f} MB" if amount >= 1e6 else f"{amount / 1e3:.1f} kB"
