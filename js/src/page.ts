/**
 * The inspector on a page of its own: the record is in the page, nobody is asked.
 * `unflax_viz/widget/page.py` writes that page.
 */
import type { AnyModel } from "@anywidget/types";
import widget from "./index";

interface Record {
  opening: unknown;
  /** By request: its fields without `id` as sorted pairs, written as JSON. */
  answers: { [request: string]: { answer: object; buffers: string[] } | undefined };
}

type Listener = (...args: unknown[]) => void;

function decode(base64: string): DataView {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new DataView(bytes.buffer);
}

/** A model that answers from the record, with the traits that the widget has. */
export class PageModel {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #traits: Map<string, unknown>;

  constructor(private readonly record: Record) {
    this.#traits = new Map<string, unknown>([
      ["opening", record.opening],
      ["selected", "/"],
      ["tab", "parameters"],
      ["height_px", Math.max(360, window.innerHeight - 28)],
    ]);
  }

  get(name: string): unknown {
    return this.#traits.get(name);
  }

  set(name: string, value: unknown): void {
    this.#traits.set(name, value);
    this.#tell(`change:${name}`);
  }

  save_changes(): void {}

  on(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  send(request: { id: number }): void {
    const { id, ...question } = request;
    const key = JSON.stringify(Object.entries(question).sort());
    const kept = this.record.answers[key];
    const answer = kept
      ? { ...kept.answer, id }
      : { kind: "failure", id, message: "This file does not hold the answer." };
    const buffers = kept?.buffers.map(decode) ?? [];
    queueMicrotask(() => this.#tell("msg:custom", answer, buffers));
  }

  #tell(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...args);
  }
}

/** Draws the inspector into the page's element. */
export function drawPage(el: HTMLElement, recordText: string): void {
  const model = new PageModel(JSON.parse(recordText) as Record);
  el.replaceChildren();
  widget.render({ model: model as unknown as AnyModel, el } as Parameters<
    typeof widget.render
  >[0]);
}

const el = document.getElementById("unflax-viz");
const record = document.getElementById("unflax-viz-record");
if (el && record) drawPage(el, record.textContent ?? "");
