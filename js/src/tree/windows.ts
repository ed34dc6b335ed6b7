/**
 * What of an outline goes into an answer, and how far an answer goes: the twin of
 * `_View` in unflax_viz/clerk/outlines.py.
 */
import {
  type Level,
  MAX_EXPANDED_ROWS,
  MAX_OPENED_ROWS,
  MAX_ROW_LETTERS,
  MAX_UNFOLDED_ROWS,
  type Place,
  ROWS_PER_WINDOW,
  type Row,
} from "../protocol";
import { type Outline, TOP } from "./structure";

export class OutlineView {
  readonly levels: Level[] = [];
  readonly expanded: string[] = [];
  #nRows = 0;
  #nLetters = 0;

  /** @param draw Makes a row as the tree gets it. */
  constructor(
    private readonly outline: Outline,
    private readonly draw: (row: number) => Promise<Row>,
  ) {}

  row(row: number): Promise<Row> {
    return this.draw(row);
  }

  async level(row: number, start: number): Promise<Level> {
    const children = this.outline.children(row, start, ROWS_PER_WINDOW);
    return {
      row: this.#idOf(row),
      start,
      total: this.outline.nChildren(row),
      rows: await Promise.all(children.map((child) => this.draw(child))),
    };
  }

  /** Where a row stands, and each of the rows around it. */
  places(row: number): Place[] {
    return this.outline.trailOf(row).map((each) => ({
      row: this.#idOf(each),
      index: this.outline.indexOf(each),
    }));
  }

  /** Opens the row at the top and what is below it, if there is only one each. */
  async openOnlyChildren(): Promise<void> {
    let row = TOP;
    for (;;) {
      const isFirst = this.levels.length < 2;
      const nChildren = Math.min(this.outline.nChildren(row), ROWS_PER_WINDOW);
      if (!isFirst && this.#nRows + nChildren > MAX_UNFOLDED_ROWS) return;
      if (nChildren === 0 && row !== TOP) return;
      await this.#open(row);
      if (nChildren !== 1) return;
      row = this.outline.children(row)[0] ?? TOP;
    }
  }

  /** Opens the rows at the top one after the other, as long as all is short. */
  async openGroups(): Promise<void> {
    await this.#open(TOP);
    for (const row of this.outline.children(TOP, 0, ROWS_PER_WINDOW)) {
      const nRows = this.#nRows + this.outline.nChildren(row);
      if (this.levels.length > 1 && nRows > MAX_UNFOLDED_ROWS) return;
      await this.#open(row);
    }
  }

  /** Opens what is around the first hits, within a budget. */
  async openFirstHits(): Promise<void> {
    await this.#open(TOP);
    const opened = new Set([TOP]);
    for (const hit of this.outline.hits(MAX_OPENED_ROWS)) {
      const trail = this.outline.trailOf(hit);
      for (const row of trail.slice(0, -1)) {
        if (opened.has(row)) continue;
        const nChildren = Math.min(this.outline.nChildren(row), ROWS_PER_WINDOW);
        if (this.#nRows + nChildren > MAX_OPENED_ROWS || this.#isFull()) return;
        await this.#open(row);
        opened.add(row);
      }
      const isBeyond = (row: number) => this.outline.indexOf(row) >= ROWS_PER_WINDOW;
      if (trail.some(isBeyond)) return;
    }
  }

  /**
   * Opens a row and what is below it, nearest first, within a budget.
   *
   * @param start How many levels earlier answers held; these are passed over.
   */
  async openBelow(row: number, start: number): Promise<void> {
    let nPassed = 0;
    for (const { opened, first } of this.#windowsBelow(row)) {
      nPassed += 1;
      if (nPassed <= start) continue;
      const nRows = Math.min(this.outline.nChildren(opened) - first, ROWS_PER_WINDOW);
      const isSpent = this.#nRows + nRows > MAX_EXPANDED_ROWS || this.#isFull();
      if (this.levels.length > 0 && isSpent) return;
      await this.#add(opened, first);
      if (first === 0 && opened !== TOP) this.expanded.push(this.#idOf(opened));
    }
  }

  /** Each row to open, and the first index of a window of its children. */
  *#windowsBelow(row: number): Generator<{ opened: number; first: number }> {
    const firsts = [{ opened: row, first: 0 }];
    const others: { opened: number; first: number }[] = [];
    for (;;) {
      const window = firsts.shift() ?? others.shift();
      if (!window) return;
      const { opened, first } = window;
      const children = this.outline.children(opened, first, ROWS_PER_WINDOW);
      if (children.length === 0) continue;
      yield window;
      firsts.push(...children.map((child) => ({ opened: child, first: 0 })));
      const branch = this.outline.nextBranch(opened, first + children.length);
      if (branch === null) continue;
      others.push({ opened, first: branch - (branch % ROWS_PER_WINDOW) });
    }
  }

  #isFull(): boolean {
    return this.#nLetters > MAX_ROW_LETTERS;
  }

  #idOf(row: number): string {
    return row === TOP ? "" : (this.outline.rows.ids[row] ?? "");
  }

  async #open(row: number): Promise<void> {
    if (row !== TOP) this.expanded.push(this.#idOf(row));
    await this.#add(row, 0);
  }

  async #add(row: number, start: number): Promise<void> {
    const level = await this.level(row, start);
    this.levels.push(level);
    this.#nRows += level.rows.length;
    for (const row of level.rows) this.#nLetters += countLetters(row);
  }
}

/** How long all texts of a row are, counted in letters, as Python does. */
function countLetters(row: Row): number {
  let nLetters = 0;
  for (const value of Object.values(row)) {
    if (typeof value === "string") nLetters += Array.from(value).length;
  }
  return nLetters;
}
