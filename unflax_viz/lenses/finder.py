"""Searches a run by queries; reads it once and keeps it read."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from unflax_viz.errors import WrongArgumentError, WrongValueError
from unflax_viz.lenses.layout import LensRows
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.measure.progress import Report
from unflax_viz.query.matching import Matcher
from unflax_viz.query.parsing import parse_query
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun
from unflax_viz.tables.broken_values import BrokenValues, find_broken_values
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.things import Things

_MAX_MATCHERS = 3
_MAX_COUNTED = 20_000
"""In how many calls all is counted for the first picture."""
_Made = TypeVar("_Made")


class Finder:
    """Searches one run; safe to call from threads.

    Attributes:
      index: The run's index.
      is_prepared: Whether the run was read.
    """

    def __init__(self, index: RunIndex):
        """Reads nothing yet."""
        self.index = index
        self.is_prepared = False
        self._search_lock = threading.RLock()
        self._locks: dict[str, threading.RLock] = {}
        self._kept: dict[str, Any] = {}
        self._matcher_of = functools.lru_cache(_MAX_MATCHERS)(self._make_matcher)

    def prepare(self) -> None:
        """Reads the run now, so that the first query finds it read."""
        for lens in LENSES:
            self.rows(lens)
        self.is_prepared = True

    @property
    def contents(self) -> Contents:
        """The run in columns, read when first asked for."""
        return self._keep("contents", lambda: Contents(self.index))

    @property
    def broken_values(self) -> BrokenValues | None:
        """Which values hold NaN or infinities; None until a query has asked for it."""
        return self._kept.get("broken values")

    def find_broken_values(self, report: Report | None = None) -> BrokenValues:
        """Reads all arrays, at the first time; what `report` raises ends it."""
        return self._keep(
            "broken values", lambda: find_broken_values(self.contents, report)
        )

    def rows(self, lens: str) -> LensRows:
        """Returns all rows of a lens."""
        return self._keep(f"rows of {lens}", lambda: LENSES[lens].lay_out(self))

    def things(self, lens: str) -> Things:
        """Returns what a lens shows."""
        return self._keep(
            f"things of {lens}", lambda: LENSES[lens].things(self.contents)
        )

    def count(self) -> dict[str, int]:
        """Counts the things of each lens.

        Returns:
          The counts by lens. Of a very large run that nobody has searched yet, those
          are left out that are not counted yet.
        """
        if "contents" in self._kept:
            return {lens: self.things(lens).n_items for lens in LENSES}
        is_small = len(self.index.table) <= _MAX_COUNTED
        return {
            lens.name: lens.count(self.index)
            for lens in LENSES.values()
            if is_small or not lens.is_counted_slowly
        }

    def hits(self, lens: str, query: str) -> list[int]:
        """Returns the rows of a lens that a query finds, in order.

        Raises:
          QueryError: If the query cannot be read.
        """
        found = self._matcher(query.strip()).find(self.things(lens))
        return np.flatnonzero(self.rows(lens).hits_of(found)).tolist()

    def find(self, query: str, lens: str) -> tuple[Any, ...]:
        """Returns the things of a lens that a query finds, as the record has them."""
        items = self.rows(lens).items[self.hits(lens, query)].tolist()
        found = (LENSES[lens].find(self.contents, item) for item in items)
        return tuple(thing for thing in found if thing is not None)

    def _matcher(self, query: str) -> Matcher:
        with self._search_lock:
            return self._matcher_of(query)

    def _make_matcher(self, query: str) -> Matcher:
        return Matcher(parse_query(query), self.contents, self.find_broken_values)

    def _keep(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Makes a thing once; asking for another does not wait for it."""
        with self._locks.setdefault(name, threading.RLock()):
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]


class QuerySearch:
    """Searches runs by queries; what `FlaxRun.find` comes to."""

    def find(self, run: FlaxRun, query: Any, lens: Any) -> tuple[Any, ...]:
        """Returns what fits a query, as `FlaxRun.find` describes it."""
        if not isinstance(query, str):
            raise WrongArgumentError(
                f"A query is a string such as 'class:Dense is:shared', not {query!r}.",
                query,
            )
        if not isinstance(lens, str) or lens not in LENSES:
            raise WrongValueError(
                f"There is no lens {lens!r}; the lenses are {', '.join(LENSES)}.", lens
            )
        return finder_of(run).find(query, lens)


def finder_of(run: FlaxRun) -> Finder:
    """Returns the finder of a run, and with it the index; made once for the run."""
    return run.kept.once(Finder, lambda: Finder(RunIndex(run)))
