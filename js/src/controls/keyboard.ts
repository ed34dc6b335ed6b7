/** Which move a key asks for; the keys are those of the ARIA patterns. */
import type { Item, LoadedOutline } from "../tree/loaded_outline";

interface Along {
  /** How far each arrow key goes. */
  steps: Readonly<Record<string, number>>;
  /** Whether the first item follows the last one. */
  wraps: boolean;
}

const ACROSS = { ArrowLeft: -1, ArrowRight: 1 };
const DOWN = { ArrowUp: -1, ArrowDown: 1 };

/** How keys go along the items of each kind of list. */
const ALONG = {
  listbox: { steps: DOWN, wraps: false },
  plot: { steps: ACROSS, wraps: false },
  tablist: { steps: ACROSS, wraps: true },
  radiogroup: { steps: { ...ACROSS, ...DOWN }, wraps: true },
} as const satisfies Record<string, Along>;

/**
 * Which item of a list a key goes to; null where it goes nowhere.
 *
 * @param current Index of the item that has the focus.
 * @param nItems How many there are.
 */
export function targetOf(
  key: string,
  current: number,
  nItems: number,
  list: keyof typeof ALONG,
): number | null {
  if (nItems === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return nItems - 1;
  const { steps, wraps }: Along = ALONG[list];
  const step = steps[key];
  if (step === undefined) return null;
  if (wraps) return (current + step + nItems) % nItems;
  return Math.min(Math.max(current + step, 0), nItems - 1);
}

/** What a key does in a tree. */
export type Move =
  /** To the line with this number. */
  | { kind: "focus"; line: number }
  | { kind: "open"; id: string }
  | { kind: "close"; id: string }
  | { kind: "expand"; id: string }
  /** Closes the row and all below it, as "expand" opens them. */
  | { kind: "collapse"; id: string }
  | { kind: "choose" }
  | { kind: "search" };

/**
 * @param key `KeyboardEvent.key`.
 * @param line Number of the focused line.
 * @param nPageLines How many lines PageUp and PageDown move.
 * @returns The move, or null where the key does nothing here.
 */
export function moveFor(
  key: string,
  outline: LoadedOutline,
  line: number,
  nPageLines: number,
): Move | null {
  const item = outline.item(line);
  if (!item) return null;
  const last = outline.nLines - 1;
  switch (key) {
    case "ArrowDown":
      return focusOn(Math.min(line + 1, last), line);
    case "ArrowUp":
      return focusOn(Math.max(line - 1, 0), line);
    case "PageDown":
      return focusOn(Math.min(line + nPageLines, last), line);
    case "PageUp":
      return focusOn(Math.max(line - nPageLines, 0), line);
    case "Home":
      return focusOn(0, line);
    case "End":
      return focusOn(last, line);
    case "ArrowRight":
      return openOrEnter(item);
    case "ArrowLeft":
      return closeOrLeave(item, outline);
    case "*":
      return forBranch(item, "expand");
    case "-":
      return forBranch(item, "collapse");
    case "Enter":
    case " ":
      return { kind: "choose" };
    case "/":
      return { kind: "search" };
    default:
      return null;
  }
}

const focusOn = (line: number, now: number): Move | null =>
  line === now ? null : { kind: "focus", line };

const forBranch = (item: Item, kind: "expand" | "collapse"): Move | null =>
  item.kind === "row" && item.row.nChildren > 0 ? { kind, id: item.row.id } : null;

function openOrEnter(item: Item): Move | null {
  if (item.kind !== "row" || item.row.nChildren === 0) return null;
  if (item.isOpen) return { kind: "focus", line: item.line + 1 };
  return { kind: "open", id: item.row.id };
}

function closeOrLeave(item: Item, outline: LoadedOutline): Move | null {
  if (item.kind === "row" && item.isOpen) return { kind: "close", id: item.row.id };
  const around = outline.spotOf(item.parent);
  const line = around ? outline.lineOf(around) : null;
  return line === null ? null : { kind: "focus", line };
}

/** The part of a row's name that a reader types: the last piece of its path. */
function spokenName(item: Item): string {
  if (item.kind !== "row") return "";
  const { name } = item.row;
  return name
    .slice(name.lastIndexOf("/") + 1)
    .trimStart()
    .toLowerCase();
}

const STRETCH = 1000;

/**
 * Finds the next line whose name begins with what was typed, wrapping around; only
 * rows that have arrived are found. One letter typed again and again walks through the
 * lines that begin with it.
 */
export function findTyped(
  outline: LoadedOutline,
  focused: number,
  typed: string,
): number | null {
  const isRepeated = [...typed].every((letter) => letter === typed[0]);
  const prefix = (isRepeated ? typed.slice(0, 1) : typed).toLowerCase();
  const start = prefix.length === 1 ? focused + 1 : focused;
  for (const [from, to] of [
    [start, outline.nLines],
    [0, start],
  ] as const) {
    for (let line = from; line < to; line += STRETCH) {
      const items = outline.items(line, Math.min(line + STRETCH, to));
      const found = items.find((item) => spokenName(item).startsWith(prefix));
      if (found) return found.line;
    }
  }
  return null;
}
