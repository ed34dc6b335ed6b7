/**
 * The lines that are in view, and the one that has the focus, of however many there are.
 * All others are not in the page; the height of the list is that of all.
 */
import { element } from "../controls/dom";
import { LineView } from "./line";
import type { Item, LoadedOutline, Spot } from "./loaded_outline";
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
  readonly #lines = new Map<string, LineView>();
  readonly #keys = new WeakMap<Element, string>();
  #items = new Map<string, Item>();
  #outline: LoadedOutline | null = null;

  /** @param scroller The element that scrolls these lines. */
  constructor(private readonly scroller: HTMLElement) {
    scroller.style.setProperty("--uv-line", `${LINE_PX}px`);
    scroller.append(this.element);
  }

  /** Begins with other lines, at the top. */
  begin(outline: LoadedOutline): void {
    this.#outline = outline;
    this.#items.clear();
    this.#lines.clear();
    this.element.replaceChildren();
    this.scroller.scrollTop = 0;
  }

  get viewport(): Viewport {
    const height_px = this.scroller.clientHeight || ASSUMED_PX;
    return new Viewport(this.#outline?.nLines ?? 0, height_px);
  }

  /** The lines that are to be drawn now: from the first up to the second number. */
  get range(): [number, number] {
    return this.viewport.range(this.scroller.scrollTop, N_AROUND);
  }

  get hasFocus(): boolean {
    const root = this.element.getRootNode();
    const isRoot = root instanceof ShadowRoot || root instanceof Document;
    return isRoot && this.element.contains(root.activeElement);
  }

  /**
   * Brings the lines up to date; those that stay keep their element and the focus.
   *
   * @param focused The line in the tab order; drawn even out of view.
   * @param selected Id of the selected row.
   */
  render(focused: Spot, selected: string | null): void {
    const outline = this.#outline;
    if (!outline) return;
    const hadFocus = this.hasFocus;
    const { viewport } = this;
    this.element.style.height = `${viewport.inner_px}px`;
    const { scrollTop } = this.scroller;
    this.#items = this.#itemsToDraw(outline, focused);
    this.#removeOthers();
    let place = this.element.firstElementChild;
    for (const [key, item] of this.#items) {
      const line = this.#lineFor(key);
      line.show(item, viewport.topOf(item.line, scrollTop), outline.isSearched);
      line.setSelected(item.kind === "row" && item.row.id === selected);
      line.element.tabIndex = isSame(item, focused) ? 0 : -1;
      if (line.element === place) place = place.nextElementSibling;
      else this.element.insertBefore(line.element, place);
    }
    if (hadFocus && !this.hasFocus) this.focus(focused);
  }

  focus(spot: Spot): void {
    this.lineOf(spot)?.element.focus({ preventScroll: true });
  }

  scrollTo(spot: Spot): void {
    const line = this.#outline?.lineOf(spot) ?? null;
    if (line === null) return;
    // The list may have become longer, and cannot be scrolled further than it is high.
    const { viewport, scroller } = this;
    this.element.style.height = `${viewport.inner_px}px`;
    const target = viewport.scrollTopFor(line, scroller.scrollTop);
    if (target !== scroller.scrollTop) scroller.scrollTop = target;
  }

  /** Lets the page scroll to a line, unless the reader is busy in another inspector. */
  showInPage(spot: Spot): void {
    const root = this.element.getRootNode();
    const { activeElement } = document;
    const isOther = root instanceof ShadowRoot && root.host !== activeElement;
    if (isOther && activeElement?.classList.contains("unflax-viz")) return;
    this.lineOf(spot)?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The line drawn at a spot. */
  lineOf(spot: Spot): LineView | undefined {
    return this.#lines.get(keyOf(spot));
  }

  /** What is drawn at a spot. */
  itemOf(spot: Spot): Item | undefined {
    return this.#items.get(keyOf(spot));
  }

  /** The line that something happened in. */
  itemAt({ target }: Event): Item | undefined {
    const line = target instanceof Element ? target.closest(".uv-line") : null;
    const key = line ? this.#keys.get(line) : undefined;
    return key === undefined ? undefined : this.#items.get(key);
  }

  #itemsToDraw(outline: LoadedOutline, focused: Spot): Map<string, Item> {
    const [from, to] = this.range;
    const items = outline.items(from, to);
    const line = outline.lineOf(focused) ?? from;
    const focusedItems = outline.items(line, line + 1);
    if (line < from) items.unshift(...focusedItems);
    if (line >= to) items.push(...focusedItems);
    return new Map(items.map((item) => [keyOf(item), item]));
  }

  #removeOthers(): void {
    for (const [key, line] of this.#lines) {
      if (this.#items.has(key)) continue;
      line.element.remove();
      this.#lines.delete(key);
    }
  }

  #lineFor(key: string): LineView {
    let line = this.#lines.get(key);
    if (!line) {
      line = new LineView();
      this.#lines.set(key, line);
      this.#keys.set(line.element, key);
    }
    return line;
  }
}

const keyOf = ({ parent, index }: Spot) => `${index} ${parent}`;

export const isSame = (a: Spot, b: Spot) =>
  a.parent === b.parent && a.index === b.index;
