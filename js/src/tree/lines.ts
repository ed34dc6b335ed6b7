/**
 * The lines that are in view, and the one that has the focus, of however many there are.
 * All others are not in the page; the height of the list is that of all.
 */
import { element } from "../controls/dom";
import type { FoldedOutline, Item } from "./folded";
import { LineView } from "./line";
import { LINE_PX, Viewport } from "./viewport";

/** How many lines above and below those in view are drawn, for the next scroll. */
const N_AROUND = 8;

/** Where nothing is laid out, as in a hidden tab. */
const ASSUMED_PX = 480;

export class LinesView {
  readonly element = element("div", {
    class: "uv-tree-inner",
    attributes: { role: "none" },
  });
  readonly #lines = new Map<number, LineView>();
  readonly #rows = new WeakMap<Element, number>();
  #items = new Map<number, Item>();
  #outline: FoldedOutline | null = null;
  /** Height and place of the scroller: to ask for them makes the browser lay out. */
  #seen: { height_px: number; scrollTop: number } | null = null;

  /** @param scroller The element that scrolls these lines. */
  constructor(private readonly scroller: HTMLElement) {
    scroller.style.setProperty("--uv-line", `${LINE_PX}px`);
    scroller.append(this.element);
  }

  /** Begins with other lines, at the top. */
  begin(outline: FoldedOutline): void {
    this.#outline = outline;
    this.#items.clear();
    this.#lines.clear();
    this.element.replaceChildren();
    this.#scroll(0);
  }

  /** Goes on with the same rows, of which others are open. */
  refold(outline: FoldedOutline): void {
    this.#outline = outline;
  }

  /** Hears that the scroller was scrolled or resized. */
  lookAgain(): void {
    this.#seen = null;
  }

  get viewport(): Viewport {
    return new Viewport(this.#outline?.nLines ?? 0, this.#look().height_px);
  }

  /** The lines that are to be drawn now: from the first up to the second number. */
  get range(): [number, number] {
    return this.viewport.range(this.#scrollTop, N_AROUND);
  }

  get hasFocus(): boolean {
    const root = this.element.getRootNode();
    const isRoot = root instanceof ShadowRoot || root instanceof Document;
    return isRoot && this.element.contains(root.activeElement);
  }

  /**
   * Brings the lines up to date; those that stay keep their element and the focus.
   *
   * @param focused The row in the tab order; drawn even out of view.
   * @param selected The selected row.
   */
  render(focused: number, selected: number | null): void {
    const outline = this.#outline;
    if (!outline) return;
    const hadFocus = this.hasFocus;
    const { viewport } = this;
    this.element.style.height = `${viewport.inner_px}px`;
    const scrollTop = this.#scrollTop;
    this.#items = this.#itemsToDraw(outline, focused);
    this.#removeOthers();
    let place = this.element.firstElementChild;
    for (const [row, item] of this.#items) {
      const line = this.#lineFor(row);
      line.show(item, viewport.topOf(item.line, scrollTop), outline.isSearched);
      line.setSelected(row === selected);
      line.element.tabIndex = row === focused ? 0 : -1;
      if (line.element === place) place = place.nextElementSibling;
      else this.element.insertBefore(line.element, place);
    }
    if (hadFocus && !this.hasFocus) this.focus(focused);
  }

  focus(row: number): void {
    this.lineOf(row)?.element.focus({ preventScroll: true });
  }

  scrollTo(row: number): void {
    const line = this.#outline?.lineOf(row) ?? null;
    if (line === null) return;
    // The list may have become longer, and cannot be scrolled further than it is high.
    const { viewport } = this;
    this.element.style.height = `${viewport.inner_px}px`;
    this.#scroll(viewport.scrollTopFor(line, this.#scrollTop));
  }

  /** Lets the page scroll to a line, unless the reader is busy in another inspector. */
  showInPage(row: number): void {
    const root = this.element.getRootNode();
    const { activeElement } = document;
    const isOther = root instanceof ShadowRoot && root.host !== activeElement;
    if (isOther && activeElement?.classList.contains("unflax-viz")) return;
    this.lineOf(row)?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The line that a row is drawn on. */
  lineOf(row: number): LineView | undefined {
    return this.#lines.get(row);
  }

  /** What is drawn of a row. */
  itemOf(row: number): Item | undefined {
    return this.#items.get(row);
  }

  /** The line that something happened in. */
  itemAt({ target }: Event): Item | undefined {
    const line = target instanceof Element ? target.closest(".uv-line") : null;
    const row = line ? this.#rows.get(line) : undefined;
    return row === undefined ? undefined : this.#items.get(row);
  }

  #look(): { height_px: number; scrollTop: number } {
    if (this.#seen) return this.#seen;
    const { clientHeight, scrollTop } = this.scroller;
    const seen = { height_px: clientHeight || ASSUMED_PX, scrollTop };
    if (clientHeight > 0) this.#seen = seen;
    return seen;
  }

  /** A list that became shorter is scrolled to its end at most. */
  get #scrollTop(): number {
    const { height_px, scrollTop } = this.#look();
    return Math.max(0, Math.min(scrollTop, this.viewport.inner_px - height_px));
  }

  #scroll(scrollTop: number): void {
    if (scrollTop === this.#look().scrollTop) return;
    this.scroller.scrollTop = scrollTop;
    this.lookAgain();
  }

  #itemsToDraw(outline: FoldedOutline, focused: number): Map<number, Item> {
    const [from, to] = this.range;
    const items = outline.items(from, to);
    const line = outline.lineOf(focused) ?? from;
    const focusedItems = outline.items(line, line + 1);
    if (line < from) items.unshift(...focusedItems);
    if (line >= to) items.push(...focusedItems);
    return new Map(items.map((item) => [item.row, item]));
  }

  #removeOthers(): void {
    for (const [row, line] of this.#lines) {
      if (this.#items.has(row)) continue;
      line.element.remove();
      this.#lines.delete(row);
    }
  }

  #lineFor(row: number): LineView {
    let line = this.#lines.get(row);
    if (!line) {
      line = new LineView();
      this.#lines.set(row, line);
      this.#rows.set(line.element, row);
    }
    return line;
  }
}
