/** Which rows are open at first, and which when all below a row is to be opened. */
import { MAX_UNFOLDED_ROWS } from "../protocol";
import { around, TOP } from "./rows";
import type { Outline } from "./structure";

/** How many rows a query shows at first. */
const MAX_HIT_ROWS = 200;

/** How many rows of a level count, however many it has. */
const MAX_LEVEL_ROWS = 100;

/** How many rows are opened at once; each is told to Python. */
export const MAX_OPENED = 2000;

/** The rows that are open when an outline is shown first. */
export function openAtFirst(outline: Outline): number[] {
  if (outline.query) return openAroundHits(outline);
  return outline.rows.isGrouped ? openGroups(outline) : openOnlyChildren(outline);
}

/** The row at the top and those below it, where there is only one each. */
function openOnlyChildren(outline: Outline): number[] {
  const opened: number[] = [];
  let nRows = outline.nChildren(TOP);
  let [row] = outline.children(TOP);
  while (nRows === outline.nChildren(TOP) || opened.length > 0) {
    if (row === undefined || (opened.length === 0 && nRows !== 1)) break;
    const nChildren = Math.min(outline.nChildren(row), MAX_LEVEL_ROWS);
    nRows += nChildren;
    if (nChildren === 0 || (opened.length > 0 && nRows > MAX_UNFOLDED_ROWS)) break;
    opened.push(row);
    if (nChildren !== 1) break;
    row = outline.children(row)[0];
  }
  return opened;
}

/** The headings, one after the other, as long as all is short. */
function openGroups(outline: Outline): number[] {
  const opened: number[] = [];
  let nRows = outline.nChildren(TOP);
  for (const row of outline.children(TOP)) {
    nRows += outline.nChildren(row);
    if (opened.length > 0 && nRows > MAX_UNFOLDED_ROWS) break;
    opened.push(row);
  }
  return opened;
}

/** What is around the first hits, within a budget. */
function openAroundHits(outline: Outline): number[] {
  const opened = new Set<number>();
  let nRows = 0;
  for (const hit of outline.hits(MAX_HIT_ROWS)) {
    for (const row of around(outline, hit)) {
      if (opened.has(row)) continue;
      nRows += Math.min(outline.nChildren(row), MAX_LEVEL_ROWS);
      if (nRows > MAX_HIT_ROWS && opened.size > 0) return [...opened];
      opened.add(row);
    }
  }
  return [...opened];
}

/** The rows with rows below them, of a row and all below it; nearest first. */
export function branchesBelow(outline: Outline, row: number): number[] {
  const branches = [row];
  for (let place = 0; place < branches.length; place += 1) {
    for (const child of outline.children(branches[place] ?? row)) {
      if (outline.nChildren(child) > 0) branches.push(child);
    }
  }
  return branches;
}
