/** A panel that lists items and shows the card of the one that is chosen. */
import { element } from "../controls/dom";
import type { ArrayItem, Tab } from "../protocol";
import { ArrayCard } from "../values/array_card";
import { valueCard } from "../values/value_card";
import type { Panel, PanelContext } from "./context";
import { ItemListView, type ItemSection } from "./item_list";

export interface ItemPanelOptions {
  tab: Tab;
  /** Accessible name of the list. */
  label: string;
  address: string;
  sections: readonly ItemSection[];
  /** What stands over the list, or in its place. */
  note: HTMLElement | null;
  /** Says under the list how many are not in it; "" where all are. */
  left: string;
}

export class ItemPanel implements Panel {
  readonly element = element("div", { class: "uv-item-panel" });
  readonly #list: ItemListView;
  readonly #items: readonly ArrayItem[];
  readonly #place = element("div");
  #shown: ArrayItem | null = null;
  #card: ArrayCard | null = null;

  constructor(
    private readonly options: ItemPanelOptions,
    private readonly context: PanelContext,
  ) {
    const { label, sections, note, left } = options;
    this.#items = sections.flatMap(({ items }) => items);
    this.#list = new ItemListView(
      label,
      sections,
      (entry) => this.#choose(entry),
      context.signal,
    );
    if (note) this.element.append(note);
    const first = context.memory.pick(options.tab, this.#items);
    if (!first) return;
    this.element.append(this.#list.element);
    if (left) this.element.append(element("p", { class: "uv-items-more" }, left));
    this.element.append(this.#place);
    this.#show(first);
  }

  showItem(key: string): void {
    const entry = this.#items.find((entry) => entry.key === key);
    if (entry && entry !== this.#shown) this.#show(entry);
  }

  leave(): void {
    this.#card?.leave();
  }

  #choose(entry: ArrayItem): void {
    this.context.memory.choose(this.options.tab, entry);
    this.#show(entry);
    this.context.chooseItem(entry.key);
  }

  #show(entry: ArrayItem): void {
    this.#shown = entry;
    this.#list.setCurrent(entry);
    this.#card?.leave();
    this.#card = null;
    if (entry.is_array) {
      this.#card = new ArrayCard(this.context, this.options.address, entry);
      this.#place.replaceChildren(this.#card.element);
    } else {
      this.#place.replaceChildren(valueCard(entry, this.context));
    }
  }
}
