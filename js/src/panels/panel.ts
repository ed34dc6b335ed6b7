/** One panel of the details as a widget of its own: no tree, no tabs. */
import type { Channel } from "../channel";
import { element } from "../controls/dom";
import type { Tab } from "../protocol";
import type { Synced } from "../synced";
import type { Theme } from "../theme";
import { DetailsView } from "./details";

export class PanelView {
  readonly element: HTMLElement;
  readonly #details: DetailsView;

  constructor(panel: Tab, synced: Synced, channel: Channel, signal: AbortSignal) {
    this.#details = new DetailsView({
      channel,
      signal,
      tab: panel,
      entry: synced.get("entry"),
      isAlone: true,
      known: synced.opening.call,
      chooseTab: () => {},
      chooseItem: (key) => synced.set("entry", key),
      select: (address) => synced.set("selected", address),
    });
    this.element = element(
      "div",
      { class: "uv-inspector uv-alone" },
      this.#details.element,
    );
    const setHeight = (height_px: number) =>
      this.element.style.setProperty("--uv-height", `${height_px}px`);
    setHeight(synced.get("height_px"));
    synced.observe("height_px", setHeight);
    synced.observe("entry", (key) => this.#details.showItem(key));
    synced.observe("selected", (address) => void this.#details.showCall(address));
    void this.#details.showCall(synced.get("selected"));
  }

  setTheme(theme: Theme): void {
    this.element.dataset.theme = theme;
    this.#details.setTheme(theme);
  }

  /** Says a sentence that answers no question, e.g. why a trait is refused. */
  say(sentence: string): void {
    this.#details.announce(sentence);
  }
}
