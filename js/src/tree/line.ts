/** One line of the tree: a row, or the place of a row that is still on its way. */
import { element } from "../controls/dom";
import type { Row } from "../protocol";
import type { Item } from "./folded";
import { safeFragment } from "./fragment";

/** As far as a row is indented by full steps; deeper ones by small steps. */
const FULL_LEVELS = 9;
const SMALL_STEP = 0.4;

/** As far as each piece of a row is cut. */
const LEAST_LETTERS = [
  [".uv-class", 7],
  [".uv_shape", 8],
  [".uv_flag", 6],
  [".uv_warning", 8],
] as const;

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
    const row = this.#text.querySelector(".uv_row") ?? this.#text;
    const size = row.querySelector(":scope > .uv_size");
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
    this.#text.replaceChildren(safeFragment(row.html));
    const pieces = Array.from(
      this.#text.querySelectorAll(".uv_row > *"),
      (it) => it.textContent,
    );
    this.element.title = pieces.join("  ");
    // Treescope gives the piece of a class no name.
    this.#text
      .querySelector(".uv_row > :has(> .colored_line)")
      ?.classList.add("uv-class");
    for (const [piece, n] of LEAST_LETTERS) {
      const place = `.uv_row > :is(${piece}, :has(${piece}))`;
      for (const it of this.#text.querySelectorAll<HTMLElement>(place)) {
        keepLetters(it, n);
      }
    }
    splitPath(this.#text.querySelector(".uv_name"));
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

/** Keeps a piece from being cut to fewer letters than these, where it has that many. */
function keepLetters(piece: HTMLElement, nLetters: number): void {
  // The ground of a class is a little wider than its text.
  const nMore = piece.classList.contains("uv-class") ? 1 : 0;
  const nNeeded = Math.min(nLetters, piece.textContent.length + nMore);
  piece.style.setProperty("--uv-least", `${nNeeded}ch`);
}

/**
 * Sets the last two names of a path apart, which say what it is and of which layer, so
 * that the names before them can be cut.
 */
function splitPath(name: HTMLElement | null): void {
  const path = name?.textContent ?? "";
  const end = path.slice(0, -1).lastIndexOf("/") + 1;
  if (!name || end === 0) return;
  const start = path.slice(0, end - 1).lastIndexOf("/") + 1;
  const before = isolated(path.slice(0, start));
  name.replaceChildren(
    ...(start > 0 ? [element("span", { class: "uv-before" }, before)] : []),
    element("span", { class: "uv-layer" }, path.slice(start, end)),
    element("span", { class: "uv-last" }, path.slice(end)),
  );
  // The ellipsis in the place of what is before takes two, and a hair more.
  name.style.setProperty("--uv-least", `${path.length - start + 3}ch`);
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
