/**
 * The tree with its search box and lenses: holds the state of the tree, and keeps the
 * traits `lens`, `query` and `expanded` in step with it. All is answered here, out of the
 * columns; Python is asked for them once, and for the lines that come into view.
 */
import { type Channel, sentenceOf } from "../channel";
import { element } from "../controls/dom";
import { Waiting } from "../controls/waiting";
import type { LensText, Row } from "../protocol";
import { isSame, type Synced } from "../synced";
import { countedText, exactCount } from "../values/numbers";
import { FirstRows, isUnknown } from "./first_rows";
import { FoldedOutline } from "./folded";
import { LensesView } from "./lenses";
import { LineStore } from "./line_store";
import { branchesBelow, MAX_OPENED, openAtFirst } from "./opening_rows";
import { QueryError } from "./query";
import type { TreeRows } from "./rows";
import { SearchView } from "./search";
import { TreeSource } from "./source";
import { type Action, chosen, firstState, reduce, type TreeState } from "./state";
import { Outline } from "./structure";
import { TreeView } from "./tree";
import { Trees } from "./trees";

const FOLDED_PAUSE_MS = 150;

/** Among how many rows of a call that of the chosen entry is looked for. */
const MAX_CANDIDATES = 100;

export class OutlineView {
  readonly toolbar: HTMLElement;
  readonly tree: TreeView;
  readonly #search: SearchView;
  readonly #lenses: LensesView;
  readonly #waiting: Waiting;
  readonly #source: TreeSource;
  readonly #lensTexts: readonly LensText[];
  readonly #stores: ReadonlyMap<string, LineStore>;
  #state: TreeState;
  #folded: FoldedOutline;
  #trees: Trees | null = null;
  /** What was chosen, on its way. */
  #later: Promise<void> | null = null;
  /** The columns on their way, and those that say what holds NaN. */
  readonly #loading = new Map<boolean, Promise<Trees>>();
  /** Why the columns could not be had, else "". */
  #failure = "";
  #isTelling = false;
  #foldedTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param select Called with the row that the reader selects.
   * @param marked Called when another outline has marked what is selected.
   */
  constructor(
    private readonly synced: Synced,
    channel: Channel,
    private readonly select: (row: Row) => void,
    private readonly marked: () => void,
    private readonly signal: AbortSignal,
  ) {
    this.tree = new TreeView({
      signal,
      select: (row) => void this.#select(row),
      fold: (opened, closed) => this.#fold(opened, closed),
      foldAll: (row, isOpen) => this.#foldAll(row, isOpen),
      retry: () => this.#retry(),
      search: () => this.#search.focus(),
    });
    this.#search = new SearchView({
      signal,
      search: (query) => this.#choose({ query }, "hit"),
      step: (step) => void this.#step(step),
      chooseLens: (lens) => this.#choose({ lens }),
      leave: () => this.tree.focus(),
    });
    this.#lensTexts = synced.opening.lenses;
    this.#lenses = new LensesView(
      this.#lensTexts,
      (lens) => this.#choose({ lens }),
      signal,
    );
    this.toolbar = element(
      "div",
      { class: "uv-toolbar" },
      this.#search.element,
      this.#lenses.element,
    );
    this.#waiting = new Waiting(this.tree.tree, signal, this.tree.note);
    this.#source = new TreeSource(channel, synced);
    this.#stores = new Map(
      this.#lensTexts.map(({ name }) => [name, this.#newStore(name)]),
    );
    this.#state = this.#firstState();
    this.#folded = this.#foldedNow();
    this.#showRows();
    for (const name of ["lens", "query"] as const) {
      synced.observe(name, () => this.#follow("hit"));
    }
    synced.observe("expanded", (ids) => this.#followExpanded(ids));
    signal.addEventListener("abort", () => clearTimeout(this.#foldedTimer));
    this.#follow("selected");
    this.#load(false).catch(() => {
      // Whoever needs the columns hears why there are none.
    });
  }

  /** How the rows that are shown are drawn. */
  get #store(): LineStore {
    const { lens } = this.#state.rows;
    const store = this.#stores.get(lens);
    if (!store) throw new Error(`There is no lens ${lens}.`);
    return store;
  }

  /** How the row is drawn that stands for what is selected, once it is known. */
  get markedRow(): Row | undefined {
    const { selected } = this.#state;
    return selected === null ? undefined : this.#drawnRow(selected);
  }

  /** Finds the row of a call in this outline, opens what is around it and marks it. */
  async showSelected(address: string, isScrolledTo = true): Promise<void> {
    if (this.#state.coming) this.#dispatch({ kind: "prefer selected" });
    const { rows } = this.#state;
    const candidates = this.#rowsOf(address);
    const { selected } = this.#state;
    const isKnown = selected !== null && candidates.includes(selected);
    const row = isKnown ? selected : (candidates[0] ?? null);
    this.#mark(row, isScrolledTo);
    if (row === null) return;
    const entry = this.synced.get("entry");
    // A call has a row for each of its entries, and the first is not always meant.
    const isOne = isKnown || candidates.length === 1 || !entry;
    const needed = isOne ? [row] : candidates.slice(0, MAX_CANDIDATES);
    const isDrawn = needed.every((it) => this.#store.get(it));
    try {
      await this.#store.bring(needed);
    } catch {
      // The row is marked all the same.
      return;
    }
    if (this.#hasMovedOn(rows, row)) return;
    if (!isDrawn) this.tree.render();
    if (isKnown || !entry) return;
    const meant = candidates.find((it) => this.#isOfItem(it));
    if (meant !== undefined && meant !== row) this.#mark(meant, isScrolledTo);
  }

  #hasMovedOn(rows: TreeRows, row: number): boolean {
    const { rows: now, selected } = this.#state;
    return this.signal.aborted || rows !== now || selected !== row;
  }

  #isOfItem(row: number): boolean {
    const drawn = this.#drawnRow(row);
    const [tab, entry] = [this.synced.get("tab"), this.synced.get("entry")];
    return drawn?.tab === tab && drawn.entry === entry;
  }

  #mark(row: number | null, isScrolledTo: boolean): void {
    if (row !== null) {
      this.#dispatch({ kind: "reveal", row });
      this.#tellExpanded();
      const { rows } = this.#state;
      this.#search.showOrdinal(rows.ordinalOf(row), rows.nHits);
    }
    this.#dispatch({ kind: "mark", row });
    this.tree.showSelected(row, isScrolledTo);
  }

  /** The rows that select a call, the best first. */
  #rowsOf(address: string): number[] {
    const { rows } = this.#state;
    if (rows instanceof Outline) return this.#trees?.rowsOfCall(rows, address) ?? [];
    const row = rows.rowOf(address);
    return row === null ? [] : [row];
  }

  #drawnRow(row: number): Row | undefined {
    const { rows } = this.#state;
    const drawn = this.#store.get(row);
    if (!drawn || drawn.tab !== null || !(rows instanceof Outline)) return drawn;
    return { ...drawn, ...rows.itemOf(row) };
  }

  async #select(row: number): Promise<void> {
    const { rows } = this.#state;
    this.#mark(row, true);
    const known = this.#drawnRow(row);
    if (known) {
      this.select(known);
      return;
    }
    try {
      await this.#store.bring([row]);
    } catch (error) {
      this.tree.say(sentenceOf(error) ?? "");
      return;
    }
    if (this.#hasMovedOn(rows, row)) return;
    this.tree.render();
    const drawn = this.#drawnRow(row);
    if (drawn) this.select(drawn);
  }

  async #step(step: 1 | -1): Promise<void> {
    // What is searched for may be on its way.
    if (this.#state.coming) await this.#later;
    const { rows, selected } = this.#state;
    // Why there is nothing to go to stands under the box already.
    if (this.#search.isRefused || !(rows instanceof Outline)) return;
    const row = rows.nextHit(selected, step);
    if (row !== null) await this.#select(row);
  }

  /** Shows what the traits say, where that is not shown already. */
  #follow(goal: TreeState["goal"]): void {
    if (this.#isTelling) return;
    const [lens, query] = [this.synced.get("lens"), this.synced.get("query")];
    const now = chosen(this.#state);
    if (lens === now.lens && query.trim() === now.query.trim()) return;
    this.#search.setQuery(query);
    this.#choose({ lens, query }, goal, false);
  }

  /** @param goal What of a new search is to be looked at. */
  #choose(
    choice: { lens?: string; query?: string },
    goal: TreeState["goal"] = "selected",
    isReader = true,
  ): void {
    this.#dispatch({ kind: "choose", choice, goal, isReader });
    this.#lenses.setCurrent(chosen(this.#state).lens);
    const trees = this.#trees;
    if (trees && !trees.needsValues(chosen(this.#state).query)) this.#layOut(trees);
    else this.#later = this.#layOutLater();
  }

  async #layOutLater(): Promise<void> {
    const { coming } = this.#state;
    try {
      await this.#waiting.during(async (progress) => {
        const trees = this.#trees ?? (await this.#load(false, progress));
        const { query } = chosen(this.#state);
        if (trees.needsValues(query)) await this.#load(true, progress);
      });
    } catch (error) {
      if (coming === this.#state.coming) this.#refuse(sentenceOf(error) ?? "");
    }
  }

  /** @param meant What was probably meant; "" if nobody knows. */
  #refuse(sentence: string, meant = ""): void {
    this.#dispatch({ kind: "refuse" });
    this.#lenses.setCurrent(this.#state.rows.lens);
    this.#search.showError(sentence, meant);
  }

  /** Brings the columns, once; what waits for them happens then. */
  #load(readsValues: boolean, progress?: (fraction: number) => void): Promise<Trees> {
    let loading = this.#loading.get(readsValues);
    if (!loading) {
      loading = this.#loadNow(readsValues, progress);
      this.#loading.set(readsValues, loading);
    }
    return loading;
  }

  async #loadNow(
    readsValues: boolean,
    progress?: (fraction: number) => void,
  ): Promise<Trees> {
    try {
      const trees = new Trees(await this.#source.columns(readsValues, progress));
      if (!this.signal.aborted) this.#takeTrees(trees);
      return trees;
    } catch (error) {
      this.#loading.delete(readsValues);
      if (!readsValues && !this.#trees) this.#fail(sentenceOf(error) ?? "");
      throw error;
    }
  }

  #fail(sentence: string): void {
    this.#failure = sentence;
    this.#refold();
  }

  #takeTrees(trees: Trees): void {
    this.#failure = "";
    if (!this.#trees || trees.readsValues) {
      if (this.#trees) for (const store of this.#stores.values()) store.forget();
      this.#trees = trees;
    }
    this.#search.setSchema(trees.schema);
    const { rows, coming } = this.#state;
    if (rows instanceof FirstRows) this.#takeAllRows(this.#trees);
    const isEnough = !this.#trees.needsValues(chosen(this.#state).query);
    if (coming && isEnough) this.#layOut(this.#trees);
    else this.tree.refresh();
  }

  /** Has all rows of what the first picture showed a part of. */
  #takeAllRows(trees: Trees): void {
    const { rows } = this.#state;
    const outline = trees.outline(rows.lens, rows.query);
    this.#dispatch({ kind: "show", rows: outline, opened: [] });
    this.#lenses.setCounts(outline.counts);
    // What cannot be open is not, and the trait says so.
    if (this.#state.asked) this.#tellExpanded();
    if (this.#state.selected === null) this.#showTrait(true);
  }

  #layOut(trees: Trees): void {
    const choice = chosen(this.#state);
    let rows: Outline;
    try {
      rows = trees.outline(choice.lens, choice.query);
    } catch (error) {
      const isForReader = error instanceof QueryError;
      if (!isForReader) this.#refuse(sentenceOf(error) ?? "");
      else this.#refuse(error.message, trees.nearest(choice.lens, choice.query));
      return;
    }
    const isNarrowed = rows.query !== "" && rows.query !== this.#state.rows.query;
    const isForHits = isNarrowed && this.#state.goal === "hit";
    clearTimeout(this.#foldedTimer);
    this.#dispatch({ kind: "show", rows, opened: openAtFirst(rows) });
    this.#showRows();
    this.#tell({ ...choice, expanded: this.#expanded() });
    // Of a new search the first hits are looked at, not what was selected before.
    this.#showTrait(!isForHits);
    const [hit] = isForHits ? rows.hits(1) : [];
    if (hit === undefined) return;
    this.#dispatch({ kind: "reveal", row: hit });
    this.tree.showRow(hit);
    this.#tellExpanded();
  }

  #showTrait(isScrolledTo: boolean): void {
    const selected = this.synced.get("selected");
    void this.showSelected(selected, isScrolledTo).then(this.marked);
  }

  #retry(): void {
    this.#store.forgetFailures();
    this.#fail("");
    if (!this.#trees) this.#load(false).catch(() => {});
    this.tree.refresh();
  }

  #fold(opened: readonly number[], closed: readonly number[]): void {
    this.#dispatch({ kind: "fold", opened, closed });
    this.#tellExpanded();
  }

  #foldAll(row: number, isOpen: boolean): void {
    const { rows, open } = this.#state;
    if (!(rows instanceof Outline)) {
      void this.#foldAllLater(row, isOpen);
      return;
    }
    const branches = branchesBelow(rows, row);
    if (!isOpen) {
      this.tree.say("");
      this.#fold([], branches);
      return;
    }
    const closed = branches.filter((it) => !open.has(it));
    const nBefore = this.#folded.nLines;
    this.#fold(closed.slice(0, MAX_OPENED), []);
    const nMore = Math.max(0, closed.length - MAX_OPENED);
    this.tree.say(openedSentence(this.#folded.nLines - nBefore, nMore));
  }

  async #foldAllLater(row: number, isOpen: boolean): Promise<void> {
    try {
      await this.#load(false);
      if (this.#state.rows.lens === "calls") this.#foldAll(row, isOpen);
    } catch (error) {
      this.tree.say(sentenceOf(error) ?? "");
    }
  }

  #newStore(lens: string): LineStore {
    const store = new LineStore(
      (rows) => this.#source.lines(lens, rows),
      (sentence) => {
        if (this.signal.aborted) return;
        this.tree.render();
        if (sentence) this.tree.say(sentence);
      },
    );
    if (lens !== "calls") return store;
    for (const { rows } of this.synced.opening.outline.levels) {
      for (const { number, line } of rows) store.set(number, line);
    }
    return store;
  }

  #firstState(): TreeState {
    const { outline } = this.synced.opening;
    const expanded = this.synced.get("expanded");
    const asked = isSame(expanded, outline.expanded) ? null : expanded;
    return firstState(new FirstRows(outline), outline.expanded, asked);
  }

  #dispatch(action: Action): void {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state.open !== before.open || this.#state.rows !== before.rows) {
      this.#folded = this.#foldedNow();
      const { lens, query } = before.rows;
      const { rows } = this.#state;
      if (lens !== rows.lens || query !== rows.query) return;
      this.tree.refold(this.#folded, (row) => renumbered(before.rows, rows, row));
    }
  }

  #foldedNow(): FoldedOutline {
    const { rows, open } = this.#state;
    return new FoldedOutline(rows, open, this.#store, this.#failure);
  }

  #refold(): void {
    this.#folded = this.#foldedNow();
    this.tree.refold(this.#folded);
  }

  #showRows(): void {
    const { rows } = this.#state;
    const { lens, query } = rows;
    const named = lens.charAt(0).toUpperCase() + lens.slice(1);
    const label = `${named} of ${this.synced.opening.title}`;
    const empty = query
      ? `Nothing in ${lens} matches this query.`
      : (this.#lensTexts.find(({ name }) => name === lens)?.empty ?? "");
    this.tree.show(this.#folded, this.#store, label, empty);
    this.#search.show(rows, (query) => this.#trees?.nearest(lens, query) ?? "");
    this.#lenses.setCurrent(lens);
    this.#lenses.setCounts(rows.counts);
  }

  #expanded(): string[] {
    const { rows, open } = this.#state;
    return Array.from(open, (row) => rows.idOf(row));
  }

  #tellExpanded(): void {
    clearTimeout(this.#foldedTimer);
    this.#foldedTimer = setTimeout(() => {
      if (!this.#state.coming) this.#tell({ expanded: this.#expanded() });
    }, FOLDED_PAUSE_MS);
  }

  /** Writes traits that this view need not follow itself. */
  #tell(values: { lens?: string; query?: string; expanded: string[] }): void {
    this.#isTelling = true;
    this.synced.setAll(values);
    this.#isTelling = false;
  }

  #followExpanded(ids: readonly string[]): void {
    if (this.#isTelling) return;
    clearTimeout(this.#foldedTimer);
    this.#dispatch({ kind: "ask open", ids });
    // What cannot be open is not, and the trait says so.
    if (!this.#state.coming && this.#trees) this.#tellExpanded();
  }
}

/** The number of a row of the first picture, of which only the place was known. */
function renumbered(before: TreeRows, after: TreeRows, row: number): number {
  if (!isUnknown(row) || !(after instanceof Outline)) return row;
  return after.children(before.parentOf(row))[before.indexOf(row)] ?? row;
}

function openedSentence(nOpened: number, nMore: number): string {
  if (nOpened === 0 && nMore === 0) return "everything below is open";
  const opened = `opened ${countedText(nOpened, "row")}`;
  const verb = nMore === 1 ? "stays" : "stay";
  const left = `${exactCount(nMore)} more ${verb} closed`;
  return nMore > 0 ? `${opened}, ${left}: press * again to open more` : opened;
}
