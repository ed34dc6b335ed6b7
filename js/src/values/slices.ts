/** Which slice of an array is shown: a slider for each axis of more than one place. */
import { element } from "../controls/dom";
import type { Index } from "../panels/item_memory";
import type { Axis } from "../protocol";

/** Moving on sooner than this asks nothing. */
const SETTLED_MS = 120;

/** A picture has two axes; a slice is of use where there are more. */
export const isSliceable = (axes: readonly Axis[]): boolean =>
  axes.slice(0, -2).some(({ size }) => size > 1);

/** A slice as it is written in Python, e.g. "[3, :, :]"; "" for the whole array. */
export function indexText(index: Index): string {
  if (index.every((place) => place === null)) return "";
  return `[${index.map((place) => (place === null ? ":" : place)).join(", ")}]`;
}

/** How an axis is called: its number, and its name where it has one. */
export const axisText = ({ name }: Axis, number: number): string =>
  name ? `axis ${number} (${name})` : `axis ${number}`;

export class SlicesView {
  readonly element = element("div", {
    class: "uv-slices",
    attributes: { role: "group", "aria-label": "Slice" },
  });
  #index: Index;
  readonly #sliders = new Map<number, HTMLInputElement>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param choose Called with the slice once the reader has settled on it. */
  constructor(
    axes: readonly Axis[],
    index: Index,
    private readonly choose: (index: Index) => void,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    this.#index = [...index];
    axes.forEach((axis, number) => {
      if (axis.size > 1) this.element.append(...this.#axisViews(axis, number));
    });
  }

  /** Fixes an axis at a place, as if the reader had moved its slider there. */
  fix(axis: number, place: number): void {
    const slider = this.#sliders.get(axis);
    if (!slider) return;
    slider.value = String(place);
    slider.dispatchEvent(new Event("input"));
    slider.focus();
  }

  /** A label, a slider whose first place is the whole axis, and where it stands. */
  #axisViews(axis: Axis, number: number): HTMLElement[] {
    const label = axisText(axis, number);
    const slider = element("input", {
      class: "uv-slider",
      attributes: {
        type: "range",
        min: "-1",
        max: String(axis.size - 1),
        step: "1",
        "aria-label": label,
      },
    });
    this.#sliders.set(number, slider);
    const readout = element("output", { class: "uv-number" });
    const show = () => {
      const place = this.#index[number] ?? null;
      const text = place === null ? "all" : `${place}`;
      readout.textContent = `${text} (0–${axis.size - 1})`;
      slider.setAttribute("aria-valuetext", text);
    };
    slider.value = String(this.#index[number] ?? -1);
    show();
    slider.addEventListener("input", () => {
      const place = Number(slider.value);
      this.#index = [...this.#index];
      this.#index[number] = place < 0 ? null : place;
      show();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.choose(this.#index), SETTLED_MS);
    });
    slider.addEventListener("keydown", (event) => event.stopPropagation());
    return [element("span", { class: "uv-slice-label" }, label), slider, readout];
  }
}
