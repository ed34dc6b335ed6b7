/**
 * What this view of the tree knows and shows: which rows have arrived, which are open,
 * and the lines that follow from that, top to bottom. Knows no DOM and no channel.
 */
import {
  type ChildrenAnswer,
  type Opening,
  ROWS_PER_WINDOW,
  type Row,
} from "./protocol";

export interface RowItem {
  kind: "row";
  key: string;
  row: Row;
  level: number;
  /** Place among the caller's children, from 1, and how many there are. */
  position: number;
  nSiblings: number;
  isOpen: boolean;
}

export interface MoreItem {
  kind: "more";
  key: string;
  parent: string;
  level: number;
  nNext: number;
  nLeft: number;
}

export interface NoteItem {
  kind: "note";
  key: string;
  parent: string;
  level: number;
  text: string;
}

/** One line of the tree: a call, a way to further calls, or a sentence. */
export type Item = RowItem | MoreItem | NoteItem;

interface Branch {
  children: string[];
  total: number;
  isOpen: boolean;
  note: string;
}

export class TreeState {
  readonly #rows = new Map<string, Row>();
  readonly #branches = new Map<string, Branch>();
  readonly #roots: string[] = [];

  constructor(opening: Pick<Opening, "rows" | "expanded">) {
    for (const row of opening.rows) this.#add(row);
    for (const address of opening.expanded) this.setOpen(address, true);
  }

  row(address: string): Row | undefined {
    return this.#rows.get(address);
  }

  isOpen(address: string): boolean {
    return this.#branches.get(address)?.isOpen ?? false;
  }

  setOpen(address: string, isOpen: boolean): void {
    const branch = this.#branches.get(address);
    if (branch && branch.total > 0) branch.isOpen = isOpen;
  }

  /** Puts a sentence in the place of the children that are missing; "" takes it away. */
  setNote(address: string, text: string): void {
    const branch = this.#branches.get(address);
    if (branch) branch.note = text;
  }

  /** Index of the first child that has not arrived, or null when all have. */
  nextStart(address: string): number | null {
    const branch = this.#branches.get(address);
    if (!branch || branch.children.length >= branch.total) return null;
    return branch.children.length;
  }

  childAt(address: string, index: number): string | undefined {
    return this.#branches.get(address)?.children[index];
  }

  addChildren(answer: ChildrenAnswer): void {
    for (const row of answer.rows) this.#add({ ...row, parent: answer.address });
    const branch = this.#branches.get(answer.address);
    if (!branch) return;
    // An empty window would leave the reader asking for the same one for ever.
    branch.total = answer.rows.length > 0 ? answer.total : branch.children.length;
    branch.note = "";
  }

  /** The lines that are visible now, top to bottom. */
  items(): Item[] {
    const items: Item[] = [];
    this.#roots.forEach((address, index) => {
      this.#append(items, address, 1, index + 1, this.#roots.length);
    });
    return items;
  }

  #add(row: Row): void {
    if (this.#rows.has(row.address)) return;
    this.#rows.set(row.address, row);
    this.#branches.set(row.address, {
      children: [],
      total: row.nChildren,
      isOpen: false,
      note: "",
    });
    const siblings =
      row.parent === null ? this.#roots : this.#branches.get(row.parent)?.children;
    siblings?.push(row.address);
  }

  #append(
    items: Item[],
    address: string,
    level: number,
    position: number,
    nSiblings: number,
  ): void {
    const row = this.#rows.get(address);
    const branch = this.#branches.get(address);
    if (!row || !branch) return;
    const { isOpen, children, total, note } = branch;
    items.push({ kind: "row", key: address, row, level, position, nSiblings, isOpen });
    if (!isOpen) return;
    children.forEach((child, index) => {
      this.#append(items, child, level + 1, index + 1, total);
    });
    const place = { parent: address, level: level + 1 };
    const nLeft = total - children.length;
    if (note) {
      items.push({ kind: "note", key: `note ${address}`, ...place, text: note });
    }
    if (nLeft > 0 && children.length > 0) {
      const nNext = Math.min(nLeft, ROWS_PER_WINDOW);
      items.push({ kind: "more", key: `more ${address}`, ...place, nNext, nLeft });
    }
  }
}
