/** What the rows of a tree are, whether all of it is known or only its first picture. */
import type { LensCount } from "../protocol";

/** The number of the row above the rows at the top. */
export const TOP = -1;

/** The rows of a lens that a query leaves; numbered in preorder, from 0. */
export interface TreeRows {
  readonly lens: string;
  readonly query: string;
  /** How many rows the query found; 0 without a query. */
  readonly nHits: number;
  readonly counts: readonly LensCount[];
  /** Rows in the order of their lines, where all of `open` and no others are open. */
  visible(open: ReadonlySet<number>): ArrayLike<number>;
  /** Below `TOP` where the row stands for those that are not known. */
  parentOf(row: number): number;
  nChildren(row: number): number;
  /** Index of a row among the rows below the row above it. */
  indexOf(row: number): number;
  /** The number of a hit among the hits, from 1; 0 for what is no hit. */
  ordinalOf(row: number): number;
  idOf(row: number): string;
  /** null where there is no such row, or it is not known yet. */
  rowOf(id: string): number | null;
  /** What a reader types to get to the row, in lower case. */
  nameOf(row: number): string;
}

/** The rows around a row, from the top; without itself. */
export function around(rows: TreeRows, row: number): number[] {
  const trail: number[] = [];
  for (let at = rows.parentOf(row); at !== TOP; at = rows.parentOf(at)) trail.push(at);
  return trail.reverse();
}
