/** The whole inspector: header, tree and details, and what they tell one another. */
import type { Channel } from "../channel";
import { DividerView } from "../controls/divider";
import { element } from "../controls/dom";
import { MAX_HEIGHT_PX, MIN_HEIGHT_PX, type Row, type Tab } from "../protocol";
import type { Synced } from "../synced";
import type { Theme } from "../theme";
import { OutlineView } from "../tree/outline";
import { DetailsView } from "./details";
import { headerView } from "./header";

const NARROW_PX = 600;
const MIN_CONTENT_PX = 240;
const HEIGHT_PX = { min: MIN_HEIGHT_PX, max: MAX_HEIGHT_PX, step: 24 };
const SPLIT_PERCENT = { min: 15, max: 85, step: 4 };

export class InspectorView {
  readonly element: HTMLElement;
  readonly #outline: OutlineView;
  readonly #details: DetailsView;
  readonly #body: HTMLElement;
  readonly #splitDivider: DividerView;
  readonly #heightDivider: DividerView;
  /** Address of the call that was asked for last. */
  #wanted: string | null = null;
  #isOnItsWay = false;
  #splitPercent = 50;
  #height_px: number;
  /** How high the content has made it so far; it never gets lower under the reader. */
  #grown_px = MIN_CONTENT_PX;

  constructor(
    private readonly synced: Synced,
    channel: Channel,
    signal: AbortSignal,
  ) {
    const { opening } = synced;
    this.#height_px = synced.get("height_px");
    this.#outline = new OutlineView(
      synced,
      channel,
      (row) => this.#selectRow(row),
      () => this.#followRow(),
      signal,
    );
    this.#details = new DetailsView({
      channel,
      signal,
      tab: synced.get("tab"),
      entry: synced.get("entry"),
      known: opening.call,
      chooseTab: (tab) => synced.set("tab", tab),
      chooseItem: (entry) => synced.set("entry", entry),
      select: (address, tab, entry) => this.#select(address, tab, entry),
      list: (lens, query) => this.#list(lens, query),
    });
    this.#splitDivider = this.#createSplitDivider(signal);
    this.#heightDivider = this.#createHeightDivider(signal);
    this.#body = element(
      "div",
      { class: "uv-body" },
      this.#outline.tree.element,
      this.#splitDivider.element,
      this.#details.element,
    );
    this.element = element(
      "div",
      { class: "uv-inspector", attributes: { "data-layout": "wide" } },
      headerView(opening, (lens, query) => this.#list(lens, query)),
      this.#outline.toolbar,
      this.#body,
      this.#heightDivider.element,
    );
    this.#applySizes();
    this.#watchSize(signal);
    synced.observe("selected", (address) => void this.#show(address));
    synced.observe("tab", () => this.#showTab());
    synced.observe("entry", (entry) => this.#details.showItem(entry));
    synced.observe("height_px", (height_px) => this.#fixHeight(height_px));
    void this.#show(synced.get("selected"));
  }

  setTheme(theme: Theme): void {
    this.element.dataset.theme = theme;
    this.#details.setTheme(theme);
  }

  /** Says a sentence that answers no question, e.g. why a trait is refused. */
  say(sentence: string): void {
    this.#outline.tree.say(sentence);
  }

  /** The reader selected a row; other views of this widget and Python hear of it. */
  #selectRow({ address, tab, entry }: Row): void {
    this.#select(address, tab, entry);
  }

  #list(lens: string, query: string): void {
    this.synced.setAll({ lens, query });
  }

  #select(address: string, tab: Tab | null = null, entry = ""): void {
    const isOther = this.synced.get("selected") !== address;
    this.synced.setAll({
      selected: address,
      ...(tab ? { tab } : {}),
      ...(entry ? { entry } : {}),
    });
    // Whoever selects a call again wants to see it, after a failure for example.
    if (!isOther) void this.#show(address);
  }

  async #show(address: string): Promise<void> {
    const marked = this.#outline.showSelected(address);
    const isThere = this.#wanted === address && this.#details.answer !== null;
    this.#wanted = address;
    if (!isThere) {
      this.#isOnItsWay = true;
      await this.#details.showCall(address);
      if (this.#wanted !== address) return;
      this.#isOnItsWay = false;
    }
    this.#showTab();
    await marked;
    if (this.#wanted === address) this.#followRow();
  }

  /** Where no entry of this call was asked for, the one of the marked row is shown. */
  #followRow(): void {
    const { answer } = this.#details;
    const row = this.#outline.markedRow;
    if (!answer || !row?.tab || !row.entry || row.address !== answer.address) return;
    const { parameters, state, constants, unused } = answer;
    const items = [...parameters, ...state, ...constants, ...unused];
    if (items.some(({ key }) => key === this.synced.get("entry"))) return;
    this.synced.setAll({ tab: row.tab, entry: row.entry });
  }

  /** Brings the panel to the front, unless it is that of a call still on its way. */
  #showTab(): void {
    if (!this.#isOnItsWay) this.#details.showTab(this.synced.get("tab"));
  }

  #createSplitDivider(signal: AbortSignal): DividerView {
    const isNarrow = () => this.element?.dataset.layout === "narrow";
    return new DividerView(
      {
        label: "Share of the tree, in percent",
        ...SPLIT_PERCENT,
        orientation: () => (isNarrow() ? "horizontal" : "vertical"),
        value: () => this.#shownPercent(),
        valueAt: (event) => {
          const box = this.#body.getBoundingClientRect();
          return isNarrow()
            ? ((event.clientY - box.top) / box.height) * 100
            : ((event.clientX - box.left) / box.width) * 100;
        },
        change: (percent) => {
          this.#splitPercent = percent;
          this.element.dataset.split = "own";
          this.#applySizes();
        },
      },
      signal,
    );
  }

  /** Until the reader moves the line, a narrow tree may take less than its share. */
  #shownPercent(): number {
    const { dataset } = this.element ?? { dataset: {} };
    if (dataset.layout !== "narrow" || dataset.split === "own") {
      return this.#splitPercent;
    }
    return (this.#outline.tree.element.offsetHeight / this.#body.offsetHeight) * 100;
  }

  #createHeightDivider(signal: AbortSignal): DividerView {
    return new DividerView(
      {
        label: "Height of the inspector, in pixels",
        class: "uv-bottom",
        ...HEIGHT_PX,
        orientation: () => "horizontal",
        value: () => this.element?.offsetHeight || this.#height_px,
        valueAt: (event) => event.clientY - this.element.getBoundingClientRect().top,
        change: (height_px) => this.#fixHeight(height_px),
        settle: () => this.synced.set("height_px", Math.round(this.#height_px)),
      },
      signal,
    );
  }

  /** From now on the height is what somebody asked for, whatever the content. */
  #fixHeight(height_px: number): void {
    this.#height_px = height_px;
    this.#grown_px = height_px;
    this.#applySizes();
    this.#heightDivider.update();
  }

  #applySizes(): void {
    const min_px = Math.min(this.#grown_px, this.#height_px);
    this.element.style.setProperty("--uv-height", `${this.#height_px}px`);
    this.element.style.setProperty("--uv-min-height", `${min_px}px`);
    this.element.style.setProperty("--uv-split", `${this.#splitPercent}%`);
  }

  #watchSize(signal: AbortSignal): void {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry || entry.contentRect.width === 0) return;
      const { width, height } = entry.contentRect;
      this.element.dataset.layout = width < NARROW_PX ? "narrow" : "wide";
      this.#grown_px = Math.max(this.#grown_px, height);
      this.#applySizes();
      this.#splitDivider.update();
      this.#heightDivider.update();
    });
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect());
  }
}
