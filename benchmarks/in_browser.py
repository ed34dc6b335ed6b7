"""Measures in Chromium how long a page of 100,001 calls keeps its reader waiting.

The page is what `run.to_html` writes; its tree is the one of the notebook. Times are
those of a clock on the wall, of the best of some rounds: the machine has other work.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import made_runs
from benchmarks.figures import Figure
from benchmarks.searching import QUERIES
from tests.browser.chromium import running_chromium
from tests.browser.inspector_view import InspectorView
from tests.browser.search_view import SearchView

_LINE_PX = 22
_OTHERS = ("scale_8", "scale_9", "is:changed", "size>2k", "depth<3", "")
"""Are searched for in between: a page remembers the last ten searches."""

_SEARCH = """(box, queries) => {
  const later = window.setTimeout;
  return queries.map(query => {
    let search = () => {};
    window.setTimeout = (work, pause) => { search = work; return 0; };
    box.value = query;
    box.dispatchEvent(new Event("input"));
    window.setTimeout = later;
    const start = performance.now();
    search();
    return performance.now() - start;
  });
}"""
"""Has each query searched for at once, without the pause for typing."""

_OPEN = """async (tree, [n_rows, line_px]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
  const row = name => tree.querySelector(`[role=treeitem][aria-label="${name}"]`);
  const isBusy = () => tree.querySelector("[role=treeitem][aria-busy=true]");
  const times = [];
  for (let number = 0; number < n_rows; number += 1) {
    const name = `ScaleBlock_${number} ScaleBlock`;
    const below = `ScaleBlock_${number}/Scale_0 Scale`;
    tree.scrollTop = (1 + number) * line_px;
    while (!row(name) || isBusy()) await frame();
    await pause(200 + Math.random() * 17);
    const start = performance.now();
    row(name).querySelector(".uv-triangle").click();
    do await frame(); while (!row(below));
    await frame();
    times.push(performance.now() - start);
    row(name)?.querySelector(".uv-triangle").click();
  }
  return times;
}"""
"""Opens row after row and closes it again.

Each takes until the frame after the one that shows what is below.

The clicks fall anywhere between two frames, which are 17 ms apart.
"""


def measure(is_quick: bool) -> list[Figure]:
    """Searches one page, and opens rows of it."""
    n_blocks, n_rounds = (10, 2) if is_quick else (1_000, 3)
    subject = f"tower, {100 * n_blocks + 1:,} calls"
    with _opened_page(n_blocks) as view:
        searching = _time_searches(SearchView(view).box, n_rounds)
        opening_s = min(
            _time_opening(view, min(n_blocks, 100)) for _ in range(n_rounds)
        )
    slowest = max(searching, key=lambda it: searching[it])
    print(f"(slowest: {slowest})", end=" ")
    n_queries = len(QUERIES)
    median_s = statistics.median(searching.values())
    figures = {
        f"slowest of {n_queries} queries, in Chromium": searching[slowest],
        f"median of {n_queries} queries, in Chromium": median_s,
        "opening a row, click to paint, 95 %": opening_s,
    }
    return [
        Figure(task, subject, "s", seconds, n_rounds=n_rounds)
        for task, seconds in figures.items()
    ]


@contextmanager
def _opened_page(n_blocks: int) -> Iterator[InspectorView]:
    with tempfile.TemporaryDirectory() as folder, running_chromium() as chromium:
        file = Path(folder) / "page.html"
        made_runs.tower(n_blocks).to_html(file, max_bytes=0)
        page = chromium.new_page()
        page.goto(file.as_uri())
        view = InspectorView(page)
        SearchView(view).search("scale_1")
        SearchView(view).clear()
        yield view


def _time_searches(box: Any, n_rounds: int) -> dict[str, float]:
    """Returns seconds by query, of the best round; the first one is left out."""
    rounds = [box.evaluate(_SEARCH, [*QUERIES, *_OTHERS]) for _ in range(n_rounds + 1)]
    return {
        query: min(times_ms[index] for times_ms in rounds[1:]) / 1e3
        for index, query in enumerate(QUERIES)
    }


def _time_opening(view: InspectorView, n_rows: int) -> float:
    """Returns the seconds within which 95 % of the rows were open."""
    times_ms = view.tree.evaluate(_OPEN, [n_rows, _LINE_PX])
    return statistics.quantiles(times_ms, n=20)[-1] / 1e3
