/**
 * How the browser asks and Python answers: every request gets one answer, a failure
 * with a sentence, or is overtaken by a later one of the same slot and cancelled.
 */
import type { AnyModel } from "@anywidget/types";
import { isRecorded } from "./page/recorded_model";
import type {
  Answer,
  ArrayAnswer,
  ArrayRequest,
  CallAnswer,
  CallRequest,
  CancelAnswer,
  CancelRequest,
  ColumnsAnswer,
  ColumnsRequest,
  LinesAnswer,
  LinesRequest,
  MethodAnswer,
  MethodRequest,
  Progress,
  TreescopeAnswer,
  TreescopeRequest,
} from "./protocol";
import { Recent } from "./recent";
import { fromWire, toWire } from "./wire";

interface Exchanges {
  columns: { question: Omit<ColumnsRequest, "id">; answer: ColumnsAnswer };
  lines: { question: Omit<LinesRequest, "id">; answer: LinesAnswer };
  call: { question: Omit<CallRequest, "id">; answer: CallAnswer };
  method: { question: Omit<MethodRequest, "id">; answer: MethodAnswer };
  array: { question: Omit<ArrayRequest, "id">; answer: ArrayAnswer };
  treescope: { question: Omit<TreescopeRequest, "id">; answer: TreescopeAnswer };
  cancel: { question: Omit<CancelRequest, "id">; answer: CancelAnswer };
}

/** What can be asked. */
type Kind = keyof Exchanges;

/** An answer with the buffers that came with it. */
export interface Reply<K extends Kind> {
  answer: Exchanges[K]["answer"];
  buffers: readonly DataView[];
}

/** Python answered with a failure, or cannot answer; the message is for the reader. */
export class FailureError extends Error {}

/** Nobody waits for this answer any more. Not for the reader. */
export class OvertakenError extends Error {}

/** The sentence for an error, or null where nobody waits for it any more. */
export function sentenceOf(error: unknown): string | null {
  if (error instanceof OvertakenError) return null;
  if (error instanceof FailureError) return error.message;
  console.error(error);
  return `The inspector could not show this: ${String(error)}`;
}

export const NOT_CONNECTED =
  "The kernel is not connected, so only what was already open can be shown. " +
  "Run the cell again to look further.";

export const CLOSED =
  "The kernel no longer holds this run: it was restarted, or the widget was closed. " +
  "Run the cell again to look further.";

interface Pending {
  kind: Kind;
  settle(reply: Reply<Kind>): void;
  reject(error: Error): void;
  progress: ((fraction: number) => void) | undefined;
}

/** Every view of a model hears every answer, in other pages too: ids must not meet. */
let nextId = Math.floor(Math.random() * 2 ** 40);

/** `Failure.id` of what Python says without being asked. */
const UNASKED = -1;

const MAX_REMEMBERED = 48;

/** Questions whose answers are remembered; the tree remembers its own. */
const LASTING: ReadonlySet<Kind> = new Set(["call", "method", "array", "treescope"]);

export class Channel {
  readonly #pending = new Map<number, Pending>();
  readonly #slots = new Map<string, number>();
  readonly #remembered = new Recent<string, Reply<Kind>>(MAX_REMEMBERED);
  #isClosed = false;

  /**
   * @param isConnected Whether somebody is there to answer; asked before each request.
   * @param signal Ends the channel: listeners go, and whoever waits is told.
   * @param heard Called with why Python refuses a trait that the browser set.
   */
  constructor(
    private readonly model: AnyModel,
    private readonly isConnected: () => boolean,
    private readonly signal: AbortSignal,
    private readonly heard: (sentence: string) => void = () => {},
  ) {
    const receive = (message: unknown, buffers?: readonly DataView[]) =>
      this.#receive(message, buffers ?? []);
    const checkConnection = () => {
      if (!this.isConnected()) this.#rejectAll(new FailureError(NOT_CONNECTED));
    };
    const close = () => {
      this.#isClosed = true;
      this.#rejectAll(new FailureError(CLOSED));
    };
    model.on("msg:custom", receive);
    model.on("comm_live_update", checkConnection);
    model.on("comm:close", close);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      model.off("comm_live_update", checkConnection);
      model.off("comm:close", close);
      this.#rejectAll(new OvertakenError("The view was closed."));
    });
  }

  /** Whether more than what was recorded can be asked for: slices, other views. */
  get isLive(): boolean {
    return !this.#isClosed && !isRecorded(this.model) && this.isConnected();
  }

  /**
   * Asks Python. A record never changes, so what was answered once is remembered.
   *
   * @param slot A later request in the same slot overtakes this one.
   * @param progress Called with 0 to 1 as a slow answer comes nearer.
   * @throws FailureError with a sentence to show, or OvertakenError.
   */
  ask<K extends Kind>(
    question: Exchanges[K]["question"] & { kind: K },
    slot?: string,
    progress?: (fraction: number) => void,
  ): Promise<Reply<K>> {
    if (slot !== undefined) this.leave(slot);
    const key = JSON.stringify(question);
    const remembered = this.#remembered.get(key);
    const reply = remembered
      ? Promise.resolve(remembered)
      : this.#send(question, slot, progress);
    return reply.then((reply) => {
      if (LASTING.has(question.kind)) this.#remembered.set(key, reply);
      return reply as Reply<K>;
    });
  }

  /** Stops waiting in a slot: whoever waits is told, and Python need not go on. */
  leave(slot: string): void {
    const id = this.#slots.get(slot);
    this.#slots.delete(slot);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || !pending) return;
    this.#pending.delete(id);
    pending.reject(new OvertakenError(`Overtaken in "${slot}".`));
    this.#cancel(id);
  }

  /** Its answer is of no interest, so it is not waited for. */
  #cancel(cancelled: number): void {
    if (!this.isConnected()) return;
    try {
      this.model.send(toWire({ kind: "cancel", id: nextId++, cancelled }));
    } catch {
      // A kernel that has ended need not be told to stop.
    }
  }

  #send(
    question: { kind: Kind },
    slot: string | undefined,
    progress: ((fraction: number) => void) | undefined,
  ): Promise<Reply<Kind>> {
    return new Promise((settle, reject) => {
      if (this.signal.aborted) throw new OvertakenError("The view was closed.");
      if (this.#isClosed) throw new FailureError(CLOSED);
      if (!this.isConnected()) throw new FailureError(NOT_CONNECTED);
      const id = nextId++;
      this.#pending.set(id, { kind: question.kind, settle, reject, progress });
      if (slot !== undefined) this.#slots.set(slot, id);
      try {
        this.model.send(toWire({ ...question, id }));
      } catch {
        // A comm throws when its kernel has ended and nobody has told the model yet.
        this.#pending.delete(id);
        throw new FailureError(NOT_CONNECTED);
      }
    });
  }

  #receive(message: unknown, buffers: readonly DataView[]): void {
    const answer = fromWire<Answer | Progress>(message);
    const pending = this.#pending.get(answer?.id);
    if (answer?.kind === "failure" && answer.id === UNASKED) this.heard(answer.message);
    if (!pending) return;
    if (answer.kind === "progress") {
      pending.progress?.(answer.fraction);
      return;
    }
    this.#pending.delete(answer.id);
    if (answer.kind === "failure") {
      pending.reject(new FailureError(answer.message));
    } else if (answer.kind !== pending.kind) {
      pending.reject(
        new FailureError(`Asked for "${pending.kind}", got "${answer.kind}".`),
      );
    } else {
      pending.settle({ answer, buffers });
    }
  }

  #rejectAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#slots.clear();
  }
}
