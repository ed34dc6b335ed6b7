"""The inspector as a screen reader finds it: by role and name, by nothing else."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.item_view import ItemView

_TREE = re.compile("^(Calls|Modules|Parameters|State|Draws) of ")


class InspectorView:
    """Finds the parts of one inspector, or of one panel that is a widget of its own.

    Attributes:
      place: The page, or the part of it that shows the inspector.
      tree: The tree.
      details: The region beside it.
      panel: The tab panel in the details.
      entries: The same where it lists entries.
    """

    def __init__(self, place: Page | Locator) -> None:
        """Takes the page, or a part of it that shows one inspector."""
        self.place = place
        self.tree = place.get_by_role("tree", name=_TREE)
        self.details = place.get_by_role("region", name=re.compile("^Details"))
        self.panel = self.details.get_by_role("tabpanel")
        self.entries = ItemView(self.panel)

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
        return _names(self.rows_at(level))

    def names(self) -> list[str]:
        """Returns the names of all visible rows, top to bottom, once they are there."""
        self.wait_for_lines()
        return _names(self.tree.get_by_role("treeitem"))

    def wait_for_lines(self) -> None:
        """Waits until the kernel has sent the line of every row in view."""
        expect(self.row("Loading…")).to_have_count(0)

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
            self.expect_details(address)

    def expect_details(self, title: str) -> None:
        """Waits until the details of a call are there."""
        region = self.place.get_by_role(
            "region", name=f"Details of {title}", exact=True
        )
        expect(region).to_have_count(1)

    def choose_tab(self, label: str) -> None:
        """Brings a tab to the front: `Parameters`, `State`, `RNGs` or `Call`."""
        self.tab(label).click()
        expect(self.tab(label)).to_have_attribute("aria-selected", "true")

    def tab(self, label: str) -> Locator:
        """Finds a tab; its name goes on with a count."""
        return self.details.get_by_role("tab", name=re.compile(f"^{label}"))

    def lens(self, name: str) -> Locator:
        """Finds the button of a lens: `calls`, `modules`, ...; a count is in it."""
        lenses = self.place.get_by_role("radiogroup", name="Lens")
        return lenses.get_by_role("radio", name=re.compile(f"^{name}"))

    def choose_lens(self, name: str) -> None:
        """Looks at the tree through a lens, and waits until it is there."""
        self.lens(name).click()
        self.expect_lens(name)

    def expect_lens(self, name: str) -> None:
        """Waits until the tree shows a lens."""
        expect(self.lens(name)).to_have_attribute("aria-checked", "true")
        label = re.compile(f"^{name.capitalize()} of ")
        expect(self.place.get_by_role("tree", name=label)).to_have_count(1)

    def said(self, text: str | re.Pattern[str]) -> Locator:
        """Finds a sentence that is said somewhere, to screen readers as well."""
        return self.place.get_by_role("status").filter(has_text=text)

    def _click_triangle(self, name: str) -> None:
        # The triangle is hidden from screen readers, whose key is the arrow.
        row = self.row(name)
        level = int(row.get_attribute("aria-level") or 1)
        row.click(position={"x": 6 + 16 * (level - 1) + 8, "y": 11})


def _names(rows: Locator) -> list[str]:
    return rows.evaluate_all("rows => rows.map(r => r.ariaLabel)")
