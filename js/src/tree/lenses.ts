/** What the rows of the tree are: one of five lenses, each with how much it shows. */
import { element } from "../controls/dom";
import { targetOf } from "../controls/keyboard";
import { LENSES, type Lens, type LensCount } from "../protocol";
import { exactCount, shortCount } from "../values/numbers";
import { LENS_TEXTS } from "./lens_texts";

export class LensesView {
  readonly element: HTMLElement;
  readonly #radios = new Map<Lens, HTMLButtonElement>();
  #current: Lens | null = null;

  /** @param choose Called with the lens that the reader chooses. */
  constructor(
    private readonly choose: (lens: Lens) => void,
    signal: AbortSignal,
  ) {
    const attributes = { role: "radiogroup", "aria-label": "Lens" };
    this.element = element("div", { class: "uv-lenses", attributes });
    for (const lens of LENSES) {
      const radio = element(
        "button",
        {
          class: "uv-lens",
          title: LENS_TEXTS[lens].meaning,
          attributes: { type: "button", role: "radio" },
        },
        lens,
        element("span", { class: "uv-count" }),
      );
      radio.addEventListener("click", () => this.#choose(lens), { signal });
      this.#radios.set(lens, radio);
      this.element.append(radio);
    }
    this.element.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Marks the lens that is chosen. */
  setCurrent(current: Lens): void {
    this.#current = current;
    for (const [lens, radio] of this.#radios) {
      radio.setAttribute("aria-checked", String(lens === current));
      radio.tabIndex = lens === current ? 0 : -1;
    }
  }

  setCounts(counts: readonly LensCount[]): void {
    for (const lens of LENSES) {
      const { meaning } = LENS_TEXTS[lens];
      const nItems = counts.find((it) => it.lens === lens)?.nItems;
      const radio = this.#radios.get(lens);
      const count = radio?.querySelector(".uv-count");
      if (!radio || !count) continue;
      count.textContent = nItems === undefined ? "" : ` ${shortCount(nItems)}`;
      radio.title =
        nItems === undefined ? meaning : `${meaning}: ${exactCount(nItems)}`;
    }
  }

  #choose(lens: Lens): void {
    if (lens === this.#current) return;
    this.setCurrent(lens);
    this.choose(lens);
  }

  #press(event: KeyboardEvent): void {
    const current = this.#current ? LENSES.indexOf(this.#current) : -1;
    const target = targetOf(event.key, current, LENSES.length, "radiogroup");
    const next = target === null ? undefined : LENSES[target];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.#radios.get(next)?.focus();
    this.#choose(next);
  }
}
