/** Which move a key asks for in a tree; the keys are those of the ARIA tree pattern. */
import type { Item } from "./state";

export type Move =
  | { kind: "focus"; key: string }
  | { kind: "open"; address: string }
  | { kind: "close"; address: string }
  | { kind: "choose"; key: string };

const isFocusable = (item: Item): boolean => item.kind !== "note";

function focusFirst(candidates: readonly Item[]): Move | null {
  const item = candidates.find(isFocusable);
  return item ? { kind: "focus", key: item.key } : null;
}

/**
 * @param key `KeyboardEvent.key`.
 * @param items The visible lines, top to bottom.
 * @param focused Key of the focused line.
 * @returns The move, or null where the key does nothing here.
 */
export function moveFor(
  key: string,
  items: readonly Item[],
  focused: string,
): Move | null {
  const index = items.findIndex((item) => item.key === focused);
  const item = items[index];
  if (!item) return null;
  switch (key) {
    case "ArrowDown":
      return focusFirst(items.slice(index + 1));
    case "ArrowUp":
      return focusFirst(items.slice(0, index).reverse());
    case "Home":
      return focusFirst(items);
    case "End":
      return focusFirst([...items].reverse());
    case "ArrowRight":
      if (item.kind !== "row" || item.row.nChildren === 0) return null;
      if (!item.isOpen) return { kind: "open", address: item.key };
      return focusFirst(items.slice(index + 1, index + 2));
    case "ArrowLeft": {
      if (item.kind === "row" && item.isOpen) {
        return { kind: "close", address: item.key };
      }
      const parent = item.kind === "row" ? item.row.parent : item.parent;
      return parent === null ? null : { kind: "focus", key: parent };
    }
    case "Enter":
    case " ":
      return { kind: "choose", key: item.key };
    default:
      return null;
  }
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

/**
 * Finds the next line whose name begins with what was typed, wrapping around. One
 * letter typed again and again walks through the lines that begin with it.
 */
export function findTyped(
  items: readonly Item[],
  focused: string,
  typed: string,
): string | null {
  const isRepeated = [...typed].every((letter) => letter === typed[0]);
  const prefix = (isRepeated ? typed.slice(0, 1) : typed).toLowerCase();
  const index = items.findIndex((item) => item.key === focused);
  const start = prefix.length === 1 ? index + 1 : Math.max(index, 0);
  const ordered = [...items.slice(start), ...items.slice(0, start)];
  return ordered.find((item) => spokenName(item).startsWith(prefix))?.key ?? null;
}
