/** The tree of the first picture: a few rows, and places for those still to come. */
import type { FirstOutline, FirstRow, LensCount } from "../protocol";
import { TOP, type TreeRows } from "./rows";

interface Place {
  above: number;
  index: number;
  first: FirstRow;
}

/** The row that stands for all below `above` that are not known. */
const unknownBelow = (above: number) => -above - 3;

/** Whether a row stands for rows that are not known. */
export const isUnknown = (row: number) => row < TOP;

export class FirstRows implements TreeRows {
  readonly lens = "calls";
  readonly query = "";
  readonly nHits = 0;
  readonly counts: readonly LensCount[];
  readonly #levels = new Map<number, { total: number; rows: readonly number[] }>();
  readonly #places = new Map<number, Place>();
  readonly #numbers = new Map<string, number>();

  constructor(opening: FirstOutline) {
    this.counts = opening.counts;
    for (const { row: above, total, rows } of opening.levels) {
      this.#levels.set(above, { total, rows: rows.map(({ number }) => number) });
      rows.forEach((first, index) => {
        this.#places.set(first.number, { above, index, first });
        this.#numbers.set(first.line.id, first.number);
      });
    }
  }

  visible(open: ReadonlySet<number>): number[] {
    const visible: number[] = [];
    const collect = (above: number) => {
      const { total, rows } = this.#levels.get(above) ?? { total: 1, rows: [] };
      for (const row of rows) {
        visible.push(row);
        if (open.has(row) && this.nChildren(row) > 0) collect(row);
      }
      if (rows.length < total) visible.push(unknownBelow(above));
    };
    collect(TOP);
    return visible;
  }

  parentOf(row: number): number {
    return isUnknown(row) ? unknownBelow(row) : (this.#places.get(row)?.above ?? TOP);
  }

  nChildren(row: number): number {
    if (row === TOP) return this.#levels.get(TOP)?.total ?? 0;
    return this.#places.get(row)?.first.nChildren ?? 0;
  }

  indexOf(row: number): number {
    if (!isUnknown(row)) return this.#places.get(row)?.index ?? 0;
    return this.#levels.get(this.parentOf(row))?.rows.length ?? 0;
  }

  ordinalOf(): number {
    return 0;
  }

  idOf(row: number): string {
    return this.#places.get(row)?.first.line.id ?? "";
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
