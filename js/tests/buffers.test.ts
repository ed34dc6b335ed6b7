import { expect, test } from "vitest";
import { float32sOf, uint32sOf } from "../src/buffers";
import { buffersOf, exchange } from "./golden";

test("golden buffers are read in the type that the protocol says", () => {
  const array = exchange("array");
  const [counts, cells] = buffersOf(array);
  const [goldenCounts, goldenCells] = array.buffers.map(({ values }) =>
    values.map((value) => value ?? Number.NaN),
  );
  expect([...uint32sOf(counts)]).toEqual(goldenCounts);
  expect([...float32sOf(cells)]).toEqual(goldenCells);
});

test("a buffer may start anywhere and be missing", () => {
  const bytes = new Uint8Array([9, 1, 0, 0, 0, 2, 0, 0, 0]);
  expect([...uint32sOf(new DataView(bytes.buffer, 1))]).toEqual([1, 2]);
  expect([...float32sOf(undefined)]).toEqual([]);
});
