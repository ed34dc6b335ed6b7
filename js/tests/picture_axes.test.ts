import { expect, test } from "vitest";
import { offerOf, UNCHOSEN, wireAxes, withUse } from "../src/values/picture_axes";

const sized = (...sizes: number[]) => sizes.map((size) => ({ name: "", size }));
const all = [null, null, null, null];

test("the last long axis makes the columns, the others are folded", () => {
  const offer = offerOf(sized(3, 4, 5, 1), all, UNCHOSEN);
  expect(offer).toEqual({
    table: [0, 1, 2],
    each: [0, 1, 2],
    chosen: { rows: null, column: 2, each: null },
  });
  expect(wireAxes(offer)).toBeNull();
});

test("an axis that is fixed or has pictures of its own is not in the table", () => {
  const wanted = { rows: 0, column: 1, each: null };
  const fixed = offerOf(sized(3, 4, 5, 6), [2, null, null, null], wanted);
  expect(fixed.table).toEqual([1, 2, 3]);
  expect(fixed.chosen).toEqual({ rows: null, column: 1, each: null });
  const each = offerOf(sized(3, 4, 5), all, { ...wanted, each: 1 });
  expect(each.table).toEqual([0, 2]);
  expect(each.chosen).toEqual({ rows: 0, column: 2, each: 1 });
});

test("fewer than two axes offer nothing, and two no pictures", () => {
  expect(offerOf(sized(5), all, UNCHOSEN).table).toEqual([]);
  expect(offerOf(sized(5, 1), all, UNCHOSEN).table).toEqual([]);
  expect(offerOf(sized(5, 6), all, { ...UNCHOSEN, each: 0 }).each).toEqual([]);
});

test("rows that take the columns' axis give theirs, folded ones the last other", () => {
  const folded = { rows: null, column: 2, each: null };
  const taken = offerOf(sized(3, 4, 5), all, withUse(folded, "rows", 2));
  expect(taken.chosen).toEqual({ rows: 2, column: 1, each: null });
  expect(withUse(taken.chosen, "column", 2)).toEqual({
    rows: 1,
    column: 2,
    each: null,
  });
  expect(withUse(taken.chosen, "each", 1)).toEqual({ rows: 2, column: null, each: 1 });
});

test("folded rows with other columns cross the wire, two usual axes do not", () => {
  const other = offerOf(sized(3, 4, 5), all, { ...UNCHOSEN, column: 0 });
  expect(wireAxes(other)).toEqual({ rows: null, column: 0, each: null });
  expect(wireAxes(offerOf(sized(3, 4), all, UNCHOSEN))).toBeNull();
});
