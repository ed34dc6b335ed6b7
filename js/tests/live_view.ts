/** The widget in a page, with a fake Python behind it that answers at once. */
import { expect, vi } from "vitest";
import widget from "../src/index";
import { FakeModel, type SentRequest, settle } from "./fake_model";
import { type FakeRun, LENS_TEXTS } from "./fake_run";

const NO_CALL = {
  subtitle: "",
  code: "",
  facts: [],
  parameters: [],
  unused: [],
  nMoreUnused: 0,
  state: [],
  below: [],
  constants: [],
  rngs: [],
  overview: {
    charts: [{ title: "By child", columns: [], bars: [], nRest: 0 }],
    remarks: [],
  },
  error: "",
};

/** Longer than every pause that the views make, on a busy machine too. */
const PAUSE_MS = 240;

export class LiveView {
  readonly model: FakeModel;
  readonly el = document.createElement("div");
  readonly #unmount: () => void;
  #nHeld = 0;

  constructor(
    private readonly run: FakeRun,
    traits: Record<string, unknown> = {},
    model?: FakeModel,
  ) {
    const outline = run.firstOutline();
    const opening = {
      title: "Net.__call__",
      facts: [],
      lenses: LENS_TEXTS,
      outline,
      error: "",
    };
    this.model =
      model ??
      new FakeModel({
        selected: "/",
        tab: "parameters",
        entry: "",
        lens: "calls",
        query: "",
        expanded: outline.expanded,
        height_px: 480,
        panel: "",
        opening,
        ...traits,
      });
    this.model.respond ??= (request) => answer(run, request);
    this.model.buffers = (request) => run.buffers(request);
    document.body.append(this.el);
    const place = { model: this.model.proxy, el: this.el };
    this.#unmount = widget.render(place as never) as () => void;
  }

  /** A view whose columns are there. */
  static async open(
    run: FakeRun,
    traits: Record<string, unknown> = {},
    model?: FakeModel,
  ): Promise<LiveView> {
    const view = new LiveView(run, traits, model);
    await view.ready();
    return view;
  }

  /** Waits for the columns: the first picture counts nothing, and they do. */
  async ready(): Promise<void> {
    await vi.waitFor(() => expect(this.query(".uv-count")?.textContent).not.toBe(""), {
      timeout: 5000,
      interval: 5,
    });
    await settle();
  }

  close(): void {
    this.#unmount();
    this.el.remove();
  }

  get root(): ShadowRoot {
    return this.el.firstElementChild?.shadowRoot as ShadowRoot;
  }

  query<T extends HTMLElement = HTMLElement>(selector: string): T | null {
    return this.root.querySelector<T>(selector);
  }

  get rows(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(".uv-line")];
  }

  get names(): (string | null)[] {
    return this.rows.map((row) => row.getAttribute("aria-label"));
  }

  row(name: string): HTMLElement | undefined {
    return this.rows.find((row) => row.getAttribute("aria-label") === name);
  }

  get selected(): string | null | undefined {
    return this.query('[aria-selected="true"].uv-line')?.getAttribute("aria-label");
  }

  get focused(): string | null | undefined {
    return this.root.activeElement?.getAttribute("aria-label");
  }

  async fold(name: string): Promise<void> {
    this.row(name)?.querySelector<HTMLElement>(".uv-triangle")?.click();
    await settle();
  }

  async click(name: string): Promise<void> {
    this.row(name)?.click();
    await settle();
  }

  /** Presses keys on whatever has the focus. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.pressWith({ key });
  }

  async pressWith(init: KeyboardEventInit): Promise<void> {
    const event = { bubbles: true, composed: true, cancelable: true, ...init };
    this.root.activeElement?.dispatchEvent(new KeyboardEvent("keydown", event));
    await settle();
  }

  async scrollTo(line: number): Promise<void> {
    const tree = this.query(".uv-tree");
    if (tree) tree.scrollTop = line * 22;
    tree?.dispatchEvent(new Event("scroll"));
    await this.pause();
  }

  async type(text: string): Promise<void> {
    const box = this.query<HTMLInputElement>('[role="searchbox"]');
    if (!box) return;
    box.focus();
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await this.pause();
  }

  get status(): string | undefined {
    return this.query(".uv-hits")?.textContent;
  }

  get note(): string | undefined {
    return this.query(".uv-tree-note")?.textContent;
  }

  sent(kind: string): SentRequest[] {
    return this.model.sent.filter((request) => request.kind === kind);
  }

  /** Lets Python be busy, until `release`. */
  hold(): void {
    this.#nHeld = this.model.sent.length;
    this.model.respond = null;
  }

  /** Answers what was asked since `hold`. */
  async release(): Promise<void> {
    this.model.respond = (request) => answer(this.run, request);
    for (const request of this.model.sent.slice(this.#nHeld)) {
      await this.model.answer(
        answer(this.run, request) ?? {},
        this.run.buffers(request),
        request,
      );
    }
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function answer(run: FakeRun, request: SentRequest): object | null {
  const { id, kind } = request;
  if (kind === "call") {
    const { address } = request.body;
    const body = { ...NO_CALL, address, title: address };
    return { id, kind, body };
  }
  const answered = run.answer(request as never);
  return answered;
}
