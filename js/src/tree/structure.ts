/**
 * Which rows of a tree are left under a query, and where each of them stands: the twin
 * of unflax_viz/tables/outline.py.
 */
import type { Mask } from "./columns";

/** The number of the row above the rows at the top. */
export const TOP = -1;

/** All rows of a lens in preorder, as unflax_viz/widget/page_answers.py writes them. */
export interface LensRows {
  ids: readonly string[];
  /** Row above each row; `TOP` at the top. */
  parents: readonly number[];
  /** The thing that each row shows, as a query finds it; -1 for a heading. */
  items: readonly number[];
  /** Number of the call that is selected with each row. */
  calls: readonly number[];
}

export class Outline {
  readonly nRows: number;
  readonly nHits: number;
  /** Rows below each row, the top's first: those of row `r` begin at `firsts[r + 1]`. */
  readonly #children: Int32Array;
  readonly #firsts: Int32Array;
  readonly #isLeft: Mask;
  readonly #hitRows: readonly number[];
  readonly #ordinals = new Map<number, number>();
  readonly #ends: Int32Array;
  /** How many of the rows before each one have rows below them. */
  readonly #nOpenBefore: Int32Array;

  /** @param found The things that a query found; null leaves all rows. */
  constructor(
    readonly rows: LensRows,
    found: Mask | null,
  ) {
    const { parents, items } = rows;
    const nRows = parents.length;
    this.#isLeft = new Uint8Array(nRows).fill(found ? 0 : 1);
    const hits: number[] = [];
    for (let row = nRows - 1; found && row >= 0; row -= 1) {
      if (found[items[row] ?? -1]) {
        this.#isLeft[row] = 1;
        hits.push(row);
      }
      // What is below a row follows it, so it has been seen.
      const above = parents[row] ?? TOP;
      if (this.#isLeft[row] && above !== TOP) this.#isLeft[above] = 1;
    }
    this.#hitRows = hits.reverse();
    for (const [index, row] of hits.entries()) this.#ordinals.set(row, index + 1);
    const counts = new Int32Array(nRows + 2);
    let nLeft = 0;
    for (let row = 0; row < nRows; row += 1) {
      if (!this.#isLeft[row]) continue;
      nLeft += 1;
      const place = (parents[row] ?? TOP) + 2;
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (let place = 1; place < counts.length; place += 1) {
      counts[place] = (counts[place] ?? 0) + (counts[place - 1] ?? 0);
    }
    this.#firsts = counts;
    this.#children = new Int32Array(nLeft);
    const filled = counts.slice();
    for (let row = 0; row < nRows; row += 1) {
      if (!this.#isLeft[row]) continue;
      const above = (parents[row] ?? TOP) + 1;
      const place = filled[above] ?? 0;
      this.#children[place] = row;
      filled[above] = place + 1;
    }
    this.nRows = nLeft;
    this.nHits = hits.length;
    this.#ends = endsOf(parents);
    this.#nOpenBefore = new Int32Array(nRows + 1);
    for (let row = 0; row < nRows; row += 1) {
      const isOpen = this.nChildren(row) > 0 ? 1 : 0;
      this.#nOpenBefore[row + 1] = (this.#nOpenBefore[row] ?? 0) + isOpen;
    }
  }

  isLeft(row: number): boolean {
    return this.#isLeft[row] === 1;
  }

  nChildren(row: number): number {
    return (this.#firsts[row + 2] ?? 0) - (this.#firsts[row + 1] ?? 0);
  }

  /** Rows directly below a row, at most `n` from the index `start` on. */
  children(row: number, start = 0, n = Number.POSITIVE_INFINITY): number[] {
    const first = (this.#firsts[row + 1] ?? 0) + start;
    const last = Math.min(first + n, this.#firsts[row + 2] ?? 0);
    return Array.from(this.#children.subarray(first, Math.max(first, last)));
  }

  /** The index, from `start`, of the first row below a row that has rows below it. */
  nextBranch(row: number, start: number): number | null {
    const index = this.children(row, start).findIndex((it) => this.nChildren(it) > 0);
    return index < 0 ? null : start + index;
  }

  /** The index of a row among the rows below the row above it. */
  indexOf(row: number): number {
    const above = this.rows.parents[row] ?? TOP;
    return this.children(above).indexOf(row);
  }

  /** The rows around a row, from the top, itself last. */
  trailOf(row: number): number[] {
    const trail: number[] = [];
    for (let at = row; at !== TOP; at = this.rows.parents[at] ?? TOP) trail.push(at);
    return trail.reverse();
  }

  hits(n: number): readonly number[] {
    return this.#hitRows.slice(0, n);
  }

  /** The next hit after a row, or the last one before it; goes round. */
  nextHit(row: number | null, step: number): number | null {
    const hits = this.#hitRows;
    const isForward = step > 0;
    if (row === null) return (isForward ? hits[0] : hits.at(-1)) ?? null;
    const found = isForward
      ? hits.find((hit) => hit > row)
      : hits.filter((hit) => hit < row).at(-1);
    return found ?? this.nextHit(null, step);
  }

  /** The number of a hit among the hits, from 1; 0 for what is no hit. */
  ordinalOf(row: number): number {
    return this.#ordinals.get(row) ?? 0;
  }

  /** How many rows below a row, itself included, have rows below them. */
  nParentsBelow(row: number): number {
    const end = row === TOP ? this.#ends.length : (this.#ends[row] ?? 0);
    const start = row === TOP ? 0 : row;
    return (this.#nOpenBefore[end] ?? 0) - (this.#nOpenBefore[start] ?? 0);
  }
}

/** Row after the last one below each row. */
function endsOf(parents: readonly number[]): Int32Array {
  const ends = Int32Array.from(parents, (_, row) => row + 1);
  for (let row = parents.length - 1; row >= 0; row -= 1) {
    const above = parents[row] ?? TOP;
    if (above !== TOP) ends[above] = Math.max(ends[above] ?? 0, ends[row] ?? 0);
  }
  return ends;
}
