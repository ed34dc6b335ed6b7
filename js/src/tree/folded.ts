/** Which line each row of a tree stands on while some rows are open and others not. */
import type { Row } from "../protocol";
import { FirstRows, isUnknown } from "./first_rows";
import type { LineStore } from "./line_store";
import { around, TOP, type TreeRows } from "./rows";
import { nBelow } from "./structure";

/** One visible line of the tree. */
export interface Item {
  /** Number of the row; below `TOP` where only its place is known. */
  row: number;
  /** Number of the visible line, from 0. */
  line: number;
  /** Depth in the tree, 1 at the top. */
  level: number;
  index: number;
  nSiblings: number;
  nChildren: number;
  isOpen: boolean;
  isHit: boolean;
  /** How it is drawn; null where that is not there yet. */
  drawn: Row | null;
  /** Why it cannot be drawn, else "". */
  sentence: string;
}

export class FoldedOutline {
  readonly #visible: ArrayLike<number>;

  /** @param unknown Why the rows that are not known could not be had, else "". */
  constructor(
    readonly rows: TreeRows,
    readonly open: ReadonlySet<number>,
    private readonly store: LineStore,
    private readonly unknown = "",
  ) {
    this.#visible = rows.visible(open);
  }

  /** Whether only hits, and what is around them, are here. */
  get isSearched(): boolean {
    return this.rows.query.trim() !== "";
  }

  /** Whether a query found every row that is here, as in a flat lens. */
  get hasOnlyHits(): boolean {
    const { nHits } = this.rows;
    return this.isSearched && nHits > 0 && this.rows.nChildren(TOP) === nHits;
  }

  get nLines(): number {
    return this.#visible.length;
  }

  /** The row on a line. */
  rowAt(line: number): number | undefined {
    return this.#visible[line];
  }

  /** The line of a row; null where it is in a closed row. */
  lineOf(row: number): number | null {
    const visible = this.#visible;
    // All rows are in preorder; a first picture is short.
    const line =
      visible instanceof Int32Array
        ? nBelow(visible, row)
        : Array.prototype.indexOf.call(visible, row);
    return visible[line] === row ? line : null;
  }

  /** The row itself where it is visible, else the closed row that hides it. */
  visibleRow(row: number): number {
    if (this.lineOf(row) !== null) return row;
    const trail = around(this.rows, row).reverse();
    const shown = trail.find((it) => this.lineOf(it) !== null);
    return shown ?? this.rowAt(0) ?? TOP;
  }

  /** The lines from `from` up to `to`, without `to`. */
  items(from: number, to: number): Item[] {
    const items: Item[] = [];
    for (let line = Math.max(0, from); line < Math.min(to, this.nLines); line += 1) {
      items.push(this.#itemOf(this.rowAt(line) ?? TOP, line));
    }
    return items;
  }

  item(line: number): Item | undefined {
    return this.items(line, line + 1)[0];
  }

  nameOf(line: number): string {
    return this.rows.nameOf(this.rowAt(line) ?? TOP);
  }

  #itemOf(row: number, line: number): Item {
    const { rows, store } = this;
    const drawn = store.get(row) ?? null;
    return {
      row,
      line,
      level: around(rows, row).length + 1,
      index: rows.indexOf(row),
      nSiblings: rows.nChildren(rows.parentOf(row)),
      nChildren: rows.nChildren(row),
      isOpen: this.open.has(row) && rows.nChildren(row) > 0,
      isHit: rows.ordinalOf(row) > 0,
      drawn,
      sentence: drawn ? "" : this.#sentenceOf(row),
    };
  }

  /** Why a row cannot be drawn; of a hundred thousand the first one says it. */
  #sentenceOf(row: number): string {
    const { rows, store } = this;
    if (!isUnknown(row)) return store.failureOf(row);
    return rows instanceof FirstRows && rows.isFirstUnknown(row) ? this.unknown : "";
  }
}
