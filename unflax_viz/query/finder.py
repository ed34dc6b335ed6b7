"""Searches a run by queries; reads it once and keeps it read."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from unflax_viz.errors import WrongArgumentError, WrongValueError
from unflax_viz.measure.progress import Report
from unflax_viz.protocol import Lens
from unflax_viz.query.matching import Matcher
from unflax_viz.query.parsing import parse_query
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.tables.broken_values import BrokenValues, find_broken_values
from unflax_viz.tables.contents import Contents
from unflax_viz.tables.lenses import (
    LENSES,
    LensRows,
    lay_out_calls,
    lay_out_draws,
    lay_out_modules,
    lay_out_parameters,
    lay_out_state,
)

_MAX_MATCHERS = 3
_MAX_COUNTED = 20_000
"""In how many calls modules and parameters are counted for the first picture."""
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
        self._lay_outs: dict[Lens, Callable[[], LensRows]] = {
            "calls": lambda: lay_out_calls(index.table),
            "modules": lambda: lay_out_modules(self.columns),
            "parameters": lambda: lay_out_parameters(self.columns),
            "state": lambda: lay_out_state(self.columns),
            "draws": lambda: lay_out_draws(self.columns),
        }
        self._matcher_of = functools.lru_cache(_MAX_MATCHERS)(self._make_matcher)

    def prepare(self) -> None:
        """Reads the run now, so that the first query finds it read."""
        for lens in LENSES:
            self.rows(lens)
        self.is_prepared = True

    @property
    def columns(self) -> Contents:
        """What a query can ask of the run."""
        return self._keep("columns", lambda: Contents(self.index))

    @property
    def broken_values(self) -> BrokenValues | None:
        """Which values hold NaN or infinities; None until a query has asked for it."""
        return self._kept.get("broken values")

    def find_broken_values(self, report: Report | None = None) -> BrokenValues:
        """Reads all arrays, at the first time; what `report` raises ends it."""
        return self._keep(
            "broken values", lambda: find_broken_values(self.columns, report)
        )

    def rows(self, lens: Lens) -> LensRows:
        """Returns all rows of a lens."""
        return self._keep(f"rows of {lens}", self._lay_outs[lens])

    def count(self) -> dict[Lens, int]:
        """Counts the things of each lens.

        Returns:
          The counts by lens. Those of modules and parameters are missing for a
          very large run that was not searched yet.
        """
        if "columns" not in self._kept:
            return _count_all(self.index)
        columns = self.columns
        counts = (
            len(columns.calls.path),
            len(columns.first_calls),
            len(columns.first_values),
            len(columns.first_states),
            len(columns.draws.draws),
        )
        return dict(zip(LENSES, counts, strict=True))

    def hits(self, lens: Lens, query: str) -> list[int]:
        """Returns the rows of a lens that a query finds, in order.

        Raises:
          QueryError: If the query cannot be read.
        """
        found = self._matcher(query.strip()).find(lens)
        return np.flatnonzero(self.rows(lens).hits_of(found)).tolist()

    def find(self, query: str, lens: Lens) -> tuple[Any, ...]:
        """Returns the things of a lens that a query finds, as the record has them."""
        items = self.rows(lens).items[self.hits(lens, query)].tolist()
        columns = self.columns
        if lens == "draws":
            return tuple(columns.draws.draws[item] for item in items)
        if lens in ("parameters", "state"):
            is_state = lens == "state"
            firsts = columns.first_states if is_state else columns.first_values
            return tuple(columns.values.holders[firsts[item]] for item in items)
        calls = columns.first_calls[items].tolist() if lens == "modules" else items
        nodes = [self.index.table.nodes[call] for call in calls]
        # A place that was not captured is not a call, though the tree shows it.
        return tuple(
            node for node in nodes if isinstance(node, InterceptedFlaxModuleMethod)
        )

    def _matcher(self, query: str) -> Matcher:
        with self._search_lock:
            return self._matcher_of(query)

    def _make_matcher(self, query: str) -> Matcher:
        return Matcher(parse_query(query), self.columns, self.find_broken_values)

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
        if lens not in LENSES:
            raise WrongValueError(
                f"There is no lens {lens!r}; the lenses are {', '.join(LENSES)}.", lens
            )
        return finder_of(run).find(query, lens)


def finder_of(run: FlaxRun) -> Finder:
    """Returns the finder of a run, and with it the index; made once for the run."""
    return run.kept.once(Finder, lambda: Finder(RunIndex(run)))


def _count_all(index: RunIndex) -> dict[Lens, int]:
    """Counts the things of each lens without the columns, for the first picture."""
    table = index.table
    total = table.total_of(0)
    counts: dict[Lens, int] = {
        "calls": len(table),
        "state": total.n_changed,
        "draws": total.n_draws,
    }
    if len(table) > _MAX_COUNTED:
        return counts
    n_modules = n_parameters = 0
    # Calls that have more in their address than the path of their module.
    others: set[tuple[int, tuple[str, ...]]] = set()
    for node in table.nodes:
        if not isinstance(node, InterceptedFlaxModuleMethod):
            others.add((_entry_around(index, node), node.path))
            continue
        address = node.address
        if address == "/".join(node.path) or address == "/":
            n_modules += 1
        else:
            others.add((node.entry, node.path))
        if node.scope_data is not None:
            for parameter in node.scope_data.parameters.values():
                # A shared one counts where it was read first.
                users = parameter.users
                n_parameters += users[:1] == (address,)
    n_modules += sum(not _is_called_plainly(index, *module) for module in others)
    n_parameters += len(index.unused_parameters)
    return {**counts, "modules": n_modules, "parameters": n_parameters}


def _entry_around(index: RunIndex, node: Node) -> int:
    """Returns the entry of the call around a place that was not captured."""
    parent = index.parent_of(node)
    is_call = isinstance(parent, InterceptedFlaxModuleMethod)
    return parent.entry if is_call else 0


def _is_called_plainly(index: RunIndex, entry: int, path: tuple[str, ...]) -> bool:
    """Tells whether some call of a module has the path as its address."""
    row = index.table.row_of("/".join(path) or "/")
    node = None if row is None else index.table.nodes[row]
    return (
        isinstance(node, InterceptedFlaxModuleMethod)
        and node.path == path
        and node.entry == entry
    )
