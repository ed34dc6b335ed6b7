"""Measures the size of the page that `run.to_html` writes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import models
from benchmarks.figures import Figure, compare_sizes


def measure(is_quick: bool) -> list[Figure]:
    """Writes the pages of small and large runs and counts their bytes."""
    subjects = [models.mlp(), models.transformer(12)]
    if not is_quick:
        subjects += [models.resnet(), models.transformer(96)]
        subjects += [models.wide(1_000), models.wide(10_000)]
    return [
        compare_sizes("run.to_html", subject.name, _page_bytes(subject))
        for subject in subjects
    ]


def _page_bytes(subject: models.Subject) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return subject.run.to_html(Path(folder) / "page.html").stat().st_size
