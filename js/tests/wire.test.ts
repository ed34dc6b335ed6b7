import { expect, test } from "vitest";
import type { ArrayAnswer, Opening } from "../src/protocol";
import { float32sOf, fromWire, toWire, uint32sOf } from "../src/wire";
import { buffersOf, exchange, goldenTraits } from "./golden";

test("names of the wire become TypeScript's, at every depth", () => {
  const opening = fromWire<Opening>(goldenTraits().opening);
  expect(opening.treeCss).toContain(".uv_name {font-weight: 600;}");
  expect(opening.outline.levels[0]?.rows[0]?.nChildren).toBe(4);
  const answer = fromWire<ArrayAnswer>(exchange("array").answer);
  expect(answer.histogram?.nBins).toBe(4);
  expect(answer.histogram?.maxCount).toBe(1);
});

test("golden messages come back from TypeScript as they were", () => {
  for (const name of ["outline", "call", "method", "array", "failure"]) {
    const { request, answer } = exchange(name);
    expect(toWire(fromWire<object>(request))).toEqual(request);
    expect(toWire(fromWire<object>(answer))).toEqual(answer);
  }
});

test("golden buffers are read in the type that the protocol says", () => {
  const [counts, cells] = buffersOf(exchange("array"));
  expect([...uint32sOf(counts)]).toEqual([1, 0, 0, 1]);
  expect([...float32sOf(cells)]).toEqual([Number.NaN, 1, -0.5, Number.NaN]);
});

test("a buffer may start anywhere and be missing", () => {
  const bytes = new Uint8Array([9, 1, 0, 0, 0, 2, 0, 0, 0]);
  expect([...uint32sOf(new DataView(bytes.buffer, 1))]).toEqual([1, 2]);
  expect([...float32sOf(undefined)]).toEqual([]);
});
