import { expect, test } from "vitest";
import type { ArrayAnswer, Opening } from "../src/protocol";
import { float32sOf, fromWire, toWire, uint32sOf } from "../src/wire";
import { buffersOf, exchange, goldenTraits } from "./golden";

test("names of the wire become TypeScript's, at every depth", () => {
  const opening = fromWire<Opening>(goldenTraits().opening);
  expect(opening.lenses.map(({ name }) => name)).toContain("parameters");
  expect(opening.outline.levels[0]?.rows[0]?.nChildren).toBeGreaterThan(0);
  const answer = fromWire<ArrayAnswer>(exchange("array").answer.body);
  expect(answer.histogram?.nBins).toBeGreaterThan(0);
  expect(answer.histogram?.maxCount).toBeGreaterThan(0);
});

test("golden messages come back from TypeScript as they were", () => {
  for (const name of ["lines", "call", "method", "array", "failure"]) {
    const { request, answer } = exchange(name);
    expect(toWire(fromWire<object>(request))).toEqual(request);
    expect(toWire(fromWire<object>(answer))).toEqual(answer);
  }
});

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
