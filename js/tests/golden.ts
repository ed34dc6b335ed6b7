/** The messages that pytest reads too. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { SentRequest } from "./fake_model";

export interface Exchange {
  request: SentRequest;
  answer: { kind: string; id: number; body: Record<string, unknown> };
  buffers: { dtype: string; values: (number | null)[]; text?: string }[];
  /** Of columns: the row above each call. */
  parents?: number[];
}

export function golden<T>(name: string): T {
  const path = join(process.cwd(), "..", "tests", "golden", `${name}.json`);
  return JSON.parse(readFileSync(path, "utf-8")) as T;
}

export const exchange = (name: string) => golden<Exchange>(name);

export const goldenTraits = () =>
  golden<{ traits: Record<string, unknown> }>("traits").traits;

/** The exchange's buffers as they arrive: null stands for NaN, which JSON lacks. */
export function buffersOf({ buffers }: Exchange): DataView[] {
  return buffers.map(({ dtype, values, text }) => {
    if (dtype === "gzip") {
      const bytes = gzipSync(Buffer.from(text ?? "", "base64"));
      return new DataView(new Uint8Array(bytes).buffer);
    }
    const numbers = values.map((value) => value ?? Number.NaN);
    const array =
      dtype === "uint32" ? Uint32Array.from(numbers) : Float32Array.from(numbers);
    return new DataView(array.buffer);
  });
}
