/**
 * Where the tree comes from: Python, or what a saved notebook keeps of a small run. In an
 * exported page js/src/page/clerk.ts stands in the place of Python.
 */
import type { Channel } from "../channel";
import type { Row } from "../protocol";
import type { Synced } from "../synced";
import type { TreeColumns } from "./lens_rows";
import { unpack } from "./packed";

export class TreeSource {
  #kept: Promise<TreeColumns> | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly synced: Synced,
  ) {}

  /**
   * Brings the columns.
   *
   * @param readsValues Whether it has to be known what holds NaN.
   * @param progress Called with 0 to 1 as they come nearer.
   * @throws FailureError with a sentence for the reader.
   */
  async columns(
    readsValues: boolean,
    progress?: (fraction: number) => void,
  ): Promise<TreeColumns> {
    try {
      return await this.#ask(readsValues, progress);
    } catch (error) {
      const kept = readsValues ? null : this.#readKept();
      if (!kept) throw error;
      return await kept;
    }
  }

  /** @throws FailureError with a sentence for the reader. */
  async lines(lens: string, rows: readonly number[]): Promise<readonly Row[]> {
    try {
      const { answer } = await this.channel.ask("lines", { lens, rows: [...rows] });
      return answer.lines;
    } catch (error) {
      const lines = (await this.#readKept())?.lines?.[lens];
      if (!lines) throw error;
      return rows.flatMap((row) => lines[row] ?? []);
    }
  }

  async #ask(
    readsValues: boolean,
    progress?: (fraction: number) => void,
  ): Promise<TreeColumns> {
    const parts: DataView<ArrayBuffer>[] = [];
    let nParts = 1;
    for (let part = 0; part < nParts; part += 1) {
      const { answer, buffers } = await this.channel.ask(
        "columns",
        { part, reads_values: readsValues },
        undefined,
        progress,
      );
      nParts = answer.n_parts;
      parts.push(...(buffers as readonly DataView<ArrayBuffer>[]));
    }
    return (await unpack(parts)) as TreeColumns;
  }

  #readKept(): Promise<TreeColumns> | null {
    const { kept } = this.synced;
    if (kept) this.#kept ??= unpack([kept]) as Promise<TreeColumns>;
    return this.#kept;
  }
}
