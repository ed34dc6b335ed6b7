"""The inspector as a screen reader finds it: by role and name, by nothing else."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class InspectorView:
    """Finds the parts of one inspector.

    Attributes:
      tree: The tree of calls.
      details: The region beside it.
      panel: The tab panel in the details.
    """

    def __init__(self, place: Page | Locator) -> None:
        """Takes the page, or a part of it that shows one inspector."""
        self._place = place
        self.tree = place.get_by_role("tree", name=re.compile("^Calls of "))
        self.details = place.get_by_role("region", name=re.compile("^Details"))
        self.panel = self.details.get_by_role("tabpanel")

    def row(self, name: str) -> Locator:
        """Finds the row of a call, such as `head Dense`."""
        return self.tree.get_by_role("treeitem", name=name, exact=True)

    def selected_row(self) -> Locator:
        """Finds the row that is selected."""
        return self.tree.get_by_role("treeitem", selected=True)

    def rows_at(self, level: int) -> Locator:
        """Finds the rows of a level that are visible; the root's level is 1."""
        return self.tree.get_by_role("treeitem", level=level)

    def names_at(self, level: int) -> list[str]:
        """Returns the names of the visible rows of a level, top to bottom."""
        return self.rows_at(level).evaluate_all("rows => rows.map(r => r.ariaLabel)")

    def open_with_mouse(self, name: str) -> None:
        """Opens a row by its triangle."""
        self._click_triangle(name)
        expect(self.row(name)).to_have_attribute("aria-expanded", "true")

    def close_with_mouse(self, name: str) -> None:
        """Closes a row by its triangle."""
        self._click_triangle(name)
        expect(self.row(name)).to_have_attribute("aria-expanded", "false")

    def select(self, name: str) -> None:
        """Selects a call by the text of its row, and waits for its details."""
        self.row(name).click()
        self.expect_details_of(name)

    def expect_details_of(self, name: str) -> None:
        """Waits until a row is selected and its details are there."""
        expect(self.row(name)).to_have_attribute("aria-selected", "true")
        address = name.rsplit(" ", 1)[0]
        if address != "/":
            expect(
                self._place.get_by_role("region", name=f"Details of {address}")
            ).to_have_count(1)

    def choose_tab(self, label: str) -> None:
        """Brings a tab to the front: `Parameters`, `State` or `RNGs`."""
        self.tab(label).click()
        expect(self.tab(label)).to_have_attribute("aria-selected", "true")

    def tab(self, label: str) -> Locator:
        """Finds a tab; its name goes on with a count."""
        return self.details.get_by_role("tab", name=re.compile(f"^{label}"))

    def choose_entry(self, listbox: str, name: str) -> Locator:
        """Chooses an entry of `Parameters` or `State` by its name, and returns it."""
        entries = self.panel.get_by_role("listbox", name=listbox)
        option = entries.get_by_role("option", name=name, exact=True)
        option.click()
        expect(option).to_have_attribute("aria-selected", "true")
        return option

    def figures(self) -> dict[str, Locator]:
        """Finds the figures of the entry that is shown, by their label."""
        terms = self.panel.get_by_role("term")
        expect(terms.first).to_be_visible()
        values = self.panel.get_by_role("definition")
        return {label: values.nth(i) for i, label in enumerate(terms.all_inner_texts())}

    def _click_triangle(self, name: str) -> None:
        # The triangle is hidden from screen readers, whose key is the arrow.
        row = self.row(name)
        level = int(row.get_attribute("aria-level") or 1)
        row.click(position={"x": 6 + 16 * (level - 1) + 8, "y": 11})
