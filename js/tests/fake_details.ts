/** A details view without Jupyter, and short ways to build what it is shown. */
import { Channel } from "../src/channel";
import type { ArrayEntry, CallAnswer } from "../src/protocol";
import { type DetailsOptions, DetailsView } from "../src/views/details";
import { fromWire } from "../src/wire";
import { FakeModel } from "./fake_model";
import { buffersOf, exchange } from "./golden";

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
      chooseEntry: (key) => this.chosen.push(key),
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

  /** Answers every array that is asked for and not answered yet, with the golden one. */
  async answerArrays(more: object = {}): Promise<void> {
    const array = exchange("array");
    for (const request of this.sent("array")) {
      await this.model.answer({ ...array.answer, ...more }, buffersOf(array), request);
    }
  }
}

export const callAnswer = (more: Partial<CallAnswer> = {}): CallAnswer => ({
  ...fromWire<CallAnswer>(exchange("call").answer),
  parameters: [],
  state: [],
  constants: [],
  rngs: [],
  ...more,
});

export const arrayEntry = (more: Partial<ArrayEntry> = {}): ArrayEntry => ({
  key: `parameters/params/${more.name ?? "kernel"}`,
  group: "parameters",
  collection: "params",
  name: "kernel",
  text: "f32[2,2]  16 B",
  notes: [],
  isArray: true,
  valueText: "",
  moments: ["before"],
  axes: [
    { name: "", size: 2 },
    { name: "", size: 2 },
  ],
  code: 'run.root.scope_data.parameters["kernel"].value',
  ...more,
});

export function press(target: Element | null, key: string): void {
  target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}
