/** Which rows of a lens are left under a query, and where each of them stands. */
import type { LensCount, Row } from "../protocol";
import type { Mask } from "./columns";
import type { LensRows } from "./lens_rows";
import { TOP, type TreeRows } from "./rows";

/** What a query found. */
export interface Found {
  /** For each thing of the lens: whether it is meant. */
  mask: Mask;
  /** Which value of a call the query means, if any. */
  itemOf(call: number): Pick<Row, "tab" | "entry"> | null;
}

export class Outline implements TreeRows {
  /** How many rows are left. */
  readonly nRows: number;
  readonly nHits: number;
  /** Rows below each row, the top's first: those of row `r` begin at `firsts[r + 1]`. */
  readonly #children: Int32Array;
  readonly #firsts: Int32Array;
  readonly #isLeft: Mask;
  readonly #hitRows: Int32Array;

  /** @param found null leaves all rows. */
  constructor(
    readonly rows: LensRows,
    readonly query: string,
    readonly counts: readonly LensCount[],
    private readonly found: Found | null,
  ) {
    const { parents, items } = rows;
    const nRows = parents.length;
    const mask = found?.mask ?? null;
    const isLeft = new Uint8Array(nRows).fill(mask ? 0 : 1);
    const hitRows = new Int32Array(mask ? nRows : 0);
    let firstHit = hitRows.length;
    for (let row = nRows - 1; mask && row >= 0; row -= 1) {
      if (mask[items[row] ?? -1]) {
        isLeft[row] = 1;
        firstHit -= 1;
        hitRows[firstHit] = row;
      }
      // What is below a row follows it, so it has been seen.
      const above = parents[row] ?? TOP;
      if (isLeft[row] && above !== TOP) isLeft[above] = 1;
    }
    this.#isLeft = isLeft;
    this.#hitRows = hitRows.slice(firstHit);
    this.nHits = this.#hitRows.length;
    const starts = new Int32Array(nRows + 2);
    for (let row = 0; row < nRows; row += 1) {
      if (!isLeft[row]) continue;
      const place = (parents[row] ?? TOP) + 2;
      starts[place] = (starts[place] ?? 0) + 1;
    }
    for (let place = 1; place < starts.length; place += 1) {
      starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0);
    }
    this.#firsts = starts;
    this.nRows = starts.at(-1) ?? 0;
    this.#children = this.#sortByParent(parents);
  }

  get lens() {
    return this.rows.lens;
  }

  visible(open: ReadonlySet<number>): Int32Array {
    const { parents } = this.rows;
    const nRows = parents.length;
    const isShown = new Uint8Array(nRows);
    const isOpen = new Uint8Array(nRows);
    for (const row of open) isOpen[row] = 1;
    const visible = new Int32Array(nRows);
    let nVisible = 0;
    for (let row = 0; row < nRows; row += 1) {
      const above = parents[row] ?? TOP;
      if (!this.#isLeft[row]) continue;
      if (above !== TOP && !(isShown[above] && isOpen[above])) continue;
      isShown[row] = 1;
      visible[nVisible] = row;
      nVisible += 1;
    }
    return visible.slice(0, nVisible);
  }

  isLeft(row: number): boolean {
    return this.#isLeft[row] === 1;
  }

  parentOf(row: number): number {
    return this.rows.parents[row] ?? TOP;
  }

  nChildren(row: number): number {
    return (this.#firsts[row + 2] ?? 0) - (this.#firsts[row + 1] ?? 0);
  }

  /** Rows directly below a row. */
  children(row: number): Int32Array {
    return this.#children.subarray(this.#firsts[row + 1], this.#firsts[row + 2]);
  }

  indexOf(row: number): number {
    return nBelow(this.children(this.parentOf(row)), row);
  }

  hits(n: number): Int32Array {
    return this.#hitRows.subarray(0, n);
  }

  /** The next hit after a row, or the last one before it; goes round. */
  nextHit(row: number | null, step: 1 | -1): number | null {
    const hits = this.#hitRows;
    if (row === null) return (step > 0 ? hits[0] : hits.at(-1)) ?? null;
    const place = step > 0 ? nBelow(hits, row + 1) : nBelow(hits, row) - 1;
    return hits[place] ?? this.nextHit(null, step);
  }

  ordinalOf(row: number): number {
    const place = nBelow(this.#hitRows, row);
    return this.#hitRows[place] === row ? place + 1 : 0;
  }

  idOf(row: number): string {
    return this.rows.idOf(row);
  }

  /** null also where the query leaves nothing of the row. */
  rowOf(id: string): number | null {
    const row = this.rows.rowOf(id);
    return row !== null && this.isLeft(row) ? row : null;
  }

  nameOf(row: number): string {
    return this.rows.nameOf(row);
  }

  /** What the query means of the call of a hit, where it is about arrays. */
  itemOf(row: number): Pick<Row, "tab" | "entry"> | null {
    if (!this.found || this.ordinalOf(row) === 0) return null;
    return this.found.itemOf(this.rows.calls[row] ?? 0);
  }

  #sortByParent(parents: Int32Array): Int32Array {
    const children = new Int32Array(this.nRows);
    const filled = this.#firsts.slice();
    const isLeft = this.#isLeft;
    for (let row = 0; row < parents.length; row += 1) {
      if (!isLeft[row]) continue;
      const above = (parents[row] ?? TOP) + 1;
      const place = filled[above] ?? 0;
      children[place] = row;
      filled[above] = place + 1;
    }
    return children;
  }
}

/** How many of the numbers, which ascend, are below `limit`. */
export function nBelow(numbers: Int32Array, limit: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
