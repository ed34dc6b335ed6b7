/**
 * A model that needs no kernel: every answer was recorded beforehand, as in the page
 * that `run.to_html` writes.
 */
import type { AnyModel } from "@anywidget/types";

/** What `unflax_viz/widget/page.py` writes into the page. */
export interface Recording {
  opening: unknown;
  /** Address of the call selected at first. */
  selected: string;
  /** By request without `id`, as a JSON list of its items sorted by name. */
  answers: Record<string, RecordedAnswer>;
}

interface RecordedAnswer {
  answer: object;
  /** Base64. */
  buffers: string[];
}

type Listener = (...values: unknown[]) => void;

const NOT_RECORDED = "This was left out of the file; the notebook still has it.";

export function recordedModel(recording: Recording): AnyModel {
  const traits = new Map<string, unknown>([
    ["opening", recording.opening],
    ["selected", recording.selected],
    ["tab", "parameters"],
    ["height_px", Math.max(480, window.innerHeight - 32)],
  ]);
  // Python escapes what JavaScript does not, so both keys are written here.
  const answers = new Map(
    Object.entries(recording.answers).map(([key, answer]) => [
      JSON.stringify(JSON.parse(key)),
      answer,
    ]),
  );
  const listeners = new Map<string, Set<Listener>>();
  const tell = (event: string, ...values: unknown[]) => {
    for (const listener of listeners.get(event) ?? []) listener(...values);
  };
  return {
    get: (name: string) => traits.get(name),
    set: (name: string, value: unknown) => {
      traits.set(name, value);
      tell(`change:${name}`);
    },
    save_changes: () => {},
    on: (event: string, listener: Listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off: (event?: string | null, listener?: Listener | null) => {
      if (event && listener) listeners.get(event)?.delete(listener);
    },
    send: ({ id, ...request }: { id: number }) => {
      const recorded = answers.get(JSON.stringify(Object.entries(request).sort()));
      const answer = recorded?.answer ?? { kind: "failure", message: NOT_RECORDED };
      const buffers = (recorded?.buffers ?? []).map(decodeBase64);
      queueMicrotask(() => tell("msg:custom", { ...answer, id }, buffers));
    },
  } as AnyModel;
}

function decodeBase64(text: string): DataView {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new DataView(bytes.buffer);
}
