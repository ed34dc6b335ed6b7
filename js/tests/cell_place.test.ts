import { expect, test } from "vitest";
import { cellText } from "../src/plots/cell_place";
import type { Heatmap } from "../src/protocol";

const heatmap = (more: Partial<Heatmap>): Heatmap => ({
  height: 1,
  width: 1,
  low: 0,
  high: 1,
  caption: "",
  shape: [],
  index: [],
  blockRows: 1,
  blockColumns: 1,
  buffer: 0,
  ...more,
});

test("a cell of one element is named as Python indexes it", () => {
  const cube = heatmap({ shape: [2, 3, 4], index: [null, null, null], width: 4 });
  expect(cellText(cube, 4, 2)).toBe("[1, 1, 2]");
});

test("a fixed place is part of the name", () => {
  const head = heatmap({ shape: [8, 1, 4], index: [null, 2, null], width: 4 });
  expect(cellText(head, 5, 3)).toBe("[5, 2, 3]");
});

test("a block names the range that it averages, shorter at the border", () => {
  const table = heatmap({
    shape: [5, 7],
    index: [null, null],
    width: 3,
    blockRows: 2,
    blockColumns: 3,
  });
  expect(cellText(table, 0, 1)).toBe("mean of [0:2, 3:6]");
  expect(cellText(table, 2, 2)).toBe("[4, 6]");
});

test("a block across two axes of the rows names its first and last element", () => {
  const cube = heatmap({
    shape: [4, 4, 2],
    index: [null, null, null],
    width: 2,
    blockRows: 6,
  });
  expect(cellText(cube, 1, 1)).toBe("mean from [1, 2, 1] to [2, 3, 1]");
});

test("a folded line runs along its one long axis", () => {
  const line = heatmap({
    shape: [1, 400],
    index: [null, null],
    width: 50,
    blockColumns: 2,
  });
  expect(cellText(line, 1, 1)).toBe("mean of [0, 102:104]");
});

test("a single number has no place to name", () => {
  expect(cellText(heatmap({}), 0, 0)).toBe("[]");
});
