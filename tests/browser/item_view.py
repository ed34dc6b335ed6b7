"""A panel that lists entries, and the card of the entry that is chosen."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect


class ItemView:
    """Finds the parts of the panel `Parameters` or `State`.

    Attributes:
      panel: The panel.
      title: What the card is of: name, slice, shape and dtype.
      heatmaps: The heatmaps in the card.
      histograms: The histograms in the card.
    """

    def __init__(self, panel: Locator) -> None:
        """Takes the tab panel, or the region that is a panel of its own."""
        self.panel = panel
        self.title = panel.get_by_role("heading", level=4).last
        self.heatmaps = panel.get_by_role("img", name=re.compile("^Heatmap of "))
        self.histograms = panel.get_by_role("img", name=re.compile("^Histogram of "))

    def entry(self, listbox: str, name: str) -> Locator:
        """Finds an entry of the list `Parameters` or `State` by its name."""
        entries = self.panel.get_by_role("listbox", name=listbox)
        return entries.get_by_role("option", name=name, exact=True)

    def choose(self, listbox: str, name: str) -> Locator:
        """Chooses an entry, and returns it."""
        option = self.entry(listbox, name)
        option.click()
        expect(option).to_have_attribute("aria-selected", "true")
        return option

    def figures(self) -> dict[str, Locator]:
        """Finds the figures that are shown in pairs, by their label."""
        terms = self.panel.get_by_role("term")
        expect(terms.filter(has_text=re.compile("^elements$"))).to_be_visible()
        values = self.panel.get_by_role("definition")
        return {label: values.nth(i) for i, label in enumerate(terms.all_inner_texts())}

    def compared(self) -> dict[str, list[str]]:
        """Returns the figures before, after and of the difference, by their label."""
        rows = self.panel.get_by_role("rowheader")
        expect(rows.first).to_be_visible()
        return rows.evaluate_all(
            """headers => Object.fromEntries(headers.map(header => [
              header.textContent,
              [...header.parentElement.cells].slice(1).map(it => it.textContent),
            ]))"""
        )

    def slider(self, label: str) -> Locator:
        """Finds the slider of an axis, e.g. `axis 0 (layers)`."""
        return self.panel.get_by_role("slider", name=label, exact=True)

    def axis_of(self, use: str) -> Locator:
        """Finds the choice of the axis for `rows`, `columns` or pictures."""
        choices = self.panel.get_by_role("group", name="Axes of the picture")
        return choices.get_by_role("combobox", name=use, exact=True)

    def button(self, name: str) -> Locator:
        """Finds a button in the card by its whole name."""
        return self.panel.get_by_role("button", name=name, exact=True)


def colors_of(canvas: Locator) -> list[int]:
    """Returns the colours of all pixels of a picture, row by row."""
    return canvas.evaluate(
        """canvas => {
          const {data} = canvas.getContext('2d').getImageData(
            0, 0, canvas.width, canvas.height);
          return [...new Uint32Array(data.buffer)];
        }"""
    )
