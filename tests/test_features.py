"""docs/features.md says what the collection of models says."""

from __future__ import annotations

import pytest

from scripts import feature_table


@pytest.mark.slow
def test_table_of_features_is_what_the_collection_says() -> None:
    written = feature_table.FILE.read_text(encoding="utf-8")
    assert written == feature_table.table(), "run: python scripts/feature_table.py"
