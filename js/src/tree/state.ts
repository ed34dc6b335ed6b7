/**
 * What is searched, open and selected in a tree: one state, and how it goes from one to
 * the next. Nothing here knows the page, the kernel or the time.
 */
import { around, TOP, type TreeRows } from "./rows";

interface Choice {
  lens: string;
  query: string;
}

export interface TreeState {
  /** The rows that are shown: of one lens, under one query. */
  readonly rows: TreeRows;
  /** Lens and query that are to be shown, where they are not there yet. */
  readonly coming: Choice | null;
  /** What is to be looked at when they are: what is selected, or their first hit. */
  readonly goal: "selected" | "hit";
  readonly open: ReadonlySet<number>;
  /** Ids that somebody besides the reader wants open; until the reader does anything. */
  readonly asked: readonly string[] | null;
  /** Whether `asked` is all that is to be open, as a widget begins with it. */
  readonly isAskedAll: boolean;
  /** The row that is marked as selected; null where none stands for what is selected. */
  readonly selected: number | null;
}

export type Action =
  /** Somebody wants another lens or query. */
  | {
      kind: "choose";
      choice: Partial<Choice>;
      goal: TreeState["goal"];
      isReader: boolean;
    }
  /** The rows of what was chosen, or all rows of what is shown, are there. */
  | { kind: "show"; rows: TreeRows; opened: readonly number[] }
  /** What was chosen cannot be had. */
  | { kind: "refuse" }
  /** Whoever selects while a search is on its way wants to see that, not its hits. */
  | { kind: "prefer selected" }
  /** The reader opened and closed rows. */
  | { kind: "fold"; opened: readonly number[]; closed: readonly number[] }
  /** Somebody besides the reader says what is to be open. */
  | { kind: "ask open"; ids: readonly string[] }
  /** A row is to be seen: those around it open. */
  | { kind: "reveal"; row: number }
  | { kind: "mark"; row: number | null };

/** @param asked What is to be open at first, if not what the first picture opens. */
export function firstState(
  rows: TreeRows,
  opened: readonly string[],
  asked: readonly string[] | null,
): TreeState {
  const open = openable(rows, resolve(rows, asked ?? opened));
  const rest = { coming: null, goal: "selected", selected: null } as const;
  return { rows, open, asked, isAskedAll: asked !== null, ...rest };
}

/** What is chosen: shown, or on its way. */
export function chosen({ rows, coming }: TreeState): Choice {
  return coming ?? { lens: rows.lens, query: rows.query };
}

export function reduce(state: TreeState, action: Action): TreeState {
  switch (action.kind) {
    case "choose": {
      const asked = action.isReader ? null : state.asked;
      const coming = { ...chosen(state), ...action.choice };
      return { ...state, coming, goal: action.goal, asked };
    }
    case "show":
      return show(state, action.rows, action.opened);
    case "refuse":
      return { ...state, coming: null };
    case "prefer selected":
      return { ...state, goal: "selected" };
    case "fold":
      return {
        ...state,
        open: refold(state, action.opened, action.closed),
        asked: null,
      };
    case "ask open": {
      const asking = { ...state, asked: action.ids, isAskedAll: false };
      if (state.coming) return asking;
      return { ...asking, open: openable(state.rows, resolve(state.rows, action.ids)) };
    }
    case "reveal":
      return { ...state, open: refold(state, around(state.rows, action.row), []) };
    case "mark":
      return { ...state, selected: action.row };
  }
}

function show(state: TreeState, rows: TreeRows, opened: readonly number[]): TreeState {
  const { lens, query } = state.rows;
  const asked = resolve(rows, state.asked ?? []);
  const isSame = lens === rows.lens && query === rows.query;
  const isAll = state.isAskedAll && state.asked !== null;
  const others = isSame ? state.open : isAll ? [] : opened;
  const open = openable(rows, [...others, ...asked]);
  const selected = isSame ? state.selected : null;
  const isComing = state.coming !== null && !isShown(state.coming, rows);
  const coming = isComing ? state.coming : null;
  return { ...state, rows, open, selected, coming, isAskedAll: isComing && isAll };
}

const isShown = ({ lens, query }: Choice, rows: TreeRows) =>
  lens === rows.lens && query.trim() === rows.query;

function refold(
  { rows, open }: TreeState,
  opened: readonly number[],
  closed: readonly number[],
): ReadonlySet<number> {
  const isOpenable = (row: number) => !open.has(row) && rows.nChildren(row) > 0;
  if (!closed.some((row) => open.has(row)) && !opened.some(isOpenable)) return open;
  const after = new Set(open);
  for (const row of closed) after.delete(row);
  for (const row of opened) if (rows.nChildren(row) > 0) after.add(row);
  return after;
}

/** Of these rows those that can be open. */
function openable(rows: TreeRows, wanted: Iterable<number>): ReadonlySet<number> {
  const open = new Set<number>();
  for (const row of wanted) if (row > TOP && rows.nChildren(row) > 0) open.add(row);
  return open;
}

function resolve(rows: TreeRows, ids: readonly string[]): number[] {
  return ids.flatMap((id) => rows.rowOf(id) ?? []);
}
