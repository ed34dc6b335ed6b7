/** A details view without Jupyter, and short ways to build what it is shown. */
import { Channel } from "../src/channel";
import { type DetailsOptions, DetailsView } from "../src/panels/details";
import type { ArrayItem, CallAnswer } from "../src/protocol";
import { FakeModel } from "./fake_model";
import { exchange } from "./golden";

const fact = (label: string, text: string) => ({ label, text, exact: text });

export const ARRAY = {
  title: "kernel  f32[2,2]",
  about: [fact("bytes", "16 B")],
  users: [],
  n_users: 1,
  sharding: null,
  facts: [fact("mean", "0.25"), fact("NaN", "2")],
  note: "",
  histogram: {
    n_bins: 4,
    low: fact("low", "-0.5"),
    high: fact("high", "1"),
    max_count: 1,
    buffer: 0,
  },
  heatmap: {
    height: 2,
    width: 2,
    low: -0.5,
    high: 1,
    caption: "each value",
    shape: [2, 2],
    index: [null, null],
    row_axes: [0],
    column_axis: 1,
    mean_axes: [],
    each: null,
    n_pictures: 1,
    block_rows: 1,
    block_columns: 1,
    buffer: 1,
  },
};

export class FakeDetails {
  readonly model = new FakeModel();
  readonly controller = new AbortController();
  readonly chosen: string[] = [];
  readonly selected: string[] = [];
  readonly view: DetailsView;
  isConnected = true;

  constructor(options: Partial<DetailsOptions> = {}) {
    const { signal } = this.controller;
    const channel = new Channel(this.model.proxy, () => this.isConnected, signal);
    this.view = new DetailsView({
      channel,
      signal,
      tab: "parameters",
      entry: "",
      chooseTab: (tab) => this.view.showTab(tab),
      chooseItem: (key) => this.chosen.push(key),
      select: (address) => this.selected.push(address),
      ...options,
    });
    document.body.append(this.view.element);
  }

  close(): void {
    this.controller.abort();
    this.view.element.remove();
  }

  query(selector: string): HTMLElement | null {
    return this.view.element.querySelector<HTMLElement>(selector);
  }

  all(selector: string): HTMLElement[] {
    return [...this.view.element.querySelectorAll<HTMLElement>(selector)];
  }

  text(selector: string): string {
    return this.query(selector)?.textContent ?? "";
  }

  named(name: string): HTMLElement | null {
    return this.query(`[aria-label="${name}"]`);
  }

  sent(kind: string) {
    return this.model.sent.filter((request) => request.kind === kind);
  }

  /** Answers every array that was asked for with one of 2 by 2, [[NaN, 1], [-0.5, NaN]]. */
  async answerArrays(more: object = {}): Promise<void> {
    for (const index of this.sent("array").keys()) await this.answerArray(index, more);
  }

  /** Answers one of the questions for an array in that way, by its place among them. */
  async answerArray(index: number, more: object): Promise<void> {
    const counts = Uint32Array.from([1, 0, 0, 1]);
    const cells = Float32Array.from([Number.NaN, 1, -0.5, Number.NaN]);
    const buffers = [counts, cells].map(({ buffer }) => new DataView(buffer));
    const request = this.sent("array")[index];
    await this.model.answer(
      { kind: "array", body: { ...ARRAY, ...more } },
      buffers,
      request,
    );
  }
}

export const callAnswer = (more: Partial<CallAnswer> = {}): CallAnswer => ({
  ...(exchange("call").answer.body as unknown as CallAnswer),
  parameters: [],
  state: [],
  below: [],
  constants: [],
  rngs: [],
  overview: { charts: [], remarks: [] },
  ...more,
});

export const arrayItem = (more: Partial<ArrayItem> = {}): ArrayItem => ({
  key: `parameters/params/${more.name ?? "kernel"}`,
  group: "parameters",
  collection: "params",
  name: "kernel",
  text: "f32[2,2]",
  size: "16 B",
  notes: [],
  is_array: true,
  value_texts: [],
  sides: ["before"],
  axes: [
    { name: "", size: 2 },
    { name: "", size: 2 },
  ],
  no_difference: "",
  codes: ['run.root.scope_data.parameters["kernel"].value'],
  ...more,
});

export function press(target: Element | null, key: string): void {
  target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}
