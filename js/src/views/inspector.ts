/** The whole inspector: header, tree and details, and what they tell one another. */
import { type Channel, OvertakenError } from "../channel";
import { element } from "../dom";
import { ChildrenLoader } from "../loader";
import type { CallAnswer } from "../protocol";
import { TreeState } from "../state";
import type { Synced } from "../synced";
import type { Theme } from "../theme";
import { DetailsView } from "./details";
import { DividerView } from "./divider";
import { sentenceOf } from "./failure";
import { headerView } from "./header";
import { TreeView } from "./tree";

const NARROW_PX = 600;
const MIN_CONTENT_PX = 240;
const HEIGHT_PX = { min: 160, max: 2000, step: 24 };
const SPLIT_PERCENT = { min: 15, max: 85, step: 4 };

export class InspectorView {
  readonly element: HTMLElement;
  readonly #state: TreeState;
  readonly #loader: ChildrenLoader;
  readonly #tree: TreeView;
  readonly #details: DetailsView;
  readonly #body: HTMLElement;
  readonly #splitDivider: DividerView;
  readonly #heightDivider: DividerView;
  #splitPercent = 50;
  #height_px: number;
  /** How high the content has made it so far; it never gets lower under the reader. */
  #grown_px = MIN_CONTENT_PX;

  constructor(
    private readonly synced: Synced,
    private readonly channel: Channel,
    signal: AbortSignal,
  ) {
    const { opening } = synced;
    this.#height_px = synced.get("heightPx");
    this.#state = new TreeState(opening);
    this.#loader = new ChildrenLoader(channel, this.#state);
    this.#tree = new TreeView(
      `Calls of ${opening.title}`,
      this.#state,
      this.#loader,
      (address) => this.#select(address),
      signal,
    );
    this.#details = new DetailsView(
      channel,
      synced.get("tab"),
      (tab) => synced.set("tab", tab),
      signal,
    );
    this.#splitDivider = this.#createSplitDivider(signal);
    this.#heightDivider = this.#createHeightDivider(signal);
    this.#body = element(
      "div",
      { class: "uv-body" },
      this.#tree.element,
      this.#splitDivider.element,
      this.#details.element,
    );
    this.element = element(
      "div",
      { class: "uv-inspector", attributes: { "data-layout": "wide" } },
      headerView(opening),
      this.#body,
      this.#heightDivider.element,
    );
    this.#applySizes();
    this.#watchSize(signal);
    synced.observe("selected", (address) => void this.#reveal(address));
    synced.observe("tab", (tab) => this.#details.showTab(tab));
    synced.observe("heightPx", (height_px) => this.#fixHeight(height_px));
    this.#begin();
  }

  setTheme(theme: Theme): void {
    this.element.dataset.theme = theme;
    this.#details.setTheme(theme);
  }

  #begin(): void {
    const { call } = this.synced.opening;
    const selected = this.synced.get("selected");
    if (call && call.address === selected) {
      this.#tree.showSelected(selected);
      this.#details.show(call);
    } else {
      void this.#reveal(selected);
    }
  }

  /** The reader selected a row; other views of this widget and Python hear of it. */
  #select(address: string): void {
    if (this.synced.get("selected") === address) void this.#reveal(address);
    else this.synced.set("selected", address);
  }

  /** Shows a call wherever it is: opens what is around it, selects it, lists it. */
  async #reveal(address: string): Promise<void> {
    if (this.#state.row(address)) this.#tree.showSelected(address);
    try {
      const answer = await this.#details.waiting.during(this.#askFor(address));
      await this.#loader.reveal(address, answer.ancestors);
      if (this.synced.get("selected") !== address) return;
      this.#tree.showSelected(address);
      this.#details.show(answer);
    } catch (error) {
      if (error instanceof OvertakenError) return;
      if (this.synced.get("selected") !== address) return;
      this.#details.showFailure(sentenceOf(error) ?? "");
    }
  }

  async #askFor(address: string): Promise<CallAnswer> {
    const { call } = this.synced.opening;
    if (call?.address === address) return call;
    const { answer } = await this.channel.ask({ kind: "call", address }, "call");
    return answer;
  }

  #createSplitDivider(signal: AbortSignal): DividerView {
    const isNarrow = () => this.element?.dataset.layout === "narrow";
    return new DividerView(
      {
        label: "Share of the tree, in percent",
        class: "uv-split",
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
    return (this.#tree.element.offsetHeight / this.#body.offsetHeight) * 100;
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
        settle: () => this.synced.set("heightPx", Math.round(this.#height_px)),
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
