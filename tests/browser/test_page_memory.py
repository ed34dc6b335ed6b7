"""What a page keeps of an inspector that was shown and closed."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from playwright.sync_api import BrowserContext, Page

from unflax_viz.widget.bundle import read_bundle

TRAITS = pathlib.Path(__file__).parents[1] / "golden" / "traits.json"
N_SHOWN = 10
MAX_KEPT_BYTES = 100_000
"""Per inspector: a copy of the code would be more, and so would a view."""

SHOW = """
async ([code, traits]) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  URL.revokeObjectURL(url);
  const state = structuredClone(traits);
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    on() {}, off() {}, send() {}, save_changes() {},
  };
  const el = document.createElement("div");
  document.body.append(el);
  const unmount = widget.render({ model, el });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const isDrawn = el.firstElementChild?.shadowRoot?.querySelector("h2") != null;
  unmount();
  el.remove();
  return isDrawn;
}
"""


def show_and_close(page: Page, number: int) -> None:
    """Shows an inspector as anywidget does: every one has code of its own."""
    traits: dict[str, Any] = json.loads(TRAITS.read_text(encoding="utf-8"))["traits"]
    code = f"{read_bundle('index.js')}\n// {number}"
    assert page.evaluate(SHOW, [code, traits])


def test_inspector_that_was_closed_leaves_little_behind(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    session = context.new_cdp_session(page)

    def used_bytes() -> int:
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    for number in range(3):
        show_and_close(page, number)
    before = used_bytes()
    for number in range(N_SHOWN):
        show_and_close(page, number)
    assert used_bytes() - before < N_SHOWN * MAX_KEPT_BYTES
    page.close()
