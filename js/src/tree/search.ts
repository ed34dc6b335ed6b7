/** The search box, what it found, and the way from hit to hit. */
import { element, uniqueId } from "../controls/dom";
import { iconButton } from "../controls/icon";
import { countedText, exactCount } from "../values/numbers";
import type { TableSchema } from "./columns";
import { QueryHelpView } from "./query_help";
import { examplesOf, SYNTAX_EXAMPLES } from "./query_language";
import type { TreeRows } from "./rows";

const TYPING_PAUSE_MS = 120;

/** Whoever edited the box this short a time ago is still at it. */
const EDITED_MS = 1000;

/** JupyterLab takes no key for a shortcut below an element with this attribute. */
const NO_SHORTCUTS = "data-lm-suppress-shortcuts";

export interface SearchOptions {
  signal: AbortSignal;
  /** Called with what is to be looked for; "" for everything. */
  search(query: string): void;
  /** Called to go on to the next hit (1), or back to the last one (-1). */
  step(step: 1 | -1): void;
  chooseLens(lens: string): void;
  /** Called when the reader leaves the box for the tree. */
  leave(): void;
}

/** Gives what a query that finds nothing was probably meant to be, or "". */
type SearchNearest = (query: string) => string;

export class SearchView {
  readonly element: HTMLElement;
  readonly #box: HTMLInputElement;
  readonly #status = element("span", {
    class: "uv-hits",
    attributes: { role: "status" },
  });
  readonly #error: HTMLElement;
  readonly #previous = iconButton("previous", "Previous hit");
  readonly #next = iconButton("next", "Next hit");
  readonly #help: QueryHelpView;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writeTimer: ReturnType<typeof setTimeout> | undefined;
  #editedAt_ms = Number.NEGATIVE_INFINITY;
  /** What was last asked for, or is shown. */
  #query = "";

  constructor(private readonly options: SearchOptions) {
    const { signal } = options;
    const errorId = uniqueId("query-error");
    this.#box = element("input", {
      class: "uv-search-box",
      attributes: {
        type: "text",
        role: "searchbox",
        "aria-label": "Search calls, parameters, shapes, flags",
        "aria-describedby": errorId,
        "aria-keyshortcuts": "/",
        placeholder: "Search calls, parameters, shapes, flags",
        spellcheck: "false",
        autocomplete: "off",
        autocapitalize: "off",
      },
    });
    this.#error = element("p", {
      class: "uv-failure uv-query-error",
      attributes: { id: errorId, role: "alert" },
    });
    this.#help = new QueryHelpView((query) => this.#fill(query), signal);
    this.#error.hidden = true;
    this.element = element(
      "div",
      { class: "uv-search", attributes: { role: "search" } },
      element("div", { class: "uv-search-field" }, this.#box, this.#help.button),
      this.#status,
      element("span", { class: "uv-steps" }, this.#previous, this.#next),
      this.#error,
      this.#help.panel,
    );
    this.#listen(signal);
    this.showCount(null);
  }

  /** Whether it says why there is no answer to what is in the box. */
  get isRefused(): boolean {
    return !this.#error.hidden;
  }

  focus(): void {
    this.#box.focus();
    this.#box.select();
  }

  /** Writes a query into the box that was not typed there, once nobody types. */
  setQuery(query: string): void {
    if (!this.#isTyping) clearTimeout(this.#timer);
    this.#query = query;
    this.#writeQuery();
  }

  get #isTyping(): boolean {
    const root = this.element.getRootNode() as Document | ShadowRoot;
    const hasFocus = root.activeElement === this.#box;
    return hasFocus && performance.now() - this.#editedAt_ms < EDITED_MS;
  }

  /** What the reader types is searched for; where that failed to win, this does. */
  #writeQuery(): void {
    clearTimeout(this.#writeTimer);
    if (this.#box.value.trim() === this.#query) return;
    if (this.#isTyping) {
      this.#writeTimer = setTimeout(() => this.#writeQuery(), EDITED_MS);
    } else this.#box.value = this.#query;
  }

  /** Has the help tell of these columns. */
  setSchema(schema: readonly TableSchema[]): void {
    this.#help.setExamples([...SYNTAX_EXAMPLES, ...examplesOf(schema)]);
  }

  /**
   * Says how much a new outline shows.
   *
   * @param nearest What a query that finds nothing was probably meant to be.
   */
  show(rows: TreeRows, nearest: SearchNearest): void {
    this.#query = rows.query;
    if (this.#box.value.trim() === rows.query) this.showError("");
    if (rows.query === "") this.showCount(null);
    else if (rows.nHits > 0) this.showCount(countedText(rows.nHits, "hit"));
    else this.#showNoHits(rows, nearest);
    for (const button of [this.#previous, this.#next]) button.disabled = !rows.nHits;
  }

  /** Says which of the hits is selected. */
  showOrdinal(ordinal: number, nHits: number): void {
    if (ordinal > 0) this.showCount(`${exactCount(ordinal)} of ${exactCount(nHits)}`);
    else if (nHits > 0) this.showCount(countedText(nHits, "hit"));
  }

  /**
   * Says why the query cannot be read; "" where it can. What was counted goes.
   *
   * @param meant What was probably meant; "" if nobody knows.
   */
  showError(sentence: string, meant = ""): void {
    if (sentence) this.showCount(null);
    this.#error.textContent = sentence;
    if (meant) this.#error.append(" Try ", this.#queryButton(meant), ".");
    this.#error.hidden = sentence === "";
    this.#box.setAttribute("aria-invalid", String(sentence !== ""));
  }

  /** @param text null for no query. */
  showCount(text: string | null): void {
    this.element.classList.toggle("uv-searching", text !== null);
    if (this.#status.textContent !== text) this.#status.replaceChildren(text ?? "");
  }

  #showNoHits({ lens, counts, query }: TreeRows, nearest: SearchNearest): void {
    this.showCount(`no hits in ${lens}`);
    const other = counts
      .filter((it) => it.lens !== lens && it.n_items > 0)
      .sort((a, b) => b.n_items - a.n_items)[0];
    const meant = other ? "" : nearest(query);
    if (meant) this.#status.append("; try ", this.#queryButton(meant));
    if (!other) return;
    const text = `${exactCount(other.n_items)} in ${other.lens}`;
    const button = this.#link(text, () => this.options.chooseLens(other.lens));
    this.#status.append("; ", button);
  }

  #queryButton(query: string): HTMLElement {
    return this.#link(query, () => this.#fill(query));
  }

  #link(text: string, choose: () => void): HTMLElement {
    const attributes = { type: "button" };
    const button = element("button", { class: "uv-link", attributes }, text);
    button.addEventListener("click", choose, { signal: this.options.signal });
    return button;
  }

  #listen(signal: AbortSignal): void {
    const box = this.#box;
    box.addEventListener("input", () => this.#typeOn(), { signal });
    box.addEventListener("keydown", (event) => this.#press(event), { signal });
    for (const kind of ["keypress", "keyup"] as const) {
      box.addEventListener(kind, (event) => event.stopPropagation(), { signal });
    }
    box.addEventListener("focus", () => this.#setShortcuts(false), { signal });
    box.addEventListener("blur", () => this.#setShortcuts(true), { signal });
    this.#previous.addEventListener("click", () => this.options.step(-1), { signal });
    this.#next.addEventListener("click", () => this.options.step(1), { signal });
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#writeTimer);
    });
  }

  #typeOn(): void {
    this.#editedAt_ms = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), TYPING_PAUSE_MS);
  }

  #search(): void {
    clearTimeout(this.#timer);
    const query = this.#box.value.trim();
    if (query === this.#query) return;
    this.#query = query;
    this.options.search(query);
  }

  #fill(query: string): void {
    this.#box.value = query;
    this.#search();
    this.focus();
  }

  #press(event: KeyboardEvent): void {
    // The letters are the reader's, not the notebook's shortcuts.
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter") this.#enter(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") this.#escape();
    else if (event.key === "ArrowDown") this.options.leave();
    else return;
    event.preventDefault();
  }

  #enter(step: 1 | -1): void {
    this.#search();
    this.options.step(step);
  }

  #escape(): void {
    if (this.#help.isOpen) this.#help.toggle(false);
    else if (this.#box.value === "") this.options.leave();
    else {
      this.#box.value = "";
      this.#search();
    }
  }

  /** The page sees the shadow root's host where the box is. */
  #setShortcuts(isOn: boolean): void {
    const root = this.element.getRootNode();
    if (root instanceof ShadowRoot) root.host.toggleAttribute(NO_SHORTCUTS, !isOn);
  }
}
