/**
 * Which answer a question gets without Python: what Python's clerk would have said, out
 * of the page, or a sentence where that was left out.
 */

import type {
  CallBlock,
  Envelope,
  Exchanges,
  PageIndex,
  Row,
  SyncedTraits,
  ValueBlock,
} from "../protocol";
import { exactCount } from "../values/numbers";
import { type Archive, bytesOf, DamageError } from "./archive";
import type { Answering, RecordedAnswer } from "./recorded_model";

/** What is asked. */
type Body<K extends keyof Exchanges> = Exchanges[K]["request"];

/** Finds the answer to one kind of question. */
type Finder<B> = (body: B) => RecordedAnswer | Promise<RecordedAnswer>;

/** What a page answers, by kind; to any other question it says a sentence. */
type Finders = { readonly [K in keyof Exchanges]?: Finder<Body<K>> };

/** A question that the page cannot answer; the message is for the reader. */
class UnansweredError extends Error {}

const NO_SLICES =
  "This file holds one picture of each whole array; the notebook shows slices and other axes.";
const NO_TREESCOPE = "Treescope's views are not in this file; the notebook shows them.";

const notInFile = (kind: string) =>
  `This file has no answer to the question "${kind}"; the notebook has one.`;

export class RecordedClerk implements Answering {
  readonly #indices: ReadonlyMap<string, number>;
  readonly #finders: Finders = {
    cancel: () => answerOf("cancel", { was_waiting: false }),
    columns: () => {
      const packed = this.archive.readBytes(this.index.columns);
      return answerOf("columns", { n_parts: 1 }, [new DataView(packed.buffer)]);
    },
    lines: (body) => this.#findLines(body),
    call: ({ address }) => this.#findCall("calls", address),
    method: ({ address }) => this.#findCall("methods", address),
    array: (body) => this.#findArray(body),
    treescope: () => {
      throw new UnansweredError(NO_TREESCOPE);
    },
  };

  private constructor(
    private readonly archive: Archive,
    private readonly index: PageIndex,
    addresses: readonly string[],
  ) {
    this.#indices = new Map(addresses.map((address, index) => [address, index]));
  }

  /** All synced traits as they begin. */
  get traits(): SyncedTraits {
    return this.index.traits;
  }

  /** Reads what every answer needs. */
  static async open(archive: Archive): Promise<RecordedClerk> {
    const index = await archive.readLast<PageIndex>();
    const addresses = await archive.read<string[]>(index.addresses);
    return new RecordedClerk(archive, index, addresses);
  }

  hasCall(address: string): boolean {
    return this.#indices.has(address);
  }

  async answer({ kind, body }: Envelope): Promise<RecordedAnswer> {
    try {
      const find = this.#finders[kind as keyof Exchanges] as
        | Finder<unknown>
        | undefined;
      if (!find) throw new UnansweredError(notInFile(kind));
      return await find(body);
    } catch (error) {
      return answerOf("failure", { message: sentenceOf(error) });
    }
  }

  async #findLines({ lens, rows }: Body<"lines">): Promise<RecordedAnswer> {
    const { lines: blocks, rows_per_block: rowsPerBlock } = this.index;
    const lines = rows.map(async (row) => {
      const number = blocks[lens]?.[Math.floor(row / rowsPerBlock)] ?? -1;
      return (await this.archive.read<Row[]>(number))[row % rowsPerBlock];
    });
    return answerOf("lines", { lines: await Promise.all(lines) });
  }

  async #findCall(part: keyof CallBlock, address: string): Promise<RecordedAnswer> {
    const index = this.#indexOf(address);
    const { calls, calls_per_block: callsPerBlock } = this.index;
    const number = calls[Math.floor(index / callsPerBlock)];
    if (number === undefined) throw this.#omitted(`The panels of "${address}"`);
    const block = await this.archive.read<CallBlock>(number);
    const message = block[part][index % callsPerBlock];
    if (!message)
      throw new DamageError(`This file is damaged: no ${part} of "${address}".`);
    return { message, buffers: [] };
  }

  async #findArray(body: Body<"array">): Promise<RecordedAnswer> {
    const { address, entry, side, index: slice, axes } = body;
    const isWhole = slice.every((item) => item === null) && !axes;
    if (!isWhole) throw new UnansweredError(NO_SLICES);
    const index = this.#indexOf(address);
    const where = `"${entry}" of "${address}"`;
    if (index >= this.index.n_valued_calls) throw this.#omitted(`The value ${where}`);
    const place = this.index.values.filter(({ first }) => first <= index).length - 1;
    const number = this.index.values[place]?.block;
    const block =
      number === undefined ? null : await this.archive.read<ValueBlock>(number);
    const found = block?.keys.findIndex(
      (key) => key[0] === address && key[1] === entry && key[2] === side,
    );
    const answer = block?.answers[found ?? -1];
    if (!answer) {
      throw new UnansweredError(`There is no value ${where} "${side}" in this file.`);
    }
    const buffers = block?.buffers[found ?? -1] ?? [];
    return {
      message: answer,
      buffers: buffers.map((text) => new DataView(bytesOf(text).buffer)),
    };
  }

  #indexOf(address: string): number {
    const index = this.#indices.get(address);
    if (index === undefined) {
      throw new UnansweredError(`There is no call "${address}" in this file.`);
    }
    return index;
  }

  #omitted(what: string): UnansweredError {
    const maxBytes = exactCount(this.index.max_bytes);
    return new UnansweredError(
      `${what} did not fit in the ${maxBytes} bytes of this file. ` +
        "run.to_html(file, max_bytes=...) keeps more, and the notebook has it all.",
    );
  }
}

const answerOf = (
  kind: string,
  body: object,
  buffers: DataView[] = [],
): RecordedAnswer => ({ message: { kind, body }, buffers });

const FOR_READER = [UnansweredError, DamageError];

function sentenceOf(error: unknown): string {
  for (const kind of FOR_READER) if (error instanceof kind) return error.message;
  console.error(error);
  return `The inspector could not answer this: ${String(error)}`;
}
