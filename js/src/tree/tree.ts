/**
 * The tree: what keys and the mouse do to it, and which of its lines are asked for. One
 * line is in the tab order; the browser scrolls, and what comes into view is loaded.
 */
import { copiedSentence, copyText } from "../controls/clipboard";
import { element } from "../controls/dom";
import { findTyped, type Move, moveFor } from "../controls/keyboard";
import type { Row } from "../protocol";
import type { FoldedOutline, Item } from "./folded";
import type { LineStore } from "./line_store";
import { LinesView } from "./lines";
import { actionAt, type RowAction, RowActions } from "./row_actions";

const TYPING_PAUSE_MS = 600;
const SCROLL_PAUSE_MS = 60;
const SAID_MS = 6000;

/** How many lines before and behind those in view are asked for with them. */
const N_AHEAD = 30;

export interface TreeOptions {
  signal: AbortSignal;
  /** Called with the row that the reader selects. */
  select(row: number): void;
  /** Called when the reader opens and closes rows. */
  fold(opened: readonly number[], closed: readonly number[]): void;
  /** Called when the reader opens a row and all below it, or closes them. */
  foldAll(row: number, isOpen: boolean): void;
  /** Called when the reader asks once more for what could not be had. */
  retry(): void;
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
  #outline: FoldedOutline | null = null;
  #store: LineStore | null = null;
  /** The row in the tab order. */
  #focused = 0;
  /** The selected row; null where the outline has no row for what is selected. */
  #selected: number | null = null;
  #hovered: number | null = null;
  /** The row that stays in view while sizes change, until the reader moves on. */
  #kept: number | null = null;
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

  /**
   * Shows other rows, from the top.
   *
   * @param label Accessible name of the tree.
   * @param empty What stands in the place of the rows where there are none.
   */
  show(outline: FoldedOutline, store: LineStore, label: string, empty: string): void {
    const hadFocus = this.#lines.hasFocus;
    this.#outline = outline;
    this.#store = store;
    this.#focused = outline.rowAt(0) ?? 0;
    this.#selected = null;
    this.#hovered = null;
    this.#kept = null;
    this.say("");
    this.#lines.begin(outline);
    this.tree.setAttribute("aria-label", label);
    this.tree.classList.toggle("uv-only-hits", outline.hasOnlyHits);
    this.#empty.textContent = outline.nLines === 0 ? empty : "";
    this.refresh();
    if (hadFocus) this.focus();
  }

  /**
   * Shows the same rows, of which others are open.
   *
   * @param renumber Gives the number that a row has now.
   */
  refold(outline: FoldedOutline, renumber = (row: number) => row): void {
    this.#outline = outline;
    this.#focused = renumber(this.#focused);
    this.#lines.refold(outline);
    this.refresh();
  }

  /**
   * Marks a row as selected; it becomes the one in the tab order.
   *
   * @param isScrolledTo Whether it is brought into view.
   */
  showSelected(row: number | null, isScrolledTo = true): void {
    // The reader may have moved on while the row was on its way.
    const isNew = row !== this.#selected;
    this.#selected = row;
    if (row !== null && isNew) this.#focused = row;
    const isShown = row !== null && isNew && isScrolledTo;
    if (isShown) this.#keepInView(row);
    this.render();
    if (isShown) this.#lines.showInPage(row);
    this.#loadInView();
  }

  /** Brings a row into view; the selection and the focus stay where they are. */
  showRow(row: number): void {
    this.#keepInView(row);
    this.refresh();
  }

  #keepInView(row: number): void {
    this.#kept = row;
    this.#lines.scrollTo(row);
  }

  /** What has no size yet cannot be scrolled; a row in view is not to be lost. */
  #resize(): void {
    this.#lines.lookAgain();
    if (this.#kept !== null) this.#lines.scrollTo(this.#kept);
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
    this.#focused = this.#outline.visibleRow(this.#focused);
    this.#lines.render(this.#focused, this.#selected);
    this.#placeActions();
  }

  #scroll(): void {
    this.#lines.lookAgain();
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.render());
    clearTimeout(this.#loadTimer);
    this.#loadTimer = setTimeout(() => this.#loadInView(), SCROLL_PAUSE_MS);
  }

  /** Asks for what is missing in view; what was wanted before and is not any more goes. */
  #loadInView(): void {
    const outline = this.#outline;
    if (!outline) return;
    const [from, to] = this.#lines.range;
    const rows: number[] = [];
    for (let line = from; line < to + N_AHEAD; line += 1) {
      const row = outline.rowAt(line);
      if (row !== undefined) rows.push(row);
    }
    this.#store?.want(rows);
  }

  /** Draws anew, and asks for what came into view. */
  refresh(): void {
    this.render();
    this.#loadInView();
  }

  #fold(row: number, isOpen: boolean): void {
    this.say("");
    this.options.fold(isOpen ? [row] : [], isOpen ? [] : [row]);
  }

  async #copy({ code }: Row): Promise<void> {
    if (!code) {
      this.say("There is no code for this row.");
      return;
    }
    const isCopied = await copyText(code, this.note);
    this.say(copiedSentence(isCopied, code));
  }

  #act(action: RowAction, { row, drawn }: Item): void {
    if (action === "expand") this.options.foldAll(row, true);
    else if (drawn) void this.#copy(drawn);
  }

  #choose({ row, drawn }: Item): void {
    if (drawn) this.options.select(row);
    else this.options.retry();
  }

  #focusOn(row: number): void {
    this.#focused = row;
    this.#lines.scrollTo(row);
    this.render();
    this.focus();
    this.#lines.showInPage(row);
    this.#loadInView();
  }

  #focusLine(line: number): void {
    const row = this.#outline?.rowAt(line);
    if (row !== undefined) this.#focusOn(row);
  }

  #move(move: Move): void {
    if (move.kind === "focus") this.#focusLine(move.line);
    else if (move.kind === "open") this.#fold(move.row, true);
    else if (move.kind === "close") this.#fold(move.row, false);
    else if (move.kind === "expand") this.options.foldAll(move.row, true);
    else if (move.kind === "collapse") this.options.foldAll(move.row, false);
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
      if (event.key.toLowerCase() !== "c" || !item.drawn) return;
      void this.#copy(item.drawn);
    } else if (!this.#pressPlain(event, outline, item.line)) return;
    event.preventDefault();
    // Notebooks have shortcuts of one letter; a key that was used here is ours.
    event.stopPropagation();
  }

  /** @returns Whether the key is one of the tree's. */
  #pressPlain(event: KeyboardEvent, outline: FoldedOutline, line: number): boolean {
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
    outline: FoldedOutline,
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
    this.#focusOn(item.row);
    if (action) this.#act(action, item);
    else if (isTriangle(event) && item.nChildren > 0) {
      if (event.altKey) this.options.foldAll(item.row, !item.isOpen);
      else this.#fold(item.row, !item.isOpen);
    } else this.#choose(item);
  }

  #doubleClick(event: MouseEvent): void {
    const item = this.#lines.itemAt(event);
    if (!item || isTriangle(event) || actionAt(event.target)) return;
    if (item.nChildren > 0) this.#fold(item.row, !item.isOpen);
  }

  #focusIn(event: FocusEvent): void {
    const item = this.#lines.itemAt(event);
    if (item && item.row !== this.#focused) {
      this.#focused = item.row;
      this.render();
    } else this.#placeActions();
  }

  #hover(event: Event | null): void {
    this.#hovered = (event && this.#lines.itemAt(event)?.row) ?? null;
    this.#placeActions();
  }

  #placeActions(): void {
    this.#actions.place(this.#lines, {
      selected: this.#selected,
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
