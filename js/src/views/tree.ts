/** The tree of calls: rows as they are visible, one of them in the tab order. */

import { element } from "../dom";
import { safeFragment } from "../fragment";
import { findTyped, type Move, moveFor } from "../keyboard";
import type { ChildrenLoader } from "../loader";
import type { Item, MoreItem, NoteItem, RowItem, TreeState } from "../state";
import { sentenceOf } from "./failure";

const TYPING_PAUSE_MS = 600;
const NOTE_AFTER_MS = 300;

export class TreeView {
  readonly element: HTMLElement;
  readonly #lines = new Map<string, HTMLElement>();
  #items: Item[] = [];
  #focused = "";
  #selected = "";
  #typed = "";
  #typedAt_ms = 0;

  /** @param select Called with an address when the reader selects its row. */
  constructor(
    label: string,
    private readonly state: TreeState,
    private readonly loader: ChildrenLoader,
    private readonly select: (address: string) => void,
    signal: AbortSignal,
  ) {
    const attributes = { role: "tree", "aria-label": label };
    this.element = element("div", { class: "uv-tree", attributes });
    this.element.addEventListener("click", (event) => this.#click(event), { signal });
    this.element.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.element.addEventListener("focusin", (event) => this.#focusIn(event), {
      signal,
    });
    this.render();
  }

  /** Marks a row as selected, and brings it into view where it is visible at all. */
  showSelected(address: string): void {
    const isShown = address === this.#selected && this.#lines.has(address);
    this.#selected = address;
    // The reader may have moved on while the details were on their way.
    if (isShown) return;
    this.#focused = address;
    this.render();
    this.#lines.get(address)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Brings the lines up to date; lines that stay keep their element and the focus. */
  render(): void {
    this.#items = this.state.items();
    if (!this.#items.some((item) => item.key === this.#focused)) {
      this.#focused = this.#visibleAncestor(this.#focused);
    }
    const hadFocus = this.element.contains(focusedElement(this.element));
    const stale = new Set(this.#lines.keys());
    let place = this.element.firstElementChild;
    for (const item of this.#items) {
      stale.delete(item.key);
      const line = this.#lineFor(item);
      if (line === place) place = place.nextElementSibling;
      else this.element.insertBefore(line, place);
    }
    for (const key of stale) {
      this.#lines.get(key)?.remove();
      this.#lines.delete(key);
    }
    const focused = this.#lines.get(this.#focused);
    if (hadFocus && focusedElement(this.element) !== focused) focused?.focus();
  }

  #lineFor(item: Item): HTMLElement {
    let line = this.#lines.get(item.key);
    if (!line) {
      line = createLine(item);
      this.#lines.set(item.key, line);
    }
    updateLine(line, item);
    if (item.kind === "row") {
      line.setAttribute("aria-selected", String(item.key === this.#selected));
    }
    if (item.kind !== "note") line.tabIndex = item.key === this.#focused ? 0 : -1;
    return line;
  }

  async #open(address: string): Promise<void> {
    this.state.setOpen(address, true);
    this.render();
    const isFirstWindow = this.state.nextStart(address) === 0;
    if (isFirstWindow) await this.#loadNext(address);
  }

  /** @param asker Line that asked; if it has the focus, the first new row gets it. */
  async #loadNext(address: string, asker?: string): Promise<void> {
    const start = this.state.nextStart(address) ?? 0;
    const slow = setTimeout(() => this.#note(address, "Loading…"), NOTE_AFTER_MS);
    try {
      await this.loader.loadNext(address);
      const arrived = this.state.childAt(address, start);
      if (arrived !== undefined && this.#focused === asker) this.#focused = arrived;
      this.state.setNote(address, "");
    } catch (error) {
      this.state.setNote(address, sentenceOf(error) ?? "");
    } finally {
      clearTimeout(slow);
      this.render();
    }
  }

  #note(address: string, text: string): void {
    this.state.setNote(address, text);
    this.render();
  }

  #close(address: string): void {
    this.state.setOpen(address, false);
    this.state.setNote(address, "");
    this.render();
  }

  async #choose(item: Item): Promise<void> {
    if (item.kind === "row") {
      this.select(item.key);
    } else if (item.kind === "more") {
      await this.#loadNext(item.parent, item.key);
    }
  }

  #focus(key: string): void {
    const previous = this.#lines.get(this.#focused);
    if (previous) previous.tabIndex = -1;
    this.#focused = key;
    const line = this.#lines.get(key);
    if (!line) return;
    line.tabIndex = 0;
    line.focus();
  }

  #move(move: Move): void {
    if (move.kind === "focus") this.#focus(move.key);
    else if (move.kind === "open") void this.#open(move.address);
    else if (move.kind === "close") this.#close(move.address);
    else {
      const item = this.#items.find(({ key }) => key === move.key);
      if (item) void this.#choose(item);
    }
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping =
      this.#typed !== "" && event.timeStamp - this.#typedAt_ms < TYPING_PAUSE_MS;
    const isSpaceInName = event.key === " " && isTyping;
    const move = isSpaceInName ? null : moveFor(event.key, this.#items, this.#focused);
    if (move) this.#move(move);
    else if (event.key.length === 1) this.#type(event, isTyping);
    else if (!/^Arrow/.test(event.key)) return;
    event.preventDefault();
    // Notebooks have shortcuts of one letter; a key that was used here is ours.
    event.stopPropagation();
  }

  #type(event: KeyboardEvent, isTyping: boolean): void {
    this.#typed = (isTyping ? this.#typed : "") + event.key;
    this.#typedAt_ms = event.timeStamp;
    const found = findTyped(this.#items, this.#focused, this.#typed);
    if (found !== null) this.#focus(found);
  }

  #click(event: MouseEvent): void {
    const item = this.#itemAt(event);
    if (!item || item.kind === "note") return;
    this.#focus(item.key);
    const isTriangle = (event.target as Element).closest(".uv-triangle") !== null;
    if (item.kind === "row" && isTriangle && item.row.nChildren > 0) {
      if (item.isOpen) this.#close(item.key);
      else void this.#open(item.key);
    } else {
      void this.#choose(item);
    }
  }

  #focusIn(event: FocusEvent): void {
    const item = this.#itemAt(event);
    if (item && item.key !== this.#focused) this.#focus(item.key);
  }

  #itemAt(event: Event): Item | undefined {
    const path = event.composedPath();
    return this.#items.find(({ key }) => {
      const line = this.#lines.get(key);
      return line !== undefined && path.includes(line);
    });
  }

  #visibleAncestor(key: string): string {
    const visible = new Set(this.#items.map((item) => item.key));
    let address: string | null | undefined = this.state.row(key)?.parent;
    while (address && !visible.has(address)) address = this.state.row(address)?.parent;
    return address ?? this.#items[0]?.key ?? "";
  }
}

function focusedElement(node: Node): Element | null {
  const root = node.getRootNode();
  return root instanceof ShadowRoot || root instanceof Document
    ? root.activeElement
    : null;
}

function createLine(item: Item): HTMLElement {
  if (item.kind === "row") return createRow(item);
  const text = element("span", { class: "uv-row-text" });
  const className = item.kind === "more" ? "uv-row uv-more" : "uv-row uv-row-note";
  const role = item.kind === "more" ? "treeitem" : "status";
  return element("div", { class: className, attributes: { role } }, triangle(), text);
}

function createRow({ row }: RowItem): HTMLElement {
  const text = element("span", { class: "uv-row-text" });
  text.append(safeFragment(row.html));
  const attributes = { role: "treeitem", "aria-label": row.name };
  const pieces = Array.from(
    text.querySelectorAll(".uv_row > *"),
    (it) => it.textContent,
  );
  const title = pieces.join("  ");
  return element("div", { class: "uv-row", title, attributes }, triangle(), text);
}

const triangle = () =>
  element("span", { class: "uv-triangle", attributes: { "aria-hidden": "true" } });

function updateLine(line: HTMLElement, item: Item): void {
  line.style.setProperty("--uv-level", String(item.level - 1));
  if (item.kind === "row") {
    line.setAttribute("aria-level", String(item.level));
    line.setAttribute("aria-posinset", String(item.position));
    line.setAttribute("aria-setsize", String(item.nSiblings));
    if (item.row.nChildren > 0) line.setAttribute("aria-expanded", String(item.isOpen));
    return;
  }
  if (item.kind === "more") line.setAttribute("aria-level", String(item.level));
  const text = line.querySelector(".uv-row-text");
  if (text) text.textContent = item.kind === "more" ? moreText(item) : noteText(item);
}

const moreText = ({ nNext, nLeft }: MoreItem) =>
  nNext === nLeft ? `show ${nNext} more` : `show ${nNext} more of ${nLeft}`;

const noteText = ({ text }: NoteItem) => text;
