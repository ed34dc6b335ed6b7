import { expect, test } from "vitest";
import type { TreeColumns } from "../src/tree/lens_rows";
import { unpack } from "../src/tree/packed";
import { packed } from "./fake_run";
import { buffersOf, exchange } from "./golden";

test("what was packed comes back, arrays as arrays", async () => {
  const value = {
    names: ["é", "\\ud800", ""],
    nested: [{ numbers: Int32Array.of(1, -2, 3) }, null, [true, 0.5]],
    none: new Int32Array(0),
    last: Int32Array.of(7),
  };
  expect(await unpack([packed(value)])).toEqual(value);
});

test("parts are read as one", async () => {
  const whole = packed({ numbers: Int32Array.from({ length: 999 }, (_, i) => i * i) });
  const cut = 100;
  const parts = [new DataView(whole.buffer, 0, cut), new DataView(whole.buffer, cut)];
  const { numbers } = await unpack<{ numbers: Int32Array }>(parts);
  expect(numbers[998]).toBe(998 * 998);
});

test("what Python packs is unpacked, in every way to write an array", async () => {
  const golden = exchange("columns");
  const columns = await unpack<TreeColumns>(
    buffersOf(golden) as DataView<ArrayBuffer>[],
  );
  expect(columns.lenses.calls?.parents).toBeInstanceOf(Int32Array);
  expect(Array.from(columns.lenses.calls?.parents ?? [])).toEqual(golden.parents);
  expect(Array.from(columns.lenses.calls?.calls ?? [])).toEqual(
    golden.parents?.map((_, row) => row),
  );
});

test("what is cut short is refused", async () => {
  const whole = packed({ numbers: Int32Array.of(1, 2, 3) });
  const half = new DataView(whole.buffer, 0, whole.byteLength >> 1);
  await expect(unpack([half])).rejects.toThrow();
});
