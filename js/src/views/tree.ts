/**
 * The tree: the lines that are in view and the one that has the focus, of however many
 * there are. One line is in the tab order; the browser scrolls, and what comes into
 * view is asked for.
 */
import { copyText } from "../clipboard";
import { element } from "../dom";
import { findTyped, type Move, moveFor } from "../keyboard";
import type { RowLoader } from "../loader";
import type { Row } from "../protocol";
import type { Item, Outline, Spot } from "../state";
import { LINE_PX, Viewport } from "../viewport";
import { sentenceOf } from "./failure";
import { LineView } from "./line";
import { actionAt, type RowAction, RowActionsView } from "./row_actions";

const TYPING_PAUSE_MS = 600;
const SCROLL_PAUSE_MS = 60;
const SAID_MS = 8000;
const N_AROUND = 8;
/** Where nothing is laid out, as in a hidden tab. */
const ASSUMED_PX = 480;

const TOP: Spot = { parent: "", index: 0 };

export interface TreeOptions {
  signal: AbortSignal;
  /** Called with the row that the reader selects. */
  select(row: Row): void;
  /** Called when the reader opened or closed rows. */
  folded(): void;
  /** Called when the reader wants to search. */
  search(): void;
}

export class TreeView {
  readonly element: HTMLElement;
  readonly tree = element("div", { class: "uv-tree", attributes: { role: "tree" } });
  /** Says what happened, for a while. */
  readonly note = element("p", {
    class: "uv-tree-note",
    attributes: { role: "status" },
  });
  readonly #inner = element("div", {
    class: "uv-tree-inner",
    attributes: { role: "none" },
  });
  readonly #lines = new Map<string, LineView>();
  readonly #keys = new WeakMap<Element, string>();
  #items = new Map<string, Item>();
  #outline: Outline | null = null;
  #loader: RowLoader | null = null;
  #focused = TOP;
  /** Id of the selected row; null where the outline has no row for what is selected. */
  #selected: string | null = null;
  #hovered: string | null = null;
  readonly #hoverActions = new RowActionsView();
  readonly #focusActions = new RowActionsView();
  readonly #selectedActions = new RowActionsView();
  #typed = "";
  #typedAt_ms = 0;
  #frame = 0;
  #loadTimer: ReturnType<typeof setTimeout> | undefined;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: TreeOptions) {
    const { signal } = options;
    const { tree } = this;
    tree.style.setProperty("--uv-line", `${LINE_PX}px`);
    tree.append(this.#inner);
    this.element = element("div", { class: "uv-tree-pane" }, tree, this.note);
    tree.addEventListener("click", (event) => this.#click(event), { signal });
    tree.addEventListener("dblclick", (event) => this.#doubleClick(event), { signal });
    tree.addEventListener("keydown", (event) => this.#press(event), { signal });
    tree.addEventListener("focusin", (event) => this.#focusIn(event), { signal });
    tree.addEventListener("focusout", () => this.#placeActions(), { signal });
    tree.addEventListener("pointerover", (event) => this.#hover(event), { signal });
    tree.addEventListener("pointerleave", () => this.#hoverOver(null), { signal });
    tree.addEventListener("scroll", () => this.#scroll(), { signal, passive: true });
    const observer = new ResizeObserver(() => this.render());
    observer.observe(tree);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      cancelAnimationFrame(this.#frame);
      clearTimeout(this.#loadTimer);
      clearTimeout(this.#noteTimer);
    });
  }

  /** Id of the row that has or had the focus, where it has arrived. */
  get focusedRow(): string | null {
    return this.#outline?.rowAt(this.#focused)?.id ?? null;
  }

  get selectedRow(): string | null {
    return this.#selected;
  }

  /** Shows another outline, from its top. */
  show(outline: Outline, loader: RowLoader, label: string): void {
    const hadFocus = this.#hasFocus();
    this.#outline = outline;
    this.#loader = loader;
    this.#focused = TOP;
    this.#selected = null;
    this.#hovered = null;
    this.say("");
    for (const line of this.#lines.values()) line.element.remove();
    this.#lines.clear();
    this.tree.setAttribute("aria-label", label);
    this.tree.scrollTop = 0;
    this.render();
    this.#loadInView();
    if (hadFocus) this.focus();
  }

  /**
   * Marks a row as selected; it becomes the one in the tab order.
   *
   * @param isScrolledTo Whether it is brought into view.
   */
  showSelected(id: string | null, isScrolledTo = true): void {
    const spot = id === null ? null : (this.#outline?.spotOf(id) ?? null);
    // The reader may have moved on while the row was on its way.
    const isNew = id !== this.#selected;
    this.#selected = id;
    if (spot && isNew) this.#focused = spot;
    if (spot && isNew && isScrolledTo) this.#scrollTo(spot);
    this.render();
    this.#loadInView();
  }

  focus(): void {
    this.#lines.get(keyOf(this.#focused))?.element.focus({ preventScroll: true });
  }

  /** Says a sentence under the tree, and to screen readers; "" takes it away. */
  say(sentence: string): void {
    clearTimeout(this.#noteTimer);
    this.note.textContent = sentence;
    if (sentence) this.#noteTimer = setTimeout(() => this.say(""), SAID_MS);
  }

  /** Brings the lines up to date; lines that stay keep their element and the focus. */
  render(): void {
    const outline = this.#outline;
    if (!outline) return;
    const hadFocus = this.#hasFocus();
    this.#focused = outline.visibleSpot(this.#focused);
    const viewport = this.#viewport();
    this.#inner.style.height = `${viewport.inner_px}px`;
    const { scrollTop } = this.tree;
    this.#items = this.#itemsToDraw(outline, viewport.range(scrollTop, N_AROUND));
    for (const [key, line] of this.#lines) {
      if (this.#items.has(key)) continue;
      line.element.remove();
      this.#lines.delete(key);
    }
    let place = this.#inner.firstElementChild;
    for (const [key, item] of this.#items) {
      const line = this.#lineFor(key);
      line.show(item, viewport.topOf(item.line, scrollTop), outline.query !== "");
      line.setSelected(item.kind === "row" && item.row.id === this.#selected);
      line.element.tabIndex = isSame(item, this.#focused) ? 0 : -1;
      if (line.element === place) place = place.nextElementSibling;
      else this.#inner.insertBefore(line.element, place);
    }
    if (hadFocus && !this.#hasFocus()) this.focus();
    this.#placeActions();
  }

  #itemsToDraw(outline: Outline, [from, to]: [number, number]): Map<string, Item> {
    const items = outline.items(from, to);
    const focused = outline.lineOf(this.#focused);
    if (focused !== null && focused < from) items.unshift(...one(outline, focused));
    if (focused !== null && focused >= to) items.push(...one(outline, focused));
    return new Map(items.map((item) => [keyOf(item), item]));
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

  #viewport(): Viewport {
    const height_px = this.tree.clientHeight || ASSUMED_PX;
    return new Viewport(this.#outline?.nLines ?? 0, height_px);
  }

  #scroll(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.render());
    clearTimeout(this.#loadTimer);
    this.#loadTimer = setTimeout(() => this.#loadInView(), SCROLL_PAUSE_MS);
  }

  /** Asks for what is missing in view; what was wanted before and is not any more goes. */
  #loadInView(): void {
    if (!this.#outline) return;
    const range = this.#viewport().range(this.tree.scrollTop, N_AROUND);
    this.#loader?.want(this.#outline.missing(...range));
  }

  #scrollTo(spot: Spot): void {
    const line = this.#outline?.lineOf(spot) ?? null;
    if (line === null) return;
    // The list may have become longer, and cannot be scrolled further than it is high.
    const viewport = this.#viewport();
    this.#inner.style.height = `${viewport.inner_px}px`;
    const target = viewport.scrollTopFor(line, this.tree.scrollTop);
    if (target !== this.tree.scrollTop) this.tree.scrollTop = target;
  }

  /** Draws anew, and asks for what came into view. */
  refresh(): void {
    this.render();
    this.#loadInView();
  }

  #refold(): void {
    this.refresh();
    this.options.folded();
  }

  #setOpen(id: string, isOpen: boolean): void {
    this.say("");
    this.#outline?.setOpen(id, isOpen);
    this.#refold();
  }

  async #expand(id: string): Promise<void> {
    const loader = this.#loader;
    if (!loader) return;
    try {
      const { nOpened, nLeft } = await loader.expand(id);
      if (loader !== this.#loader) return;
      this.#refold();
      const opened = `opened ${counted(nOpened, "row")}`;
      const verb = nLeft === 1 ? "stays" : "stay";
      const left = `${nLeft.toLocaleString("en-US")} more ${verb} closed`;
      this.say(nLeft > 0 ? `${opened}, ${left}` : opened);
    } catch (error) {
      this.say(sentenceOf(error) ?? "");
    }
  }

  async #copy({ code }: Row): Promise<void> {
    if (!code) {
      this.say("There is no code for this row.");
      return;
    }
    const isCopied = await copyText(code, this.note);
    this.say(isCopied ? `copied ${code}` : "The browser did not let it be copied.");
  }

  #act(action: RowAction, row: Row): void {
    if (action === "copy") void this.#copy(row);
    else void this.#expand(row.id);
  }

  #choose(item: Item): void {
    if (item.kind === "row") {
      this.options.select(item.row);
      return;
    }
    // The row was not to be had; the reader asks for it once more.
    this.#outline?.setFailure({ row: item.parent, start: item.index }, "");
    this.render();
    this.#loadInView();
  }

  #focusOn(spot: Spot): void {
    this.#focused = { parent: spot.parent, index: spot.index };
    this.#scrollTo(spot);
    this.render();
    this.focus();
    this.#loadInView();
  }

  #focusLine(line: number): void {
    const item = this.#outline?.item(line);
    if (item) this.#focusOn(item);
  }

  #move(move: Move): void {
    if (move.kind === "focus") this.#focusLine(move.line);
    else if (move.kind === "open") this.#setOpen(move.id, true);
    else if (move.kind === "close") this.#setOpen(move.id, false);
    else if (move.kind === "expand") void this.#expand(move.id);
    else if (move.kind === "search") this.options.search();
    else {
      const item = this.#focusedItem();
      if (item) this.#choose(item);
    }
  }

  #press(event: KeyboardEvent): void {
    const item = this.#focusedItem();
    const outline = this.#outline;
    if (!item || !outline || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "c" || item.kind !== "row") return;
      void this.#copy(item.row);
    } else if (!this.#pressPlain(event, outline, item.line)) return;
    event.preventDefault();
    // Notebooks have shortcuts of one letter; a key that was used here is ours.
    event.stopPropagation();
  }

  /** @returns Whether the key is one of the tree's. */
  #pressPlain(event: KeyboardEvent, outline: Outline, line: number): boolean {
    const isTyping =
      this.#typed !== "" && event.timeStamp - this.#typedAt_ms < TYPING_PAUSE_MS;
    const isInName = isTyping && (event.key === " " || event.key === "*");
    const { nPageLines } = this.#viewport();
    const move = isInName ? null : moveFor(event.key, outline, line, nPageLines);
    if (move) this.#move(move);
    else if (event.key.length === 1) this.#type(event, isTyping, outline, line);
    return move !== null || /^.$|^Arrow|^Page|^Home$|^End$/u.test(event.key);
  }

  #type(event: KeyboardEvent, isTyping: boolean, outline: Outline, line: number): void {
    this.#typed = (isTyping ? this.#typed : "") + event.key;
    this.#typedAt_ms = event.timeStamp;
    const found = findTyped(outline, line, this.#typed);
    if (found !== null) this.#focusLine(found);
  }

  #click(event: MouseEvent): void {
    const item = this.#itemAt(event);
    if (!item) return;
    const action = actionAt(event.target);
    this.#focusOn(item);
    if (action && item.kind === "row") this.#act(action, item.row);
    else if (item.kind === "row" && isTriangle(event) && item.row.nChildren > 0) {
      this.#setOpen(item.row.id, !item.isOpen);
    } else this.#choose(item);
  }

  #doubleClick(event: MouseEvent): void {
    const item = this.#itemAt(event);
    if (item?.kind !== "row" || isTriangle(event) || actionAt(event.target)) return;
    if (item.row.nChildren > 0) this.#setOpen(item.row.id, !item.isOpen);
  }

  #focusIn(event: FocusEvent): void {
    const item = this.#itemAt(event);
    if (!item || isSame(item, this.#focused)) {
      this.#placeActions();
      return;
    }
    this.#focused = { parent: item.parent, index: item.index };
    this.render();
  }

  #hover(event: Event): void {
    const item = this.#itemAt(event);
    this.#hoverOver(item ? keyOf(item) : null);
  }

  #hoverOver(key: string | null): void {
    if (key === this.#hovered) return;
    this.#hovered = key;
    this.#placeActions();
  }

  /** Puts the buttons into the rows that are pointed at, focused and selected. */
  #placeActions(): void {
    const spot = this.#selected === null ? null : this.#outline?.spotOf(this.#selected);
    const selected = spot ? keyOf(spot) : null;
    const focused = this.#hasFocus() ? keyOf(this.#focused) : null;
    const hovered = this.#hovered;
    this.#placeIn(selected, this.#selectedActions);
    this.#placeIn(focused === selected ? null : focused, this.#focusActions);
    const isTaken = hovered === selected || hovered === focused;
    this.#placeIn(isTaken ? null : hovered, this.#hoverActions);
  }

  #placeIn(key: string | null, actions: RowActionsView): void {
    const line = key === null ? undefined : this.#lines.get(key);
    const item = key === null ? undefined : this.#items.get(key);
    if (!line || item?.kind !== "row") {
      actions.element.remove();
      return;
    }
    actions.show(item.row);
    line.placeActions(actions.element);
  }

  #focusedItem(): Item | undefined {
    return this.#items.get(keyOf(this.#focused));
  }

  #itemAt({ target }: Event): Item | undefined {
    const line = target instanceof Element ? target.closest(".uv-row") : null;
    const key = line ? this.#keys.get(line) : undefined;
    return key === undefined ? undefined : this.#items.get(key);
  }

  #hasFocus(): boolean {
    const root = this.tree.getRootNode();
    const isRoot = root instanceof ShadowRoot || root instanceof Document;
    return isRoot && this.#inner.contains(root.activeElement);
  }
}

const keyOf = ({ parent, index }: Spot) => `${index} ${parent}`;

const isSame = (a: Spot, b: Spot) => a.parent === b.parent && a.index === b.index;

const one = (outline: Outline, line: number) => outline.items(line, line + 1);

const isTriangle = ({ target }: Event) =>
  target instanceof Element && target.closest(".uv-triangle") !== null;

const counted = (count: number, noun: string) =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
