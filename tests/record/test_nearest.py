"""A wrong path is answered with the one that was probably meant, at any size."""

from __future__ import annotations

from unflax_viz.record.nearest import nearest_path


def test_path_with_a_name_in_common_comes_before_a_merely_similar_one() -> None:
    paths = ["encoder/Dense_7x", "decoder/Dense_7"]
    assert nearest_path("encode/Dense_7", paths) == "decoder/Dense_7"


def test_nearest_stands_behind_thousands_that_share_nothing() -> None:
    paths = [f"block_{index}" for index in range(5_000)] + ["head/Dense_0"]
    assert nearest_path("heads/Dense_0", paths) == "head/Dense_0"


def test_without_paths_there_is_none() -> None:
    assert nearest_path("head", []) == ""
