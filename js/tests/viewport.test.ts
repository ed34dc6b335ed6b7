import { expect, test } from "vitest";
import { LINE_PX, MARGIN_PX, Viewport } from "../src/tree/viewport";

const PAGE_PX = 10 * LINE_PX;

test("the lines in view, and some around them", () => {
  const viewport = new Viewport(100, PAGE_PX);
  expect(viewport.range(0, 2)).toEqual([0, 12]);
  expect(viewport.range(MARGIN_PX + 20 * LINE_PX, 2)).toEqual([18, 32]);
  expect(viewport.range(viewport.inner_px - PAGE_PX, 2)).toEqual([88, 100]);
  expect(new Viewport(3, PAGE_PX).range(0, 2)).toEqual([0, 3]);
  expect(new Viewport(0, PAGE_PX).range(0, 2)).toEqual([0, 0]);
});

test("a list of any length can be scrolled through from the first line to the last", () => {
  const viewport = new Viewport(5_000_000, PAGE_PX);
  expect(viewport.inner_px).toBe(8e6);
  const last = viewport.inner_px - PAGE_PX;
  expect(viewport.range(last, 0)[1]).toBe(5_000_000);
  const bottom = viewport.topOf(4_999_999, last) + LINE_PX;
  expect(bottom).toBeCloseTo(viewport.inner_px - MARGIN_PX, 3);
  expect(viewport.topOf(0, 0)).toBe(MARGIN_PX);
});

test("what is in view is not scrolled to", () => {
  const viewport = new Viewport(100, PAGE_PX);
  const scrollTop = 20 * LINE_PX;
  expect(viewport.scrollTopFor(25, scrollTop)).toBe(scrollTop);
});

test("a line is brought into view with its neighbour, a far one to the middle", () => {
  const viewport = new Viewport(100, PAGE_PX);
  const near = viewport.scrollTopFor(30, 20 * LINE_PX);
  expect(near).toBe(32 * LINE_PX + MARGIN_PX - PAGE_PX);
  const far = viewport.scrollTopFor(80, 0);
  expect(viewport.range(far, 0)).toEqual([75, 86]);
  expect(viewport.scrollTopFor(0, 2000)).toBe(0);
  expect(viewport.scrollTopFor(99, 0)).toBe(viewport.inner_px - PAGE_PX);
});

test.each([100, 100_000, 5_000_000])(
  "among %d lines any can be scrolled to",
  (nLines) => {
    const viewport = new Viewport(nLines, PAGE_PX);
    for (const line of [0, 1, Math.floor(nLines / 3), nLines - 2, nLines - 1]) {
      const scrollTop = viewport.scrollTopFor(line, 0);
      const top = viewport.topOf(line, scrollTop) - scrollTop;
      expect(top).toBeGreaterThanOrEqual(-1);
      expect(top + LINE_PX).toBeLessThanOrEqual(PAGE_PX + 1);
    }
  },
);
