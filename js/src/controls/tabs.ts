/** The row of tabs over the panel; keys as in the ARIA tabs pattern. */

import { TABS, type Tab } from "../protocol";
import { element } from "./dom";
import { targetOf } from "./keyboard";

const LABELS: Readonly<Record<Tab, string>> = {
  overview: "Overview",
  parameters: "Parameters",
  state: "State",
  rngs: "RNGs",
  call: "Call",
};

export class TabsView {
  readonly element: HTMLElement;
  readonly #buttons = new Map<Tab, HTMLButtonElement>();
  #current: Tab | null = null;

  /**
   * @param panel Element with role tabpanel; gets its label from the tab in front.
   * @param choose Called when the reader chooses a tab.
   */
  constructor(
    private readonly panel: HTMLElement,
    private readonly choose: (tab: Tab) => void,
    id: string,
    signal: AbortSignal,
  ) {
    const attributes = { role: "tablist", "aria-label": "Details of the call" };
    this.element = element("div", { class: "uv-tabs", attributes });
    for (const tab of TABS) {
      const button = element(
        "button",
        {
          class: "uv-tab",
          attributes: {
            role: "tab",
            type: "button",
            id: `${id}-${tab}`,
            "aria-controls": panel.id,
          },
        },
        LABELS[tab],
        element("span", { class: "uv-count" }),
      );
      button.addEventListener("click", () => this.choose(tab), { signal });
      this.#buttons.set(tab, button);
      this.element.append(button);
    }
    this.element.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Says how much is behind each tab; a tab that is left out has no count. */
  setCounts(counts: Partial<Record<Tab, number>>): void {
    for (const [tab, button] of this.#buttons) {
      const count = button.querySelector(".uv-count");
      if (count && tab in counts) count.textContent = ` ${counts[tab]}`;
    }
  }

  setCurrent(current: Tab): void {
    this.#current = current;
    for (const [tab, button] of this.#buttons) {
      button.setAttribute("aria-selected", String(tab === current));
      button.tabIndex = tab === current ? 0 : -1;
      if (tab === current) this.panel.setAttribute("aria-labelledby", button.id);
    }
  }

  #press(event: KeyboardEvent): void {
    const current = this.#current ? TABS.indexOf(this.#current) : -1;
    const target = targetOf(event.key, current, TABS.length, "tablist");
    const next = target === null ? undefined : TABS[target];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(next);
    this.#buttons.get(next)?.focus();
  }
}
