/**
 * The tree with its search box and lenses: asks for an outline when the lens or the
 * query changes, and keeps `lens`, `query` and `expanded` in step with Python and with
 * the other views of the widget.
 */
import { type Channel, OvertakenError, sentenceOf } from "../channel";
import { element } from "../controls/dom";
import { Waiting } from "../controls/waiting";
import type { Lens, LocateAnswer, OutlineAnswer, Row } from "../protocol";
import { isSame, type Synced } from "../synced";
import { LENS_TEXTS } from "./lens_texts";
import { LensesView } from "./lenses";
import { LoadedOutline } from "./loaded_outline";
import { RowLoader } from "./loader";
import { SearchView } from "./search";
import { TreeView } from "./tree";

const FOLDED_PAUSE_MS = 150;

/** What Python sets in one cell arrives one after the other, within this time. */
const ONE_CELL_MS = 400;

export class OutlineView {
  readonly toolbar: HTMLElement;
  readonly tree: TreeView;
  readonly #search: SearchView;
  readonly #lenses: LensesView;
  readonly #waiting: Waiting;
  #outline: LoadedOutline;
  #loader: RowLoader;
  /** Lens and query that are shown, or on their way. */
  #chosen: { lens: Lens; query: string };
  #isAsking = false;
  /** The outline on its way, for whoever has to wait for it. */
  #asked: Promise<void> = Promise.resolve();
  /** What `expanded` became while the outline that it belongs to was on its way. */
  #expandedToCome: readonly string[] | null = null;
  /** What somebody else wrote to `expanded` last, and when. */
  #expandedAsked: { ids: readonly string[]; at_ms: number } | null = null;
  /** Whether `expanded` is all that is to be open, as a widget begins with it. */
  #isBeginning = true;
  #isTelling = false;
  /** What the outline on its way is searched for by whoever wants it. */
  #goal: "selected" | "hit" = "selected";
  #foldedTimer: ReturnType<typeof setTimeout> | undefined;
  #stepping: Promise<void> = Promise.resolve();

  /**
   * @param select Called with the row that the reader selects.
   * @param marked Called when another outline has marked what is selected.
   */
  constructor(
    private readonly synced: Synced,
    private readonly channel: Channel,
    private readonly select: (row: Row) => void,
    private readonly marked: () => void,
    signal: AbortSignal,
  ) {
    this.tree = new TreeView({
      signal,
      select: (row) => this.#select(row),
      folded: () => this.#tellExpanded(),
      search: () => this.#search.focus(),
    });
    this.#search = new SearchView({
      signal,
      search: (query) => void this.#ask({ query }, "hit"),
      step: (step) => this.#step(step),
      chooseLens: (lens) => void this.#ask({ lens }),
      leave: () => this.tree.focus(),
    });
    this.#lenses = new LensesView((lens) => void this.#ask({ lens }), signal);
    this.toolbar = element(
      "div",
      { class: "uv-toolbar" },
      this.#search.element,
      this.#lenses.element,
    );
    this.#waiting = new Waiting(this.tree.tree, signal, this.tree.note);
    this.#outline = new LoadedOutline(synced.opening.outline);
    this.#loader = this.#newLoader();
    this.#chosen = this.#outline;
    this.#showOutline();
    for (const name of ["lens", "query"] as const) {
      synced.observe(name, () => this.#follow());
    }
    synced.observe("expanded", (ids) => this.#followExpanded(ids));
    signal.addEventListener("abort", () => {
      clearTimeout(this.#foldedTimer);
      this.#loader.stop();
    });
    const expanded = synced.get("expanded");
    const { outline } = synced.opening;
    if (!isSame(expanded, outline.expanded)) this.#followExpanded(expanded);
    this.#follow(true);
    this.#isBeginning = this.#isAsking;
  }

  /** The row that stands for what is selected, where there is one. */
  get markedRow(): Row | undefined {
    const { selectedRow } = this.tree;
    return selectedRow === null ? undefined : this.#outline.row(selectedRow);
  }

  /** Finds the row of a call in this outline, opens what is around it and marks it. */
  async showSelected(address: string, isScrolledTo = true): Promise<void> {
    const outline = this.#outline;
    // Whoever selects while a search is on its way wants to see that, not its hits.
    if (this.#isAsking) this.#goal = "selected";
    const known = this.#knownRow(address);
    if (known) {
      outline.openAround(known.id);
      this.tree.showSelected(known.id, isScrolledTo);
      this.#tellExpanded();
      if (outline.isSearched) void this.#showOrdinal(known);
      return;
    }
    try {
      const found = await this.#loader.locate({ address }, "locate");
      await this.#reveal(found, outline, isScrolledTo);
      // A call has a row for each of its entries, and the first is not always meant.
      const meant = outline === this.#outline ? this.#entryRow(address) : undefined;
      if (meant) this.tree.showSelected(meant.id, isScrolledTo);
    } catch (error) {
      // The details say why; what the tree shows is still true.
      if (!(error instanceof OvertakenError) && outline === this.#outline) {
        this.tree.showSelected(null);
      }
    }
  }

  /** A row that has arrived and stands for what is selected. */
  #knownRow(address: string): Row | undefined {
    const outline = this.#outline;
    const selected = this.tree.selectedRow;
    const row = selected === null ? undefined : outline.row(selected);
    if (row?.address === address) return row;
    if (outline.lens === "calls") return outline.row(address);
    return this.#entryRow(address);
  }

  /** The row that has arrived of the entry that is chosen. */
  #entryRow(address: string): Row | undefined {
    const outline = this.#outline;
    const [tab, entry] = [this.synced.get("tab"), this.synced.get("entry")];
    if (!entry) return undefined;
    for (const it of outline.rows()) {
      if (it.address === address && it.tab === tab && it.entry === entry) return it;
    }
    return undefined;
  }

  async #reveal(
    { trail, row, ordinal, nHits }: LocateAnswer,
    outline: LoadedOutline,
    isScrolledTo: boolean,
  ): Promise<void> {
    if (outline !== this.#outline) return;
    if (row) await this.#loader.reveal(trail);
    if (outline !== this.#outline) return;
    this.tree.showSelected(row?.id ?? null, isScrolledTo);
    this.#search.showOrdinal(ordinal, nHits);
    this.#tellExpanded();
  }

  #select(row: Row): void {
    this.tree.showSelected(row.id);
    this.select(row);
  }

  async #showOrdinal({ id }: Row): Promise<void> {
    const outline = this.#outline;
    try {
      const { ordinal, nHits } = await this.#loader.locate({ row: id }, "ordinal");
      if (outline === this.#outline) this.#search.showOrdinal(ordinal, nHits);
    } catch {
      // Without a kernel there is no number, and the row is selected all the same.
    }
  }

  /** One step after the other, so that three quick presses are three steps. */
  #step(step: 1 | -1): void {
    this.#stepping = this.#stepping.then(() => this.#stepOnce(step));
  }

  async #stepOnce(step: 1 | -1): Promise<void> {
    await this.#asked;
    // Why there is nothing to go to stands under the box already.
    if (this.#search.isRefused) return;
    const outline = this.#outline;
    if (!outline.isSearched || outline.nHits === 0) return;
    try {
      const row = this.tree.selectedRow ?? "";
      const found = await this.#loader.locate({ row, step });
      await this.#reveal(found, outline, true);
      if (found.row && outline === this.#outline) this.select(found.row);
    } catch (error) {
      this.tree.say(sentenceOf(error) ?? "");
    }
  }

  /** Shows what the traits say, where that is not shown already. */
  #follow(isFirst = false): void {
    const [lens, query] = [this.synced.get("lens"), this.synced.get("query")];
    if (lens === this.#outline.lens && query === this.#outline.query) return;
    this.#search.setQuery(query);
    const asked = this.#expandedAsked;
    if (asked && performance.now() - asked.at_ms < ONE_CELL_MS) {
      this.#expandedToCome ??= asked.ids;
    }
    void this.#ask({ lens, query }, isFirst ? "selected" : "hit");
  }

  /** @param goal What of a new search is to be looked at. */
  #ask(
    changes: { lens?: Lens; query?: string },
    goal: "selected" | "hit" = "selected",
  ): Promise<void> {
    const { lens, query } = this.#chosen;
    this.#goal = goal;
    this.#asked = this.#askNow({ lens, query, ...changes });
    return this.#asked;
  }

  async #askNow(chosen: { lens: Lens; query: string }): Promise<void> {
    this.#chosen = chosen;
    this.#lenses.setCurrent(chosen.lens);
    this.#isAsking = true;
    try {
      const { answer } = await this.#waiting.during(() =>
        this.channel.ask({ kind: "outline", ...chosen }, "outline"),
      );
      this.#isAsking = false;
      this.#take(answer);
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence === null) return;
      this.#isAsking = false;
      this.#chosen = this.#outline;
      this.#lenses.setCurrent(this.#outline.lens);
      this.#search.showError(sentence);
    }
  }

  #take(answer: OutlineAnswer): void {
    const isNarrowed = answer.query !== "" && answer.query !== this.#outline.query;
    const isForHits = isNarrowed && this.#goal === "hit";
    this.#loader.stop();
    clearTimeout(this.#foldedTimer);
    this.#outline = new LoadedOutline(answer);
    this.#loader = this.#newLoader();
    this.#showOutline();
    const { lens, query, expanded } = this.#outline;
    const wanted = this.#takeExpandedToCome(expanded);
    this.#tell({ lens, query, expanded: wanted });
    if (!isSame(wanted, expanded)) void this.#applyExpanded(wanted);
    // Of a new search the first hits are looked at, not what was selected before.
    void this.showSelected(this.synced.get("selected"), !isForHits).then(this.marked);
    if (isForHits) void this.#showFirstHit();
  }

  /** What is to be open: what the outline opens, and what was asked for besides. */
  #takeExpandedToCome(expanded: readonly string[]): string[] {
    const toCome = this.#expandedToCome;
    const isAll = toCome !== null && this.#isBeginning;
    this.#expandedToCome = null;
    this.#expandedAsked = null;
    this.#isBeginning = false;
    return [...new Set([...(isAll ? [] : expanded), ...(toCome ?? [])])];
  }

  /** Writes traits that this view need not follow itself. */
  #tell(values: { lens?: Lens; query?: string; expanded: string[] }): void {
    this.#isTelling = true;
    this.synced.setAll(values);
    this.#isTelling = false;
  }

  /** Brings the first hit into view, wherever it is; it is not selected. */
  async #showFirstHit(): Promise<void> {
    const outline = this.#outline;
    if (outline.nHits === 0) return;
    try {
      const row = outline.firstHit ?? (await this.#findFirstHit());
      if (!row || outline !== this.#outline) return;
      this.tree.showRow(row.id);
      this.#tellExpanded();
    } catch {
      // The hits are there all the same, and the reader can go to them.
    }
  }

  async #findFirstHit(): Promise<Row | null> {
    const loader = this.#loader;
    const { row, trail } = await loader.locate({ step: 1 }, "first hit");
    if (row) await loader.reveal(trail);
    return row;
  }

  #newLoader(): RowLoader {
    return new RowLoader(this.channel, this.#outline, (sentence) => {
      this.tree.render();
      if (sentence) this.tree.say(sentence);
    });
  }

  #showOutline(): void {
    const { lens, query, counts } = this.#outline;
    const label = `${LENS_TEXTS[lens].label} of ${this.synced.opening.title}`;
    const empty = query
      ? `Nothing in ${lens} matches this query.`
      : LENS_TEXTS[lens].empty;
    this.tree.show(this.#outline, this.#loader, label, empty);
    this.#search.show(this.#outline);
    this.#lenses.setCurrent(lens);
    this.#lenses.setCounts(counts);
  }

  #tellExpanded(): void {
    clearTimeout(this.#foldedTimer);
    this.#foldedTimer = setTimeout(() => {
      if (!this.#isAsking) this.#tell({ expanded: this.#outline.expanded });
    }, FOLDED_PAUSE_MS);
  }

  #followExpanded(ids: readonly string[]): void {
    if (this.#isTelling) return;
    this.#expandedAsked = { ids, at_ms: performance.now() };
    const { lens, query } = this.#outline;
    const isOther =
      lens !== this.synced.get("lens") || query !== this.synced.get("query");
    if (this.#isAsking || isOther) this.#expandedToCome = ids;
    else void this.#applyExpanded(ids);
  }

  /** Opens these rows and closes all others. */
  async #applyExpanded(ids: readonly string[]): Promise<void> {
    const outline = this.#outline;
    const wanted = new Set(ids);
    for (const id of outline.expanded) if (!wanted.has(id)) outline.setOpen(id, false);
    const unknown = ids.filter((id) => !outline.row(id));
    for (const id of ids) outline.setOpen(id, true);
    this.tree.refresh();
    for (const id of unknown) {
      await this.#openUnknown(id, outline);
      if (outline !== this.#outline) return;
    }
    if (unknown.length === 0) return;
    this.tree.refresh();
    this.#tellExpanded();
  }

  async #openUnknown(row: string, outline: LoadedOutline): Promise<void> {
    try {
      const { trail } = await this.#loader.locate({ row });
      if (outline !== this.#outline) return;
      if (trail.length > 0) await this.#loader.reveal(trail);
      outline.setOpen(row, true);
    } catch {
      // There is no such row here; the others are opened all the same.
    }
  }
}
