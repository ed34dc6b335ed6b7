/** The blocks of JSON in a page: packed by unflax_viz/widget/archive.py, read when needed. */

import { Recent } from "../recent";

const MAX_REMEMBERED = 64;

/** A block that cannot be unpacked or read. */
export class DamageError extends Error {}

export class Archive {
  readonly #lines: readonly string[];
  readonly #blocks = new Recent<number, Promise<unknown>>(MAX_REMEMBERED);

  /** @param text One line of base64 for each block. */
  constructor(text: string) {
    this.#lines = text.trim().split("\n");
  }

  /** Reads the last block, which says what is in the others. */
  readLast<T>(): Promise<T> {
    return this.read(this.#lines.length - 1);
  }

  /** Reads a block that is not JSON as it was packed. */
  readBytes(number: number): Uint8Array<ArrayBuffer> {
    return bytesOf(this.#lines[number] ?? "");
  }

  /** Reads a block of JSON; those read last stay unpacked. */
  read<T>(number: number): Promise<T> {
    const block = this.#blocks.get(number) ?? unpack(this.#lines[number] ?? "");
    this.#blocks.set(number, block);
    return block as Promise<T>;
  }
}

/** @throws DamageError */
async function unpack(line: string): Promise<unknown> {
  try {
    const bytes = new Blob([bytesOf(line)]).stream();
    const unpacked = bytes.pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(unpacked).text());
  } catch (error) {
    throw new DamageError(`This file is damaged: ${error}`);
  }
}

/** Reads base64. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
