/**
 * A model that needs no kernel: a clerk in the page answers from what was recorded
 * beforehand, as in the page that `run.to_html` writes.
 */
import type { AnyModel } from "@anywidget/types";
import type { Envelope } from "../protocol";

/** Who answers the questions that Python's clerk would answer. */
export interface Answering {
  answer(request: Envelope): Promise<RecordedAnswer>;
}

/** An answer as it would have come over the wire, but for its number. */
export interface RecordedAnswer {
  message: Omit<Envelope, "id">;
  buffers: DataView[];
}

type Listener = (...values: unknown[]) => void;

const RECORDED = "unflax_viz_recorded";

/** Whether a model answers out of a page, without Python. */
export const isRecorded = (model: AnyModel): boolean => model.get(RECORDED) === true;

/** @param traits Names of the wire and values of all synced traits. */
export function recordedModel(
  clerk: Answering,
  traits: Readonly<Record<string, unknown>>,
): AnyModel {
  const values = new Map<string, unknown>(Object.entries(traits)).set(RECORDED, true);
  const listeners = new Map<string, Set<Listener>>();
  const tell = (event: string, ...heard: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...heard);
  };
  return {
    get: (name: string) => values.get(name),
    set: (name: string, value: unknown) => {
      values.set(name, value);
      tell(`change:${name}`);
    },
    save_changes: () => {},
    on: (event: string, listener: Listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off: (event?: string | null, listener?: Listener | null) => {
      if (event && listener) listeners.get(event)?.delete(listener);
    },
    send: (message: unknown) => {
      const request = message as Envelope;
      void clerk.answer(request).then((answer) => {
        tell("msg:custom", { ...answer.message, id: request.id }, answer.buffers);
      });
    },
  } as AnyModel;
}
