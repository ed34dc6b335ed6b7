/**
 * What this view knows of one outline, and which line each row stands on: which rows
 * have arrived, which are open. Levels have holes, since they arrive in windows, and
 * may have 100,000 rows, so there is no list of all lines. Knows no DOM, no channel.
 */
import {
  type Lens,
  type LensCount,
  type Level,
  type OutlineAnswer,
  ROWS_PER_WINDOW,
  type Row,
} from "../protocol";

/** Where a line stands, whether or not its row has arrived. */
export interface Spot {
  /** Id of the row above; "" at the top. */
  parent: string;
  /** Index among the rows below `parent`, from 0. */
  index: number;
}

interface Line extends Spot {
  /** Number of the visible line, from 0. */
  line: number;
  /** Depth in the tree, 1 at the top. */
  level: number;
  nSiblings: number;
}

export interface RowItem extends Line {
  kind: "row";
  row: Row;
  isOpen: boolean;
}

/** The place of a row that has not arrived. */
export interface GapItem extends Line {
  kind: "gap";
  /** Why the window that begins here could not be had, else "". */
  sentence: string;
}

/** One visible line of the tree. */
export type Item = RowItem | GapItem;

/** Rows that are missing: those from `start` on, below `row`. */
export interface Window {
  row: string;
  start: number;
}

interface Branch {
  id: string;
  /** The branch that its own row is in; null for the top. */
  around: Branch | null;
  /** Index of its own row in `around`. */
  index: number;
  /** Depth of the rows in it. */
  level: number;
  total: number;
  rows: Map<number, Row>;
  isOpen: boolean;
  /** Those of its children that are open, by index. */
  open: Branch[];
  /** How many lines it takes while it is open, its own row not counted. */
  nLines: number;
  /** Why a window could not be had, by the number of the window. */
  failures: Map<number, string>;
}

const windowOf = (index: number) => Math.floor(index / ROWS_PER_WINDOW);

export class LoadedOutline {
  readonly lens: Lens;
  readonly query: string;
  readonly nHits: number;
  readonly counts: readonly LensCount[];
  readonly #top = createBranch("", null, 0, 0);
  readonly #branches = new Map([["", this.#top]]);
  readonly #places = new Map<string, { branch: Branch; index: number }>();

  constructor(answer: Omit<OutlineAnswer, "kind" | "id">) {
    this.lens = answer.lens;
    this.query = answer.query;
    this.nHits = answer.nHits;
    this.counts = answer.counts;
    this.#top.isOpen = true;
    for (const level of answer.levels) this.addLevel(level);
    for (const id of answer.expanded) this.setOpen(id, true);
  }

  /** Whether only hits, and what is around them, are here. */
  get isSearched(): boolean {
    return this.query.trim() !== "";
  }

  /** Whether a query found every row that is here, as in a flat lens. */
  get hasOnlyHits(): boolean {
    return this.isSearched && this.nHits > 0 && this.#top.total === this.nHits;
  }

  /** How many lines are visible in all. */
  get nLines(): number {
    return this.#top.nLines;
  }

  /** Ids of the rows that are open, those inside closed rows included. */
  get expanded(): string[] {
    const ids: string[] = [];
    for (const { id, isOpen } of this.#branches.values()) {
      if (isOpen && id !== "") ids.push(id);
    }
    return ids;
  }

  /** The first hit, where it can be seen already; null where nobody can tell. */
  get firstHit(): Row | null {
    for (let line = 0; line < this.nLines; line += 1) {
      const item = this.item(line);
      if (item?.kind !== "row") return null;
      if (item.row.isHit) return item.row;
      // A row that is no hit is there for the hits below it.
      if (!item.isOpen) return null;
    }
    return null;
  }

  row(id: string): Row | undefined {
    const place = this.#places.get(id);
    return place?.branch.rows.get(place.index);
  }

  rowAt({ parent, index }: Spot): Row | undefined {
    return this.#branches.get(parent)?.rows.get(index);
  }

  /** The rows that have arrived, in no particular order. */
  *rows(): Generator<Row> {
    for (const { rows } of this.#branches.values()) yield* rows.values();
  }

  spotOf(id: string): Spot | null {
    const place = this.#places.get(id);
    return place ? { parent: place.branch.id, index: place.index } : null;
  }

  isOpen(id: string): boolean {
    return this.#branches.get(id)?.isOpen ?? false;
  }

  /** Opens or closes a row; a row without children stays closed. */
  setOpen(id: string, isOpen: boolean): void {
    const branch = this.#branches.get(id);
    if (!branch?.around || branch.isOpen === isOpen || branch.total === 0) return;
    const { open } = branch.around;
    const later = open.findIndex((it) => it.index >= branch.index);
    const place = later < 0 ? open.length : later;
    if (isOpen) open.splice(place, 0, branch);
    else open.splice(place, 1);
    branch.isOpen = isOpen;
    branch.failures.clear();
    resize(branch.around, isOpen ? branch.nLines : -branch.nLines);
  }

  /** Opens every row around a row that has arrived. */
  openAround(id: string): void {
    let branch = this.#places.get(id)?.branch;
    for (; branch; branch = branch.around ?? undefined) this.setOpen(branch.id, true);
  }

  /** Opens a row and what is below it, as far as rows have arrived. */
  openArrived(id: string): void {
    for (const branch of this.#branchesBelow(id)) {
      if (branch.rows.size > 0) this.setOpen(branch.id, true);
    }
  }

  /** Closes a row and all below it. */
  closeBelow(id: string): void {
    for (const branch of [...this.#branchesBelow(id)]) this.setOpen(branch.id, false);
  }

  /** How many rows are open, of a row itself and all below it. */
  nOpenBelow(id: string): number {
    const branches = [...this.#branchesBelow(id)];
    return branches.filter((it) => it.isOpen && it.around).length;
  }

  *#branchesBelow(id: string): Generator<Branch> {
    const waiting = [this.#branches.get(id)];
    for (let branch = waiting.pop(); branch; branch = waiting.pop()) {
      yield branch;
      for (const row of branch.rows.values()) {
        const child = this.#branches.get(row.id);
        if (child) waiting.push(child);
      }
    }
  }

  /** Takes in rows wherever they are in their level. */
  addLevel({ row: parent, start, total, rows }: Level): void {
    const branch = this.#branches.get(parent);
    if (!branch) return;
    resizeOwn(branch, total - branch.total);
    branch.failures.delete(windowOf(start));
    // Without a sentence the same empty window would be asked for again for ever.
    if (rows.length === 0 && start < total) {
      branch.failures.set(windowOf(start), "These rows did not arrive.");
    }
    rows.forEach((row, offset) => {
      const index = start + offset;
      branch.rows.set(index, row);
      if (this.#places.has(row.id)) return;
      this.#places.set(row.id, { branch, index });
      if (row.nChildren > 0) {
        this.#branches.set(row.id, createBranch(row.id, branch, index, row.nChildren));
      }
    });
  }

  /** Says why a window is missing; "" asks for it once more. */
  setFailure({ row, start }: Window, sentence: string): void {
    const failures = this.#branches.get(row)?.failures;
    if (sentence) failures?.set(windowOf(start), sentence);
    else failures?.delete(windowOf(start));
  }

  /** The number of a visible line; null where it is in a closed row. */
  lineOf({ parent, index }: Spot): number | null {
    let branch = this.#branches.get(parent) ?? null;
    if (!branch || index < 0 || index >= branch.total) return null;
    let line = index;
    for (let below = index; branch; branch = branch.around) {
      if (!branch.isOpen) return null;
      line += nLinesBefore(branch, below);
      below = branch.index;
      if (branch.around) line += 1 + branch.index;
    }
    return line;
  }

  /** The spot itself where it is visible, else the closed row that hides it. */
  visibleSpot(spot: Spot): Spot {
    let visible = { ...spot };
    let branch = this.#branches.get(spot.parent);
    if (!branch || spot.index >= branch.total) return { parent: "", index: 0 };
    for (; branch?.around; branch = branch.around) {
      if (!branch.isOpen) visible = { parent: branch.around.id, index: branch.index };
    }
    return visible;
  }

  /** The lines from `from` up to `to`, without `to`. */
  items(from: number, to: number): Item[] {
    const items: Item[] = [];
    this.#collect(this.#top, 0, from, to, items);
    return items;
  }

  item(line: number): Item | undefined {
    return this.items(line, line + 1)[0];
  }

  /** The windows of which some line from `from` up to `to` is missing. */
  missing(from: number, to: number): Window[] {
    const windows = new Map<string, Window>();
    for (const item of this.items(from, to)) {
      if (item.kind === "row") continue;
      const { parent, index } = item;
      const window = this.windowAround({ parent, index });
      if (window) windows.set(`${window.start} ${parent}`, window);
    }
    return [...windows.values()];
  }

  /** The window that brings this row; null where it is here, or could not be had. */
  windowAround({ parent, index }: Spot): Window | null {
    const branch = this.#branches.get(parent);
    if (!branch || branch.rows.has(index)) return null;
    if (branch.failures.has(windowOf(index))) return null;
    return { row: parent, start: firstMissing(branch, index) };
  }

  #collect(branch: Branch, first: number, from: number, to: number, items: Item[]) {
    let line = first;
    let index = 0;
    for (const child of [...branch.open, null]) {
      const end = child ? child.index + 1 : branch.total;
      const last = Math.min(to, line + end - index);
      for (let at = Math.max(from, line); at < last; at += 1) {
        items.push(this.#itemAt(branch, index + at - line, at));
      }
      line += end - index;
      index = end;
      if (line >= to || !child) return;
      if (line + child.nLines > from) this.#collect(child, line, from, to, items);
      line += child.nLines;
    }
  }

  #itemAt(branch: Branch, index: number, line: number): Item {
    const { id: parent, level, total: nSiblings } = branch;
    const place = { line, parent, index, level, nSiblings };
    const row = branch.rows.get(index);
    if (row) return { kind: "row", ...place, row, isOpen: this.isOpen(row.id) };
    const failure = branch.failures.get(windowOf(index));
    const isFirst = failure !== undefined && firstMissing(branch, index) === index;
    return { kind: "gap", ...place, sentence: isFirst ? failure : "" };
  }
}

function createBranch(
  id: string,
  around: Branch | null,
  index: number,
  total: number,
): Branch {
  return {
    id,
    around,
    index,
    level: (around?.level ?? 0) + 1,
    total,
    rows: new Map(),
    isOpen: false,
    open: [],
    nLines: total,
    failures: new Map(),
  };
}

/** Tells a branch, and those around it that show it, that lines came or went. */
function resize(branch: Branch, nMore: number): void {
  for (let it: Branch | null = branch; it; it = it.isOpen ? it.around : null) {
    it.nLines += nMore;
  }
}

function resizeOwn(branch: Branch, nMore: number): void {
  branch.total += nMore;
  if (nMore !== 0) resize(branch, nMore);
}

/** How many lines open rows before `index` take for what is below them. */
function nLinesBefore(branch: Branch, index: number): number {
  let nLines = 0;
  for (const child of branch.open) {
    if (child.index >= index) break;
    nLines += child.nLines;
  }
  return nLines;
}

function firstMissing(branch: Branch, index: number): number {
  let start = windowOf(index) * ROWS_PER_WINDOW;
  while (branch.rows.has(start)) start += 1;
  return start;
}
