/** What the rows of the tree are: one of five lenses, each with how much it shows. */
import { element } from "../dom";
import { LENSES, type Lens, type LensCount } from "../protocol";
import { LENS_TEXTS } from "./lens_texts";

export class LensesView {
  readonly element: HTMLElement;
  readonly #radios = new Map<Lens, HTMLButtonElement>();

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
      radio.title = nItems === undefined ? meaning : `${meaning}: ${exact(nItems)}`;
    }
  }

  #choose(lens: Lens): void {
    if (this.#radios.get(lens)?.ariaChecked === "true") return;
    this.setCurrent(lens);
    this.choose(lens);
  }

  #press(event: KeyboardEvent): void {
    const current = LENSES.findIndex(
      (lens) => this.#radios.get(lens)?.getAttribute("aria-checked") === "true",
    );
    const target = {
      ArrowLeft: current - 1,
      ArrowUp: current - 1,
      ArrowRight: current + 1,
      ArrowDown: current + 1,
      Home: 0,
      End: LENSES.length - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = LENSES[(target + LENSES.length) % LENSES.length];
    if (!next) return;
    this.#radios.get(next)?.focus();
    this.#choose(next);
  }
}

const exact = (count: number) => count.toLocaleString("en-US");

/** A count in at most four letters, e.g. "950", "12.3k", "1.2M". */
function shortCount(count: number): string {
  if (count < 1000) return String(count);
  const [divisor, letter] = count < 999_500 ? [1e3, "k"] : ([1e6, "M"] as const);
  return `${Number((count / divisor).toPrecision(3))}${letter}`;
}
