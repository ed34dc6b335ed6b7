/**
 * How the browser asks and Python answers: every request gets one answer, a failure
 * with a sentence, or is overtaken by a later one of the same slot and cancelled.
 */
import type { AnyModel } from "@anywidget/types";
import { isRecorded } from "./page/recorded_model";
import type { Envelope, Exchanges, Failure, Progress } from "./protocol";
import { Recent } from "./recent";

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

/** `Envelope.id` of what Python says without being asked. */
const UNASKED = -1;

const MAX_REMEMBERED = 48;

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
   * Asks Python. A record never changes, so what was answered in a slot is remembered;
   * whoever asks without a slot remembers it better.
   *
   * @param slot A place that shows one answer: a later request overtakes this one.
   * @param progress Called with 0 to 1 as a slow answer comes nearer.
   * @throws FailureError with a sentence to show, or OvertakenError.
   */
  async ask<K extends Kind>(
    kind: K,
    body: Exchanges[K]["request"],
    slot?: string,
    progress?: (fraction: number) => void,
  ): Promise<Reply<K>> {
    if (slot !== undefined) this.leave(slot);
    const key = JSON.stringify([kind, body]);
    const remembered = this.#remembered.get(key);
    const reply = remembered ?? (await this.#send(kind, body, slot, progress));
    if (slot !== undefined) this.#remembered.set(key, reply);
    return reply as Reply<K>;
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
      this.#post("cancel", { cancelled });
    } catch {
      // A kernel that has ended need not be told to stop.
    }
  }

  #post(kind: Kind, body: Exchanges[Kind]["request"], id = nextId++): void {
    const request: Envelope = { id, kind, body };
    this.model.send(request);
  }

  #send(
    kind: Kind,
    body: Exchanges[Kind]["request"],
    slot: string | undefined,
    progress: ((fraction: number) => void) | undefined,
  ): Promise<Reply<Kind>> {
    return new Promise((settle, reject) => {
      if (this.signal.aborted) throw new OvertakenError("The view was closed.");
      if (this.#isClosed) throw new FailureError(CLOSED);
      if (!this.isConnected()) throw new FailureError(NOT_CONNECTED);
      const id = nextId++;
      this.#pending.set(id, { kind, settle, reject, progress });
      if (slot !== undefined) this.#slots.set(slot, id);
      try {
        this.#post(kind, body, id);
      } catch {
        // A comm throws when its kernel has ended and nobody has told the model yet.
        this.#pending.delete(id);
        throw new FailureError(NOT_CONNECTED);
      }
    });
  }

  #receive(message: unknown, buffers: readonly DataView[]): void {
    const { id, kind, body } = (message ?? {}) as Envelope;
    const pending = this.#pending.get(id);
    if (kind === "failure" && id === UNASKED) this.heard((body as Failure).message);
    if (!pending) return;
    if (kind === "progress") {
      pending.progress?.((body as Progress).fraction);
      return;
    }
    this.#pending.delete(id);
    if (kind === "failure") {
      pending.reject(new FailureError((body as Failure).message));
    } else if (kind !== pending.kind) {
      pending.reject(new FailureError(`Asked for "${pending.kind}", got "${kind}".`));
    } else {
      pending.settle({ answer: body as never, buffers });
    }
  }

  #rejectAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#slots.clear();
  }
}
