"""docs/features.md says what the collection of models says."""

from __future__ import annotations

import flax
import pytest

from scripts import feature_table


@pytest.mark.slow
@pytest.mark.skipif(
    tuple(map(int, flax.__version__.split(".")[:2])) < (0, 12),
    reason="older versions of Flax make other helper calls, which the file counts",
)
def test_table_of_features_is_what_the_collection_says() -> None:
    written = feature_table.FILE.read_text(encoding="utf-8")
    assert written == feature_table.table(), "run: python scripts/feature_table.py"
