"""Who waits is told how far a summary is, and can stop it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unflax_viz.measure import chunks, histogram_of, statistics_of, thumbnail_of
from unflax_viz.measure.progress import part_of

SUMMARIES = [statistics_of, histogram_of, thumbnail_of]


class StoppedError(Exception):
    """What a report raises."""


@pytest.mark.parametrize("summarise", SUMMARIES)
def test_fractions_rise_from_zero(
    summarise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SIZE", 100)
    fractions: list[float] = []
    summarise(np.ones((200, 10), np.float32), report=fractions.append)
    assert fractions[0] == 0.0
    assert len(fractions) >= 20
    assert fractions == sorted(fractions)
    assert 0.9 < fractions[-1] < 1.0


@pytest.mark.parametrize("summarise", SUMMARIES)
def test_what_a_watch_raises_passes_through(summarise: Any) -> None:
    def stop(fraction: float) -> None:
        raise StoppedError(fraction)

    with pytest.raises(StoppedError):
        summarise(np.ones((200, 10), np.float32), report=stop)


def test_part_of_a_whole_is_told_as_such() -> None:
    fractions: list[float] = []
    part = part_of(fractions.append, 0.5, 1.0)
    assert part is not None
    part(0.0)
    part(0.5)
    assert fractions == [0.5, 0.75]
    assert part_of(None, 0.0, 1.0) is None
