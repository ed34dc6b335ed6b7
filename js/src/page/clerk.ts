/**
 * Which answer a question gets without Python: what Python's clerk would have said, out
 * of the page, or a sentence where that was left out.
 */

import type {
  ArrayRequest,
  CallRequest,
  LinesRequest,
  MethodRequest,
  Request,
  Row,
} from "../protocol";
import { exactCount } from "../values/numbers";
import { fromWire } from "../wire";
import { type Archive, bytesOf, DamageError } from "./archive";
import type { CallBlock, PageIndex, ValueBlock } from "./page_index";
import type { Answering, RecordedAnswer } from "./recorded_model";

/** A question that the page cannot answer; the message is for the reader. */
class UnansweredError extends Error {}

const NO_SLICES =
  "This file holds one picture of each whole array; the notebook shows slices and other axes.";
const NO_TREESCOPE = "Treescope's views are not in this file; the notebook shows them.";

export class RecordedClerk implements Answering {
  readonly #indices: ReadonlyMap<string, number>;

  private constructor(
    private readonly archive: Archive,
    private readonly index: PageIndex,
    /** All synced traits as they begin, by their names on the wire. */
    readonly traits: Readonly<Record<string, unknown>>,
    addresses: readonly string[],
  ) {
    this.#indices = new Map(addresses.map((address, index) => [address, index]));
  }

  /** Reads what every answer needs. */
  static async open(archive: Archive): Promise<RecordedClerk> {
    const { traits, ...rest } = await archive.readLast<{
      traits: Record<string, unknown>;
    }>();
    const index = fromWire<PageIndex>(rest);
    const addresses = await archive.read<string[]>(index.addresses);
    return new RecordedClerk(archive, index, traits, addresses);
  }

  hasCall(address: string): boolean {
    return this.#indices.has(address);
  }

  async answer(request: Request): Promise<RecordedAnswer> {
    try {
      return await this.#find(request);
    } catch (error) {
      return { message: { kind: "failure", message: sentenceOf(error) }, buffers: [] };
    }
  }

  async #find(request: Request): Promise<RecordedAnswer> {
    switch (request.kind) {
      case "call":
      case "method":
        return { message: await this.#findCall(request), buffers: [] };
      case "array":
        return await this.#findArray(request);
      case "treescope":
        throw new UnansweredError(NO_TREESCOPE);
      case "cancel":
        return { message: { kind: "cancel", was_waiting: false }, buffers: [] };
      case "columns": {
        const packed = this.archive.readBytes(this.index.columns);
        const buffers = [new DataView(packed.buffer)];
        return { message: { kind: "columns", n_parts: 1 }, buffers };
      }
      case "lines":
        return { message: await this.#findLines(request), buffers: [] };
    }
  }

  async #findLines({ lens, rows }: LinesRequest): Promise<object> {
    const { lines: blocks, rowsPerBlock } = this.index;
    const lines = rows.map(async (row) => {
      const number = blocks[lens]?.[Math.floor(row / rowsPerBlock)] ?? -1;
      return (await this.archive.read<Row[]>(number))[row % rowsPerBlock];
    });
    return { kind: "lines", lines: await Promise.all(lines) };
  }

  async #findCall({ kind, address }: CallRequest | MethodRequest): Promise<object> {
    const index = this.#indexOf(address);
    const { calls, callsPerBlock } = this.index;
    const number = calls[Math.floor(index / callsPerBlock)];
    if (number === undefined) throw this.#omitted(`The panels of "${address}"`);
    const block = await this.archive.read<CallBlock>(number);
    const answers = kind === "call" ? block.calls : block.methods;
    return answers[index % callsPerBlock] ?? {};
  }

  async #findArray(request: ArrayRequest): Promise<RecordedAnswer> {
    const { address, entry, moment, index: slice, axes } = request;
    const isWhole = slice.every((item) => item === null) && !axes;
    if (!isWhole) throw new UnansweredError(NO_SLICES);
    const index = this.#indexOf(address);
    const where = `"${entry}" of "${address}"`;
    if (index >= this.index.nValuedCalls) throw this.#omitted(`The value ${where}`);
    const place = this.index.values.filter(({ first }) => first <= index).length - 1;
    const number = this.index.values[place]?.block;
    const block =
      number === undefined ? null : await this.archive.read<ValueBlock>(number);
    const found = block?.keys.findIndex(
      (key) => key[0] === address && key[1] === entry && key[2] === moment,
    );
    const answer = block?.answers[found ?? -1];
    if (!answer) {
      throw new UnansweredError(`There is no value ${where} "${moment}" in this file.`);
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
    const maxBytes = exactCount(this.index.maxBytes);
    return new UnansweredError(
      `${what} did not fit in the ${maxBytes} bytes of this file. ` +
        "run.to_html(file, max_bytes=...) keeps more, and the notebook has it all.",
    );
  }
}

const FOR_READER = [UnansweredError, DamageError];

function sentenceOf(error: unknown): string {
  for (const kind of FOR_READER) if (error instanceof kind) return error.message;
  console.error(error);
  return `The inspector could not answer this: ${String(error)}`;
}
