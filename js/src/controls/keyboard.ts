/** Which move a key asks for; the keys are those of the ARIA patterns. */
import type { FoldedOutline, Item } from "../tree/folded";

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
  | { kind: "open"; row: number }
  | { kind: "close"; row: number }
  | { kind: "expand"; row: number }
  /** Closes the row and all below it, as "expand" opens them. */
  | { kind: "collapse"; row: number }
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
  outline: FoldedOutline,
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
  item.nChildren > 0 ? { kind, row: item.row } : null;

function openOrEnter(item: Item): Move | null {
  if (item.nChildren === 0) return null;
  if (item.isOpen) return { kind: "focus", line: item.line + 1 };
  return { kind: "open", row: item.row };
}

function closeOrLeave(item: Item, outline: FoldedOutline): Move | null {
  if (item.isOpen) return { kind: "close", row: item.row };
  const line = outline.lineOf(outline.rows.parentOf(item.row));
  return line === null ? null : { kind: "focus", line };
}

/**
 * Finds the next line whose name begins with what was typed, wrapping around. One letter
 * typed again and again walks through the lines that begin with it.
 */
export function findTyped(
  outline: FoldedOutline,
  focused: number,
  typed: string,
): number | null {
  const isRepeated = [...typed].every((letter) => letter === typed[0]);
  const prefix = (isRepeated ? typed.slice(0, 1) : typed).toLowerCase();
  const start = prefix.length === 1 ? focused + 1 : focused;
  const { nLines } = outline;
  for (let step = 0; step < nLines; step += 1) {
    const line = (start + step) % nLines;
    if (outline.nameOf(line).startsWith(prefix)) return line;
  }
  return null;
}
