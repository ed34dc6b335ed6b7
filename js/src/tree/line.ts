/** One line of the tree: a row, or the place of a row that is still on its way. */
import { element } from "../controls/dom";
import type { Piece, PieceKind, Row } from "../protocol";
import type { Item } from "./folded";

/** As far as a row is indented by full steps; deeper ones by small steps. */
const FULL_LEVELS = 9;
const SMALL_STEP = 0.4;

/** As far as pieces of a row are cut. */
const LEAST_LETTERS: Partial<Record<PieceKind, number>> = {
  class: 7,
  shape: 8,
  flag: 6,
  warning: 8,
};

export class LineView {
  readonly element = element("div", {
    class: "uv-line",
    attributes: { role: "treeitem" },
  });
  readonly #text = element("span", { class: "uv-line-text" });
  /** The row that is drawn; null for a gap, undefined before anything is. */
  #drawn: Row | null | undefined;

  constructor() {
    const triangle = element("span", {
      class: "uv-triangle",
      attributes: { "aria-hidden": "true" },
    });
    this.element.append(triangle, this.#text);
  }

  /** Where buttons go: before the figure at the right end, so that it stays there. */
  placeActions(actions: HTMLElement): void {
    const row = this.#text.querySelector(".uv-row") ?? this.#text;
    const size = row.querySelector(":scope > .uv-size");
    if (actions.parentElement !== row || actions.nextElementSibling !== size) {
      row.insertBefore(actions, size);
    }
  }

  show(item: Item, top_px: number, isSearched: boolean): void {
    const { element: line } = this;
    line.style.top = `${top_px}px`;
    if (this.#drawn !== item.drawn) this.#draw(item);
    if (!item.drawn) this.#showGap(item);
    const { isHit, nChildren } = item;
    setAttribute(line, "aria-expanded", nChildren > 0 ? `${item.isOpen}` : null);
    setAttribute(line, "aria-description", isHit ? "hit" : null);
    line.classList.toggle("uv-hit", isHit);
    line.classList.toggle("uv-around", isSearched && !isHit);
    setAttribute(line, "aria-level", `${item.level}`);
    setAttribute(line, "aria-posinset", `${item.index + 1}`);
    setAttribute(line, "aria-setsize", `${item.nSiblings}`);
  }

  setSelected(isSelected: boolean): void {
    const value = this.#drawn ? `${isSelected}` : null;
    setAttribute(this.element, "aria-selected", value);
  }

  #draw(item: Item): void {
    this.#drawn = item.drawn;
    const { element: line } = this;
    line.style.setProperty("--uv-level", String(stepsOf(item.level)));
    line.classList.toggle("uv-gap", item.drawn === null);
    if (item.drawn) this.#drawRow(item.drawn);
  }

  #drawRow(row: Row): void {
    this.#text.classList.remove("uv-failure");
    const pieces = row.pieces.map((piece) => pieceView(piece, row.color));
    this.#text.replaceChildren(element("span", { class: "uv-row" }, ...pieces));
    this.element.title = row.pieces.map(([, text]) => text).join("  ");
    this.element.setAttribute("aria-label", row.name);
    this.element.removeAttribute("aria-busy");
  }

  #showGap({ sentence }: Item): void {
    const { element: line } = this;
    this.#text.textContent = sentence || "…";
    this.#text.classList.toggle("uv-failure", sentence !== "");
    line.title = sentence;
    setAttribute(line, "aria-label", sentence || "Loading…");
    setAttribute(line, "aria-busy", sentence ? null : "true");
  }
}

function pieceView([kind, text]: Piece, color: string): HTMLElement {
  const piece = element("span", { class: `uv-${kind}` });
  if (kind === "name") fillPath(piece, text);
  else piece.textContent = text;
  if (kind === "class") piece.style.setProperty("--uv-color", color);
  const least = LEAST_LETTERS[kind];
  // The ground of a class is a little wider than its text.
  if (least !== undefined) {
    keepLetters(piece, Math.min(least, text.length + (kind === "class" ? 1 : 0)));
  }
  return piece;
}

/** Keeps a piece from being cut to fewer letters than these. */
function keepLetters(piece: HTMLElement, nLetters: number): void {
  piece.style.setProperty("--uv-least", `${nLetters}ch`);
}

/**
 * Sets the last two names of a path apart, which say what it is and of which layer, so
 * that the names before them can be cut.
 */
function fillPath(name: HTMLElement, path: string): void {
  const end = path.slice(0, -1).lastIndexOf("/") + 1;
  const start = path.slice(0, Math.max(0, end - 1)).lastIndexOf("/") + 1;
  if (end === 0) {
    name.textContent = path;
    return;
  }
  const before = isolated(path.slice(0, start));
  name.append(
    ...(start > 0 ? [element("span", { class: "uv-before" }, before)] : []),
    element("span", { class: "uv-layer" }, path.slice(start, end)),
    element("span", { class: "uv-last" }, path.slice(end)),
  );
  // The ellipsis in the place of what is before takes two, and a hair more.
  keepLetters(name, path.length - start + 3);
}

/** Text that is read from left to right, whatever is around it. */
const isolated = (text: string) => element("bdi", { attributes: { dir: "ltr" } }, text);

function stepsOf(level: number): number {
  const full = Math.min(level - 1, FULL_LEVELS);
  return full + (level - 1 - full) * SMALL_STEP;
}

function setAttribute(line: HTMLElement, name: string, value: string | null): void {
  if (value === null) line.removeAttribute(name);
  else if (line.getAttribute(name) !== value) line.setAttribute(name, value);
}
