/** The tree of the first picture: a few rows, and places for those still to come. */
import type { FirstOutline, FirstRow, LensCount } from "../protocol";
import { TOP, type TreeRows } from "./rows";

interface Place {
  above: number;
  index: number;
  first: FirstRow;
}

/** Neighbouring rows of which only the places are known; numbered below `TOP`. */
interface Unknown {
  above: number;
  /** Index of the first of them below `above`. */
  start: number;
  /** The number of the first; those of the others are below it. */
  first: number;
  length: number;
}

/** Whether of a row only its place is known. */
export const isUnknown = (row: number) => row < TOP;

export class FirstRows implements TreeRows {
  readonly lens = "calls";
  readonly query = "";
  readonly nHits = 0;
  readonly counts: readonly LensCount[];
  readonly #levels = new Map<number, { total: number; rows: readonly number[] }>();
  readonly #places = new Map<number, Place>();
  readonly #numbers = new Map<string, number>();
  readonly #unknown = new Map<number, Unknown>();
  #nUnknown = 0;

  constructor(opening: FirstOutline) {
    this.counts = opening.counts;
    for (const { row: above, total, rows } of opening.levels) {
      this.#levels.set(above, { total, rows: rows.map(({ number }) => number) });
      rows.forEach((first, index) => {
        this.#places.set(first.number, { above, index, first });
        this.#numbers.set(first.line.address, first.number);
      });
    }
  }

  visible(open: ReadonlySet<number>): number[] {
    const visible: number[] = [];
    const collect = (above: number) => {
      for (const row of this.#levels.get(above)?.rows ?? []) {
        visible.push(row);
        if (open.has(row) && this.nChildren(row) > 0) collect(row);
      }
      const { first, length } = this.#unknownBelow(above);
      for (let i = 0; i < length; i += 1) visible.push(first - i);
    };
    collect(TOP);
    return visible;
  }

  parentOf(row: number): number {
    const place = isUnknown(row) ? this.#unknownAt(row) : this.#places.get(row);
    return place?.above ?? TOP;
  }

  nChildren(row: number): number {
    if (row === TOP) return this.#levels.get(TOP)?.total ?? 0;
    return this.#places.get(row)?.first.n_children ?? 0;
  }

  indexOf(row: number): number {
    if (!isUnknown(row)) return this.#places.get(row)?.index ?? 0;
    const unknown = this.#unknownAt(row);
    return unknown ? unknown.start + unknown.first - row : 0;
  }

  /** Whether no row before this one, below the same row, is unknown. */
  isFirstUnknown(row: number): boolean {
    return this.#unknownAt(row)?.first === row;
  }

  #unknownBelow(above: number): Unknown {
    let unknown = this.#unknown.get(above);
    if (!unknown) {
      const start = this.#levels.get(above)?.rows.length ?? 0;
      const length = this.nChildren(above) - start;
      unknown = { above, start, first: TOP - 1 - this.#nUnknown, length };
      this.#nUnknown += length;
      this.#unknown.set(above, unknown);
    }
    return unknown;
  }

  #unknownAt(row: number): Unknown | undefined {
    for (const unknown of this.#unknown.values()) {
      if (row <= unknown.first && row > unknown.first - unknown.length) return unknown;
    }
    return undefined;
  }

  ordinalOf(): number {
    return 0;
  }

  idOf(row: number): string {
    return this.#places.get(row)?.first.line.address ?? "";
  }

  rowOf(id: string): number | null {
    return this.#numbers.get(id) ?? null;
  }

  nameOf(row: number): string {
    const name = this.#places.get(row)?.first.line.name ?? "";
    return name
      .slice(name.lastIndexOf("/") + 1)
      .trimStart()
      .toLowerCase();
  }
}
