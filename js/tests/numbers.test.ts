import { expect, test } from "vitest";
import { exactFloat32, shortNumber, shortPair, toldApart } from "../src/values/numbers";

test.each([
  [
    ["0.30000000000000004", "0.3"],
    ["0.30000000000000004", "0.3"],
  ],
  [
    ["0.123456", "0.123451"],
    ["0.12346", "0.12345"],
  ],
  [
    ["123,456,789", "123,456,788"],
    ["123,456,789", "123,456,788"],
  ],
  [
    ["1.23456789e+30", "1.23456e+30"],
    ["1.23457e+30", "1.23456e+30"],
  ],
  [
    ["9007199254740993", "9007199254740992"],
    ["9007199254740993", "9007199254740992"],
  ],
  [
    ["0.0", "-0.0"],
    ["0", "-0"],
  ],
  [
    ["(1+2j)", "(1+2.0000001j)"],
    ["(1+2j)", "(1+2.0000001j)"],
  ],
  [
    ["inf", "nan"],
    ["inf", "nan"],
  ],
] as const)("%j are told apart as %j", (exacts, texts) => {
  expect(toldApart(exacts)).toEqual(texts);
});

test.each([
  [0, "0"],
  [-0, "0"],
  [0.1 + 0.2, "0.3"],
  [-0.000123456, "-0.0001235"],
  [0.0000123456, "1.235e-05"],
  [0.00009999999, "0.0001"],
  [4473.28, "4473"],
  [9999.7, "10,000"],
  [-500_000.5, "-500,000"],
  [999_732.25, "999,732"],
  [999_999.7, "1e+06"],
  [22_380_000, "2.238e+07"],
  [1e100, "1e+100"],
])("%d is written as Python writes it", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test("a pair is short where that is enough", () => {
  expect(shortPair(0.123456, 2)).toEqual(["0.1235", "2"]);
  expect(shortPair(2, 2)).toEqual(["2", "2"]);
  expect(shortPair(0.123456, 0.123457)).toEqual(["0.123456", "0.123457"]);
});

test.each([
  [0, "0"],
  [Math.fround(0.1), "0.1"],
  [500_000.5, "500000.5"],
  [Math.fround(1 / 3), "0.33333334"],
  [16_777_216, "16777216"],
  [Math.fround(1e-45), "1e-45"],
])("a number of 32 bits is written with as few digits as it needs", (value, text) => {
  expect(exactFloat32(value)).toBe(text);
});
