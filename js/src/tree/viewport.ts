/**
 * Which lines of a long list are in view, and where they are drawn. Browsers cannot
 * scroll through more than some ten million pixels, so a longer list is scrolled
 * through at a larger pace than it is drawn.
 */

export const LINE_PX = 22;

/** Above and below all lines. */
export const MARGIN_PX = 4;

const MAX_PX = 8e6;

export class Viewport {
  /** How many pixels can be scrolled through. */
  readonly inner_px: number;
  /** How many pixels of lines one scrolled pixel passes, at least 1. */
  readonly #pace: number;

  constructor(
    private readonly nLines: number,
    private readonly height_px: number,
    max_px: number = MAX_PX,
  ) {
    const full_px = nLines * LINE_PX + 2 * MARGIN_PX;
    this.inner_px = Math.min(full_px, max_px);
    const isScaled = this.inner_px < full_px && this.inner_px > height_px;
    this.#pace = isScaled ? (full_px - height_px) / (this.inner_px - height_px) : 1;
  }

  /** The lines in view, from the first up to the second number, and some around them. */
  range(scrollTop: number, nAround: number): [number, number] {
    const top_px = scrollTop * this.#pace - MARGIN_PX;
    const from = Math.floor(top_px / LINE_PX) - nAround;
    const to = Math.ceil((top_px + this.height_px) / LINE_PX) + nAround;
    return [Math.max(0, Math.min(from, this.nLines)), Math.min(to, this.nLines)];
  }

  /** Where a line is drawn while the list is scrolled to `scrollTop`. */
  topOf(line: number, scrollTop: number): number {
    return line * LINE_PX + MARGIN_PX - scrollTop * (this.#pace - 1);
  }

  /** How many lines a page has, less one that stays in view. */
  get nPageLines(): number {
    return Math.max(1, Math.floor(this.height_px / LINE_PX) - 1);
  }

  /**
   * Where to scroll to, so that a line and its neighbours are in view: as little as
   * will do, or to the middle where the line is further away than a page.
   */
  scrollTopFor(line: number, scrollTop: number): number {
    const view_px = scrollTop * this.#pace;
    const top_px = line * LINE_PX + MARGIN_PX;
    const highest = top_px + 2 * LINE_PX - this.height_px;
    const lowest = top_px - LINE_PX;
    const isNear =
      view_px > highest - this.height_px && view_px < lowest + this.height_px;
    const middle = (highest + lowest) / 2;
    const wanted = isNear ? Math.max(highest, Math.min(view_px, lowest)) : middle;
    const target = Math.max(0, wanted) / this.#pace;
    return Math.min(target, Math.max(0, this.inner_px - this.height_px));
  }
}
