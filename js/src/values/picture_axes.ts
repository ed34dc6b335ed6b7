/** Which axes of an array can be drawn as what, and what is drawn unless one is chosen. */
import type { Index } from "../panels/item_memory";
import type { Axis, PictureAxes } from "../protocol";

export type Use = keyof PictureAxes;

export const UNCHOSEN: PictureAxes = { rows: null, column: null, each: null };

/** What can be chosen, and what is. */
export interface AxesOffer {
  /** The axes that can make rows and columns; fewer than two give no table. */
  table: number[];
  /** The axes that can have a picture for each index. */
  each: number[];
  /** The column is null without a table; the rows also where several are folded. */
  chosen: PictureAxes;
}

/**
 * Fits what is wanted to the axes that are left: longer than 1, without a fixed index.
 *
 * @param wanted May name axes that are no longer there; they are not taken.
 */
export function offerOf(
  axes: readonly Axis[],
  index: Index,
  wanted: PictureAxes,
): AxesOffer {
  const free = axes.flatMap(({ size }, axis) =>
    size > 1 && (index[axis] ?? null) === null ? [axis] : [],
  );
  const eachAxes = free.length > 2 ? free : [];
  const each = within(eachAxes, wanted.each);
  const table = free.filter((axis) => axis !== each);
  if (table.length < 2) {
    return { table: [], each: [], chosen: UNCHOSEN };
  }
  const wantedRows = within(table, wanted.rows);
  const others = table.filter((axis) => axis !== wantedRows);
  const column = within(others, wanted.column) ?? others.at(-1) ?? null;
  const [left, ...more] = table.filter((axis) => axis !== column);
  const rows = more.length === 0 ? (left ?? null) : wantedRows;
  return { table, each: eachAxes, chosen: { rows, column, each } };
}

const within = (axes: readonly number[], axis: number | null): number | null =>
  axis !== null && axes.includes(axis) ? axis : null;

/** Gives an axis another use; rows and columns change places where they would meet. */
export function withUse(
  chosen: PictureAxes,
  use: Use,
  axis: number | null,
): PictureAxes {
  const next = { ...chosen, [use]: axis };
  if (axis === null) return next;
  if (use === "rows" && axis === chosen.column) next.column = chosen.rows;
  if (use === "column" && axis === chosen.rows) next.rows = chosen.column;
  if (use === "each" && axis === chosen.rows) next.rows = null;
  if (use === "each" && axis === chosen.column) next.column = null;
  return next;
}

/** As it crosses the wire: null where it is what is drawn anyway. */
export function wireAxes({ table, chosen }: AxesOffer): PictureAxes | null {
  const { rows, column, each } = chosen;
  const isFolded = rows === null || table.length === 2;
  const isUsual = each === null && isFolded && column === (table.at(-1) ?? null);
  return isUsual ? null : chosen;
}
