/** A model without Jupyter: remembers what was sent, and answers when a test says so. */
import type { AnyModel } from "@anywidget/types";

type Listener = (...values: unknown[]) => void;

export interface SentRequest {
  kind: string;
  id: number;
  body: Record<string, unknown>;
}

export class FakeModel {
  readonly sent: SentRequest[] = [];
  /** Answers at once, where a test says how; null leaves a request to the test. */
  respond: ((request: SentRequest) => object | null) | null = null;
  /** What comes with an answer. */
  buffers: (request: SentRequest) => DataView[] = () => [];
  nSaves = 0;
  readonly #traits: Map<string, unknown>;
  readonly #listeners: { event: string; listener: Listener }[] = [];

  constructor(traits: Record<string, unknown> = {}) {
    this.#traits = new Map(Object.entries(traits));
  }

  get nListeners(): number {
    return this.#listeners.length;
  }

  /** As anywidget hands it over. */
  get proxy(): AnyModel {
    return {
      get: (name: string) => this.#traits.get(name),
      set: (name: string, value: unknown) => this.setFromPython(name, value),
      save_changes: () => {
        this.nSaves += 1;
      },
      send: (request: SentRequest) => this.#send(request),
      on: (event: string, listener: Listener) => {
        this.#listeners.push({ event, listener });
      },
      off: (event: string, listener: Listener) => {
        const index = this.#listeners.findIndex(
          (it) => it.event === event && it.listener === listener,
        );
        if (index >= 0) this.#listeners.splice(index, 1);
      },
    } as unknown as AnyModel;
  }

  #send(request: SentRequest): void {
    this.sent.push(request);
    const answer = this.respond?.(request);
    if (answer)
      queueMicrotask(() => this.tell("msg:custom", answer, this.buffers(request)));
  }

  setFromPython(name: string, value: unknown): void {
    if (this.#traits.get(name) === value) return;
    this.#traits.set(name, value);
    this.tell(`change:${name}`);
  }

  get(name: string): unknown {
    return this.#traits.get(name);
  }

  tell(event: string, ...values: unknown[]): void {
    for (const it of [...this.#listeners]) {
      if (it.event === event) it.listener(...values);
    }
  }

  /** Answers the last request, or the given one, and lets promises settle. */
  async answer(
    message: object,
    buffers: readonly DataView[] = [],
    request = this.sent.at(-1),
  ): Promise<void> {
    this.tell("msg:custom", { ...message, id: request?.id }, buffers);
    await settle();
  }
}

/** Answers every request with a sentence. */
export const failing = (message: string) => (request: SentRequest) => ({
  kind: "failure",
  id: request.id,
  body: { message },
});

/** Lets every promise that is ready settle. */
export const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
