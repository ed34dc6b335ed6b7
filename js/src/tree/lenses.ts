/** What the rows of the tree are: one of the lenses, each with how much it shows. */
import { element } from "../controls/dom";
import { targetOf } from "../controls/keyboard";
import type { LensCount, LensText } from "../protocol";
import { exactCount, shortCount } from "../values/numbers";

export class LensesView {
  readonly element: HTMLElement;
  readonly #radios = new Map<string, HTMLButtonElement>();
  #current: string | null = null;

  /** @param choose Called with the lens that the reader chooses. */
  constructor(
    private readonly lenses: readonly LensText[],
    private readonly choose: (lens: string) => void,
    signal: AbortSignal,
  ) {
    const attributes = { role: "radiogroup", "aria-label": "Lens" };
    this.element = element("div", { class: "uv-lenses", attributes });
    for (const { name, meaning } of lenses) {
      const radio = element(
        "button",
        {
          class: "uv-lens",
          title: meaning,
          attributes: { type: "button", role: "radio" },
        },
        name,
        element("span", { class: "uv-count" }),
      );
      radio.addEventListener("click", () => this.#choose(name), { signal });
      this.#radios.set(name, radio);
      this.element.append(radio);
    }
    this.element.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Marks the lens that is chosen. */
  setCurrent(current: string): void {
    this.#current = current;
    for (const [lens, radio] of this.#radios) {
      radio.setAttribute("aria-checked", String(lens === current));
      radio.tabIndex = lens === current ? 0 : -1;
    }
  }

  setCounts(counts: readonly LensCount[]): void {
    for (const { name, meaning } of this.lenses) {
      const nItems = counts.find((it) => it.lens === name)?.n_items;
      const radio = this.#radios.get(name);
      const count = radio?.querySelector(".uv-count");
      if (!radio || !count) continue;
      count.textContent = nItems === undefined ? "" : ` ${shortCount(nItems)}`;
      radio.title =
        nItems === undefined ? meaning : `${meaning}: ${exactCount(nItems)}`;
    }
  }

  #choose(lens: string): void {
    if (lens === this.#current) return;
    this.setCurrent(lens);
    this.choose(lens);
  }

  #press(event: KeyboardEvent): void {
    const names = this.lenses.map(({ name }) => name);
    const current = this.#current ? names.indexOf(this.#current) : -1;
    const target = targetOf(event.key, current, names.length, "radiogroup");
    const next = target === null ? undefined : names[target];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.#radios.get(next)?.focus();
    this.#choose(next);
  }
}
