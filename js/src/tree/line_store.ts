/** How the rows of one lens are drawn: those in view are asked for, each once. */
import { sentenceOf } from "../channel";
import { MAX_LINES, type Row } from "../protocol";

const MAX_UNDER_WAY = 2;

export class LineStore {
  readonly #lines = new Map<number, Row>();
  readonly #failures = new Map<number, string>();
  readonly #underWay = new Map<number, Promise<void>>();
  #wanted: readonly number[] = [];
  #nUnderWay = 0;

  /**
   * @param ask Asks for lines.
   * @param changed Called when lines arrived (""), or with why they could not be had.
   */
  constructor(
    private readonly ask: (rows: readonly number[]) => Promise<readonly Row[]>,
    private readonly changed: (sentence: string) => void,
  ) {}

  get(row: number): Row | undefined {
    return this.#lines.get(row);
  }

  set(row: number, line: Row): void {
    this.#lines.set(row, line);
  }

  /** Why the row could not be drawn, else "". */
  failureOf(row: number): string {
    return this.#failures.get(row) ?? "";
  }

  /** Forgets all lines, so that they are asked for again: more is known of them. */
  forget(): void {
    this.#lines.clear();
    this.#failures.clear();
  }

  /** Lets what failed be asked for once more. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  /** Brings these rows, and no others that were wanted and not yet asked for. */
  want(rows: readonly number[]): void {
    this.#wanted = rows;
    this.#askForWanted();
  }

  /** @throws FailureError with a sentence for the reader. */
  async bring(rows: readonly number[]): Promise<Row[]> {
    const missing = rows.filter((row) => !this.#lines.has(row));
    const coming = missing.flatMap((row) => this.#underWay.get(row) ?? []);
    const unasked = missing.filter((row) => !this.#underWay.has(row));
    if (unasked.length > 0) coming.push(this.#load(unasked));
    await Promise.all(coming);
    return rows.flatMap((row) => this.#lines.get(row) ?? []);
  }

  #askForWanted(): void {
    if (this.#nUnderWay >= MAX_UNDER_WAY) return;
    const missing = this.#wanted.filter((row) => {
      return row >= 0 && !this.#isSettled(row) && !this.#underWay.has(row);
    });
    if (missing.length > 0) void this.#bringWanted(missing.slice(0, MAX_LINES));
  }

  #isSettled(row: number): boolean {
    return this.#lines.has(row) || this.#failures.has(row);
  }

  async #bringWanted(rows: readonly number[]): Promise<void> {
    let sentence = "";
    this.#nUnderWay += 1;
    try {
      await this.#load(rows);
    } catch (error) {
      const reason = sentenceOf(error);
      // Only the end of the view overtakes these; asking again would never end.
      if (reason === null) return;
      sentence = reason;
      for (const row of rows) this.#failures.set(row, reason);
    } finally {
      this.#nUnderWay -= 1;
    }
    this.changed(sentence);
    this.#askForWanted();
  }

  #load(rows: readonly number[]): Promise<void> {
    const loading = this.#loadNow(rows).finally(() => {
      for (const row of rows) this.#underWay.delete(row);
    });
    for (const row of rows) this.#underWay.set(row, loading);
    return loading;
  }

  async #loadNow(rows: readonly number[]): Promise<void> {
    const lines = await this.ask(rows);
    rows.forEach((row, index) => {
      const line = lines[index];
      if (line) this.#lines.set(row, line);
      // Without a sentence the same row would be asked for again for ever.
      else this.#failures.set(row, "This row could not be loaded.");
    });
  }
}
