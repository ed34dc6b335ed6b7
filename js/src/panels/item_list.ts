/** The list of one panel's items: a listbox in which one is always chosen. */
import { element } from "../controls/dom";
import { targetOf } from "../controls/keyboard";
import type { ArrayItem } from "../protocol";
import { joinedOnce } from "../values/side";

export interface ItemSection {
  /** Shown above the section; "" for none. */
  heading: string;
  items: readonly ArrayItem[];
}

export class ItemListView {
  readonly element: HTMLElement;
  readonly #options: HTMLElement[] = [];
  readonly #items: ArrayItem[];

  /**
   * @param label Accessible name of the listbox.
   * @param choose Called with an entry when the reader moves to it.
   */
  constructor(
    label: string,
    sections: readonly ItemSection[],
    private readonly choose: (entry: ArrayItem) => void,
    signal: AbortSignal,
  ) {
    this.#items = sections.flatMap(({ items }) => items);
    const attributes = { role: "listbox", "aria-label": label };
    this.element = element("div", { class: "uv-items", attributes });
    for (const { heading, items } of sections) {
      if (items.length === 0) continue;
      const options = items.map((entry) => this.#option(entry));
      this.element.append(...(heading ? [sectionView(heading, options)] : options));
    }
    this.element.addEventListener("click", (event) => this.#click(event), { signal });
    this.element.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Marks an entry as the chosen one, without telling anybody. */
  setCurrent(entry: ArrayItem): void {
    const current = this.#items.indexOf(entry);
    this.#options.forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === current));
      option.tabIndex = index === current ? 0 : -1;
    });
    // A panel that is being made has no size before it is in the page.
    if (this.element.isConnected) this.#bringIntoView(current);
    else requestAnimationFrame(() => this.#bringIntoView(current));
  }

  /** Scrolls the list, never the page. */
  #bringIntoView(index: number): void {
    const option = this.#options[index]?.getBoundingClientRect();
    if (!option) return;
    const list = this.element.getBoundingClientRect();
    if (option.top < list.top) this.element.scrollTop -= list.top - option.top;
    if (option.bottom > list.bottom) {
      this.element.scrollTop += option.bottom - list.bottom;
    }
  }

  #option(entry: ArrayItem): HTMLElement {
    const attributes = { role: "option", "aria-label": entry.name };
    const option = element(
      "div",
      { class: "uv-item", title: titleOf(entry), attributes },
      element(
        "span",
        { class: "uv-item-name" },
        entry.collection === "params" ? null : collectionView(entry.collection),
        element("span", {}, entry.name),
      ),
      element("span", { class: "uv-item-text" }, entry.text),
      element("span", { class: "uv-item-size" }, entry.size),
      element("span", { class: "uv-item-notes" }, notesOf(entry)),
    );
    this.#options.push(option);
    return option;
  }

  #click(event: MouseEvent): void {
    const index = this.#options.findIndex((it) => event.composedPath().includes(it));
    this.#moveTo(index);
  }

  #press(event: KeyboardEvent): void {
    const current = this.#options.findIndex((it) => it.tabIndex === 0);
    const target = targetOf(event.key, current, this.#options.length, "listbox");
    if (target === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (target !== current) this.#moveTo(target);
  }

  #moveTo(index: number): void {
    const [entry, option] = [this.#items[index], this.#options[index]];
    if (!entry || !option) return;
    this.setCurrent(entry);
    option.focus();
    this.choose(entry);
  }
}

/** What is known at once: the value itself where it is one number, and the notes. */
function notesOf({
  is_array: isArray,
  value_texts: valueTexts,
  notes,
}: ArrayItem): string {
  const number = isArray ? joinedOnce(valueTexts) : "";
  return [...(number ? [number] : []), ...notes].join(" · ");
}

/** The whole line, since a long name is cut off. */
const titleOf = (entry: ArrayItem): string =>
  [`${entry.collection}/${entry.name}`, entry.text, entry.size, notesOf(entry)]
    .filter((part) => part !== "")
    .join("  ");

const collectionView = (collection: string) =>
  element("span", { class: "uv-collection" }, `${collection}/`);

function sectionView(heading: string, options: HTMLElement[]): HTMLElement {
  const attributes = { role: "group", "aria-label": heading };
  const title = element(
    "div",
    { class: "uv-heading", attributes: { "aria-hidden": "true" } },
    heading,
  );
  return element("div", { class: "uv-item-group", attributes }, title, ...options);
}
