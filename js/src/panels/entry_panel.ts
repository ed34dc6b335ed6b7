/** A panel that lists entries and shows the card of the one that is chosen. */
import { element } from "../controls/dom";
import type { ArrayEntry, Tab } from "../protocol";
import { ArrayCard } from "../values/array_card";
import { valueCard } from "../values/value_card";
import type { Panel, PanelContext } from "./context";
import { EntryListView, type EntrySection } from "./entry_list";

export interface EntryPanelOptions {
  tab: Tab;
  /** Accessible name of the list. */
  label: string;
  address: string;
  sections: readonly EntrySection[];
  /** What stands over the list, or in its place. */
  note: HTMLElement | null;
  /** Says under the list how many are not in it; "" where all are. */
  left: string;
}

export class EntryPanel implements Panel {
  readonly element = element("div", { class: "uv-entry-panel" });
  readonly #list: EntryListView;
  readonly #entries: readonly ArrayEntry[];
  readonly #place = element("div");
  #shown: ArrayEntry | null = null;
  #card: ArrayCard | null = null;

  constructor(
    private readonly options: EntryPanelOptions,
    private readonly context: PanelContext,
  ) {
    const { label, sections, note, left } = options;
    this.#entries = sections.flatMap(({ entries }) => entries);
    this.#list = new EntryListView(
      label,
      sections,
      (entry) => this.#choose(entry),
      context.signal,
    );
    if (note) this.element.append(note);
    const first = context.memory.pick(options.tab, this.#entries);
    if (!first) return;
    this.element.append(this.#list.element);
    if (left) this.element.append(element("p", { class: "uv-entries-left" }, left));
    this.element.append(this.#place);
    this.#show(first);
  }

  showEntry(key: string): void {
    const entry = this.#entries.find((entry) => entry.key === key);
    if (entry && entry !== this.#shown) this.#show(entry);
  }

  leave(): void {
    this.#card?.leave();
  }

  #choose(entry: ArrayEntry): void {
    this.context.memory.choose(this.options.tab, entry);
    this.#show(entry);
    this.context.chooseEntry(entry.key);
  }

  #show(entry: ArrayEntry): void {
    this.#shown = entry;
    this.#list.setCurrent(entry);
    this.#card?.leave();
    this.#card = null;
    if (entry.isArray) {
      this.#card = new ArrayCard(this.context, this.options.address, entry);
      this.#place.replaceChildren(this.#card.element);
    } else {
      this.#place.replaceChildren(valueCard(entry, this.context));
    }
  }
}
