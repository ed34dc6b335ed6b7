/**
 * How the browser asks and Python answers: every request gets one answer, a failure
 * with a sentence, or is overtaken by a later one of the same slot.
 */
import type { AnyModel } from "@anywidget/types";
import type {
  Answer,
  ArrayAnswer,
  ArrayRequest,
  CallAnswer,
  CallRequest,
  ChildrenAnswer,
  ChildrenRequest,
} from "./protocol";
import { fromWire, toWire } from "./wire";

interface Exchanges {
  children: { question: Omit<ChildrenRequest, "id">; answer: ChildrenAnswer };
  call: { question: Omit<CallRequest, "id">; answer: CallAnswer };
  array: { question: Omit<ArrayRequest, "id">; answer: ArrayAnswer };
}

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

export const NOT_CONNECTED =
  "The kernel is not connected, so only what was already open can be shown. " +
  "Run the cell again to look further.";

interface Pending {
  kind: Kind;
  settle(reply: Reply<Kind>): void;
  reject(error: Error): void;
}

/** Every view of a model hears every answer, in other pages too: ids must not meet. */
let nextId = Math.floor(Math.random() * 2 ** 40);

const MAX_REMEMBERED = 48;

export class Channel {
  readonly #pending = new Map<number, Pending>();
  readonly #slots = new Map<string, number>();
  readonly #remembered = new Map<string, Reply<Kind>>();

  /**
   * @param isConnected Whether somebody is there to answer; asked before each request.
   * @param signal Ends the channel: listeners go, and whoever waits is told.
   */
  constructor(
    private readonly model: AnyModel,
    private readonly isConnected: () => boolean,
    private readonly signal: AbortSignal,
  ) {
    const receive = (message: unknown, buffers?: readonly DataView[]) =>
      this.#receive(message, buffers ?? []);
    const checkConnection = () => {
      if (!this.isConnected()) this.#rejectAll(new FailureError(NOT_CONNECTED));
    };
    model.on("msg:custom", receive);
    model.on("comm_live_update", checkConnection);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      model.off("comm_live_update", checkConnection);
      this.#rejectAll(new OvertakenError("The view was closed."));
    });
  }

  /**
   * Asks Python. A record never changes, so what was answered once is remembered.
   *
   * @param slot A later request in the same slot overtakes this one.
   * @throws FailureError with a sentence to show, or OvertakenError.
   */
  ask<K extends Kind>(
    question: Exchanges[K]["question"] & { kind: K },
    slot?: string,
  ): Promise<Reply<K>> {
    if (slot !== undefined) this.#overtake(slot);
    const key = JSON.stringify(question);
    const remembered = this.#remembered.get(key);
    const reply = remembered ? Promise.resolve(remembered) : this.#send(question, slot);
    return reply.then((reply) => {
      this.#remember(key, reply);
      return reply as Reply<K>;
    });
  }

  #send(question: { kind: Kind }, slot: string | undefined): Promise<Reply<Kind>> {
    return new Promise((settle, reject) => {
      if (this.signal.aborted) throw new OvertakenError("The view was closed.");
      if (!this.isConnected()) throw new FailureError(NOT_CONNECTED);
      const id = nextId++;
      this.#pending.set(id, { kind: question.kind, settle, reject });
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

  /** Keeps the replies that were used last. */
  #remember(key: string, reply: Reply<Kind>): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, reply);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
  }

  #receive(message: unknown, buffers: readonly DataView[]): void {
    const answer = fromWire<Answer>(message);
    const pending = this.#pending.get(answer?.id);
    if (!pending) return;
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

  #overtake(slot: string): void {
    const id = this.#slots.get(slot);
    this.#slots.delete(slot);
    if (id === undefined) return;
    this.#pending.get(id)?.reject(new OvertakenError(`Overtaken in "${slot}".`));
    this.#pending.delete(id);
  }

  #rejectAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#slots.clear();
  }
}
