/**
 * The tree: what keys and the mouse do to it, and which of its rows are asked for. One
 * line is in the tab order; the browser scrolls, and what comes into view is loaded.
 */
import { sentenceOf } from "../channel";
import { copiedSentence, copyText } from "../controls/clipboard";
import { element } from "../controls/dom";
import { findTyped, type Move, moveFor } from "../controls/keyboard";
import type { Row } from "../protocol";
import { countedText, exactCount } from "../values/numbers";
import { isSame, LinesView } from "./lines";
import type { Item, LoadedOutline, RowItem, Spot } from "./loaded_outline";
import type { RowLoader } from "./loader";
import { actionAt, type RowAction, RowActions } from "./row_actions";

const TYPING_PAUSE_MS = 600;
const SCROLL_PAUSE_MS = 60;
const SAID_MS = 6000;

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
  readonly #empty = element("p", { class: "uv-empty uv-tree-empty" });
  readonly #lines = new LinesView(this.tree);
  #outline: LoadedOutline | null = null;
  #loader: RowLoader | null = null;
  #focused = TOP;
  /** Id of the selected row; null where the outline has no row for what is selected. */
  #selected: string | null = null;
  #hovered: Spot | null = null;
  /** Id of the row that stays in view while sizes change, until the reader moves on. */
  #kept: string | null = null;
  readonly #actions = new RowActions();
  #typed = "";
  #typedAt_ms = 0;
  #frame = 0;
  #loadTimer: ReturnType<typeof setTimeout> | undefined;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: TreeOptions) {
    const { signal } = options;
    const { tree } = this;
    this.element = element(
      "div",
      { class: "uv-tree-pane" },
      this.#empty,
      tree,
      this.note,
    );
    tree.addEventListener("click", (event) => this.#click(event), { signal });
    tree.addEventListener("mousedown", keepButton, { signal });
    tree.addEventListener("dblclick", (event) => this.#doubleClick(event), { signal });
    tree.addEventListener("keydown", (event) => this.#press(event), { signal });
    tree.addEventListener("focusin", (event) => this.#focusIn(event), { signal });
    tree.addEventListener("focusout", () => this.#placeActions(), { signal });
    tree.addEventListener("pointerover", (event) => this.#hover(event), { signal });
    tree.addEventListener("pointerleave", () => this.#hover(null), { signal });
    tree.addEventListener("scroll", () => this.#scroll(), { signal, passive: true });
    for (const kind of ["wheel", "pointerdown", "touchmove", "keydown"] as const) {
      const forget = () => {
        this.#kept = null;
      };
      tree.addEventListener(kind, forget, { signal, passive: true, capture: true });
    }
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(tree);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      cancelAnimationFrame(this.#frame);
      clearTimeout(this.#loadTimer);
      clearTimeout(this.#noteTimer);
    });
  }

  get selectedRow(): string | null {
    return this.#selected;
  }

  /**
   * Shows another outline, from its top.
   *
   * @param label Accessible name of the tree.
   * @param empty What stands in the place of the rows where there are none.
   */
  show(outline: LoadedOutline, loader: RowLoader, label: string, empty: string): void {
    const hadFocus = this.#lines.hasFocus;
    this.#outline = outline;
    this.#loader = loader;
    this.#focused = TOP;
    this.#selected = null;
    this.#hovered = null;
    this.#kept = null;
    this.say("");
    this.#lines.begin(outline);
    this.tree.setAttribute("aria-label", label);
    this.tree.classList.toggle("uv-only-hits", outline.hasOnlyHits);
    this.#empty.textContent = outline.nLines === 0 ? empty : "";
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
    const isShown = spot !== null && isNew && isScrolledTo;
    if (isShown) this.#keepInView(id, spot);
    this.render();
    if (isShown) this.#lines.showInPage(spot);
    this.#loadInView();
  }

  /** Brings a row into view; the selection and the focus stay where they are. */
  showRow(id: string): void {
    const spot = this.#outline?.spotOf(id);
    if (!spot) return;
    this.#keepInView(id, spot);
    this.refresh();
  }

  #keepInView(id: string | null, spot: Spot): void {
    this.#kept = id;
    this.#lines.scrollTo(spot);
  }

  /** What has no size yet cannot be scrolled; a row in view is not to be lost. */
  #resize(): void {
    const spot = this.#kept === null ? null : this.#outline?.spotOf(this.#kept);
    if (spot) this.#lines.scrollTo(spot);
    this.refresh();
  }

  focus(): void {
    this.#lines.focus(this.#focused);
  }

  /** Says a sentence under the tree, and to screen readers; "" takes it away. */
  say(sentence: string): void {
    clearTimeout(this.#noteTimer);
    this.note.textContent = sentence;
    if (sentence) this.#noteTimer = setTimeout(() => this.say(""), SAID_MS);
  }

  /** Brings the lines up to date. */
  render(): void {
    if (!this.#outline) return;
    this.#focused = this.#outline.visibleSpot(this.#focused);
    this.#lines.render(this.#focused, this.#selected);
    this.#placeActions();
  }

  #scroll(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.render());
    clearTimeout(this.#loadTimer);
    this.#loadTimer = setTimeout(() => this.#loadInView(), SCROLL_PAUSE_MS);
  }

  /** Asks for what is missing in view; what was wanted before and is not any more goes. */
  #loadInView(): void {
    if (this.#outline) this.#loader?.want(this.#outline.missing(...this.#lines.range));
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

  #collapse(id: string): void {
    this.say("");
    this.#outline?.closeBelow(id);
    this.#refold();
  }

  async #expand(id: string): Promise<void> {
    const loader = this.#loader;
    if (!loader) return;
    try {
      const { nOpened, nLeft } = await loader.expand(id);
      if (loader !== this.#loader) return;
      this.#refold();
      if (nOpened === 0 && nLeft === 0) {
        this.say("everything below is open");
        return;
      }
      const opened = `opened ${countedText(nOpened, "row")}`;
      const verb = nLeft === 1 ? "stays" : "stay";
      const left = `${exactCount(nLeft)} more ${verb} closed`;
      this.say(nLeft > 0 ? `${opened}, ${left}: press * to go on` : opened);
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
    this.say(copiedSentence(isCopied, code));
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
    this.#lines.scrollTo(spot);
    this.render();
    this.focus();
    this.#lines.showInPage(spot);
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
    else if (move.kind === "collapse") this.#collapse(move.id);
    else if (move.kind === "search") this.options.search();
    else {
      const item = this.#lines.itemOf(this.#focused);
      if (item) this.#choose(item);
    }
  }

  #press(event: KeyboardEvent): void {
    const item = this.#lines.itemOf(this.#focused);
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
  #pressPlain(event: KeyboardEvent, outline: LoadedOutline, line: number): boolean {
    const isTyping =
      this.#typed !== "" && event.timeStamp - this.#typedAt_ms < TYPING_PAUSE_MS;
    const isInName = isTyping && " *-".includes(event.key);
    const { nPageLines } = this.#lines.viewport;
    const move = isInName ? null : moveFor(event.key, outline, line, nPageLines);
    if (move) this.#move(move);
    else if (event.key.length === 1) this.#type(event, isTyping, outline, line);
    return move !== null || /^.$|^Arrow|^Page|^Home$|^End$/u.test(event.key);
  }

  #type(
    event: KeyboardEvent,
    isTyping: boolean,
    outline: LoadedOutline,
    line: number,
  ): void {
    this.#typed = (isTyping ? this.#typed : "") + event.key;
    this.#typedAt_ms = event.timeStamp;
    const found = findTyped(outline, line, this.#typed);
    if (found !== null) this.#focusLine(found);
  }

  #click(event: MouseEvent): void {
    const item = this.#lines.itemAt(event);
    if (!item) return;
    const action = actionAt(event.target);
    this.#focusOn(item);
    if (action && item.kind === "row") this.#act(action, item.row);
    else if (item.kind === "row" && isTriangle(event) && item.row.nChildren > 0) {
      if (event.altKey) this.#foldAll(item);
      else this.#setOpen(item.row.id, !item.isOpen);
    } else this.#choose(item);
  }

  #foldAll({ row, isOpen }: RowItem): void {
    if (isOpen) this.#collapse(row.id);
    else void this.#expand(row.id);
  }

  #doubleClick(event: MouseEvent): void {
    const item = this.#lines.itemAt(event);
    if (item?.kind !== "row" || isTriangle(event) || actionAt(event.target)) return;
    if (item.row.nChildren > 0) this.#setOpen(item.row.id, !item.isOpen);
  }

  #focusIn(event: FocusEvent): void {
    const item = this.#lines.itemAt(event);
    if (!item || isSame(item, this.#focused)) {
      this.#placeActions();
      return;
    }
    this.#focused = { parent: item.parent, index: item.index };
    this.render();
  }

  #hover(event: Event | null): void {
    this.#hovered = (event && this.#lines.itemAt(event)) ?? null;
    this.#placeActions();
  }

  #placeActions(): void {
    const selected = this.#selected && this.#outline?.spotOf(this.#selected);
    this.#actions.place(this.#lines, {
      selected: selected || null,
      focused: this.#lines.hasFocus ? this.#focused : null,
      hovered: this.#hovered,
    });
  }
}

/** A button that is pressed keeps its place until it is let go: the focus stays. */
function keepButton(event: Event): void {
  if (actionAt(event.target)) event.preventDefault();
}

const isTriangle = ({ target }: Event) =>
  target instanceof Element && target.closest(".uv-triangle") !== null;
