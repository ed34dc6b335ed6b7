import { expect, test } from "vitest";
import { paletteFor } from "../src/plots/palette";

test("zero has the middle colour when values lie on both sides of it", () => {
  const narrow = paletteFor(-1, 1, "light");
  const lopsided = paletteFor(-1, 100, "light");
  expect(narrow.isDiverging).toBe(true);
  expect(lopsided.colorOf(0)).toEqual(narrow.colorOf(0));
  expect(lopsided.colorOf(0)).toEqual([246, 246, 246]);
});

test("opposite values are equally far from the middle", () => {
  const palette = paletteFor(-1, 4, "light");
  expect(palette.colorOf(4)).toEqual(paletteFor(-4, 1, "light").colorOf(4));
  expect(palette.colorOf(-4)).toEqual(paletteFor(-4, 1, "light").colorOf(-4));
});

test("values on one side of zero get one hue from low to high", () => {
  const palette = paletteFor(2, 3, "dark");
  expect(palette.isDiverging).toBe(false);
  expect(palette.colorOf(2)).toEqual([28, 32, 38]);
  expect(palette.colorOf(3)).toEqual([224, 244, 214]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%s has a colour that no finite number has",
  (gap) => {
    const palette = paletteFor(-1, 1, "light");
    const numbers = Array.from({ length: 201 }, (_, index) => index / 100 - 1);
    const colors = numbers.map((value) => palette.colorOf(value).join());
    expect(colors).not.toContain(palette.colorOf(gap).join());
    expect(palette.colorOf(gap)).toEqual(palette.noNumber[0]);
  },
);

test("a constant array has a colour, not NaN", () => {
  expect(paletteFor(5, 5, "light").colorOf(5).every(Number.isFinite)).toBe(true);
});
