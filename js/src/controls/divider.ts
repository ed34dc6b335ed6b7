/** A line that can be dragged, or moved with the arrow keys, to change a size. */
import { element } from "./dom";

export interface DividerOptions {
  label: string;
  class?: string;
  /** How far an arrow key goes, in the unit of the value. */
  step: number;
  min: number;
  max: number;
  /** "vertical" divides left from right, "horizontal" above from below. */
  orientation(): "vertical" | "horizontal";
  value(): number;
  /** The value that a pointer at this place asks for. */
  valueAt(event: PointerEvent): number;
  change(value: number): void;
  /** Called once when the reader lets go. */
  settle?(): void;
}

export class DividerView {
  readonly element: HTMLElement;

  constructor(
    private readonly options: DividerOptions,
    signal: AbortSignal,
  ) {
    const { label, class: className = "", min, max } = options;
    this.element = element("div", {
      class: `uv-divider ${className}`.trim(),
      attributes: {
        role: "separator",
        tabindex: "0",
        "aria-label": label,
        "aria-valuemin": String(min),
        "aria-valuemax": String(max),
      },
    });
    const { element: line } = this;
    line.addEventListener("pointerdown", (event) => this.#grab(event), { signal });
    line.addEventListener("pointermove", (event) => this.#drag(event), { signal });
    line.addEventListener("lostpointercapture", () => this.options.settle?.(), {
      signal,
    });
    line.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.update();
  }

  /** Says the value and the orientation as they are now. */
  update(): void {
    this.element.setAttribute(
      "aria-valuenow",
      String(Math.round(this.options.value())),
    );
    this.element.setAttribute("aria-orientation", this.options.orientation());
  }

  #grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
  }

  #drag(event: PointerEvent): void {
    if (!this.element.hasPointerCapture(event.pointerId)) return;
    this.#change(this.options.valueAt(event));
  }

  #press(event: KeyboardEvent): void {
    const { step, min, max, value, orientation } = this.options;
    const [less, more] =
      orientation() === "vertical"
        ? ["ArrowLeft", "ArrowRight"]
        : ["ArrowUp", "ArrowDown"];
    const target = {
      [less]: value() - step,
      [more]: value() + step,
      Home: min,
      End: max,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#change(target);
    this.options.settle?.();
  }

  #change(value: number): void {
    const { min, max, change } = this.options;
    change(Math.min(max, Math.max(min, value)));
    this.update();
  }
}
