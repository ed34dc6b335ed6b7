"""The search over the tree: its box, what it says, and the rows that it found."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.inspector_view import InspectorView


class SearchView:
    """Finds the parts of one inspector's search.

    Attributes:
      box: Where the query is typed.
      count: Says how many hits there are, or which of them is selected.
      error: Says why a query cannot be read.
      previous: The button back to the last hit.
      next: The button on to the next hit.
    """

    def __init__(self, view: InspectorView) -> None:
        """Takes the inspector that the search belongs to."""
        self._view = view
        search = view.place.get_by_role("search")
        self.box = search.get_by_role("searchbox")
        self.count = search.get_by_role("status")
        self.error = search.get_by_role("alert")
        self.previous = search.get_by_role("button", name="Previous hit")
        self.next = search.get_by_role("button", name="Next hit")

    def search(self, query: str) -> None:
        """Types a query into the empty box, and waits until its hits are counted.

        Where a hit is selected already, its number stands in place of their count.
        """
        self.clear()
        self.box.fill(query)
        expect(self.count).to_have_text(re.compile(r"hit|\d of \d"))

    def clear(self) -> None:
        """Empties the box, and waits until nothing is searched."""
        self.box.fill("")
        expect(self.count).to_be_hidden()

    def hits(self) -> Locator:
        """Finds the rows that the query found, among those that are in view."""
        return self._view.tree.locator('[role=treeitem][aria-description="hit"]')

    def names_of_hits(self) -> list[str]:
        """Returns the names of those rows, top to bottom, once they are there."""
        self._view.wait_for_lines()
        return self.hits().evaluate_all("rows => rows.map(r => r.ariaLabel)")
