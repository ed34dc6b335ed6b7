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
  row_axes: [],
  column_axis: null,
  mean_axes: [],
  each: null,
  n_pictures: 1,
  block_rows: 1,
  block_columns: 1,
  buffer: 0,
  ...more,
});

const textOf = (drawn: Heatmap, row: number, column: number, picture = 0) =>
  cellText(drawn, { row, column, picture });

test("a cell of one element is named as Python indexes it", () => {
  const cube = heatmap({
    shape: [2, 3, 4],
    index: [null, null, null],
    row_axes: [0, 1],
    column_axis: 2,
    width: 4,
  });
  expect(textOf(cube, 4, 2)).toBe("[1, 1, 2]");
});

test("a fixed place is part of the name", () => {
  const head = heatmap({
    shape: [8, 1, 4],
    index: [null, 2, null],
    row_axes: [0],
    column_axis: 2,
    width: 4,
  });
  expect(textOf(head, 5, 3)).toBe("[5, 2, 3]");
});

test("a block names the range that it averages, shorter at the border", () => {
  const table = heatmap({
    shape: [5, 7],
    index: [null, null],
    row_axes: [0],
    column_axis: 1,
    width: 3,
    block_rows: 2,
    block_columns: 3,
  });
  expect(textOf(table, 0, 1)).toBe("mean of [0:2, 3:6]");
  expect(textOf(table, 2, 2)).toBe("[4, 6]");
});

test("a block across two axes of the rows names its first and last element", () => {
  const cube = heatmap({
    shape: [4, 4, 2],
    index: [null, null, null],
    row_axes: [0, 1],
    column_axis: 2,
    width: 2,
    block_rows: 6,
  });
  expect(textOf(cube, 1, 1)).toBe("mean from [1, 2, 1] to [2, 3, 1]");
});

test("a folded line runs along its one long axis", () => {
  const line = heatmap({
    shape: [1, 400],
    index: [null, null],
    column_axis: 1,
    width: 50,
    block_columns: 2,
  });
  expect(textOf(line, 1, 1)).toBe("mean of [0, 102:104]");
});

test("a single number has no place to name", () => {
  expect(textOf(heatmap({}), 0, 0)).toBe("[]");
});

test("axes that change places keep their order in the name", () => {
  const turned = heatmap({
    shape: [5, 7],
    index: [null, null],
    row_axes: [1],
    column_axis: 0,
    width: 5,
  });
  expect(textOf(turned, 6, 2)).toBe("[2, 6]");
});

test("an axis over which is averaged is there as a whole", () => {
  const averaged = heatmap({
    shape: [9, 3, 8],
    index: [null, null, null],
    row_axes: [0],
    column_axis: 1,
    mean_axes: [2],
    width: 3,
    block_rows: 2,
  });
  expect(textOf(averaged, 1, 2)).toBe("mean of [2:4, 2, :]");
  expect(textOf(averaged, 4, 0)).toBe("mean of [8, 0, :]");
});

test("a cell of one of several pictures has the index of its picture", () => {
  const pictures = heatmap({
    shape: [6, 1, 5, 7],
    index: [null, 4, null, null],
    row_axes: [2],
    column_axis: 3,
    each: 0,
    n_pictures: 6,
    width: 7,
  });
  expect(textOf(pictures, 4, 6, 3)).toBe("[3, 4, 4, 6]");
});
