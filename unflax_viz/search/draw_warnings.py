"""Which draws may be a mistake, and why, in a few words?"""

from __future__ import annotations

from unflax_viz.record.rng_report import DrawPlace, RngReport


def warnings_by_place(report: RngReport) -> dict[DrawPlace, tuple[str, ...]]:
    """Returns what a report says of each draw that it names."""
    groups = [
        ("repeated key", [p for group in report.repeated_keys for p in group]),
        ("colliding path", [p for group in report.colliding_paths for p in group]),
        ("same key at every step", report.same_at_every_step),
        ("key from params", report.fallbacks),
    ]
    warnings: dict[DrawPlace, dict[str, None]] = {}
    for words, places in groups:
        for place in places:
            warnings.setdefault(place, {})[words] = None
    return {place: tuple(words) for place, words in warnings.items()}
