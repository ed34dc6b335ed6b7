import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Archive } from "../src/page/archive";
import { nameFits, pathFits } from "../src/tree/globs";
import { Outline, TOP } from "../src/tree/structure";

/** A root with two stages of two layers each. */
const ROWS = {
  ids: ["/", "a", "a/x", "a/y", "b", "b/x", "b/y"],
  parents: [TOP, 0, 1, 1, 0, 4, 4],
  items: [0, 1, 2, 3, 4, 5, 6],
  calls: [0, 1, 2, 3, 4, 5, 6],
};

const found = (...items: number[]) => {
  const mask = new Uint8Array(ROWS.ids.length);
  for (const item of items) mask[item] = 1;
  return mask;
};

test("without a query every row is left and none is a hit", () => {
  const outline = new Outline(ROWS, null);
  expect(outline.children(TOP)).toEqual([0]);
  expect(outline.children(1)).toEqual([2, 3]);
  expect(outline.children(1, 1, 5)).toEqual([3]);
  expect(outline.children(1, 9)).toEqual([]);
  expect([outline.nRows, outline.nHits]).toEqual([7, 0]);
  expect(outline.nextHit(null, 1)).toBeNull();
});

test("a query leaves the hits and what is around them", () => {
  const outline = new Outline(ROWS, found(3, 5));
  expect(outline.children(0)).toEqual([1, 4]);
  expect(outline.children(1)).toEqual([3]);
  expect(outline.isLeft(2)).toBe(false);
  expect(outline.trailOf(5)).toEqual([0, 4, 5]);
  expect(outline.indexOf(5)).toBe(0);
  expect(outline.nParentsBelow(TOP)).toBe(3);
  expect(outline.nParentsBelow(4)).toBe(1);
});

test("the next row with rows below it is found", () => {
  const outline = new Outline(ROWS, null);
  expect([0, 1, 2].map((start) => outline.nextBranch(0, start))).toEqual([0, 1, null]);
  expect(outline.nextBranch(1, 0)).toBeNull();
});

test("the next hit goes round in both directions", () => {
  const outline = new Outline(ROWS, found(3, 5));
  expect(outline.nextHit(3, 1)).toBe(5);
  expect(outline.nextHit(5, 1)).toBe(3);
  expect(outline.nextHit(3, -1)).toBe(5);
  expect(outline.nextHit(4, -1)).toBe(3);
  expect([3, 4, 5].map((row) => outline.ordinalOf(row))).toEqual([1, 0, 2]);
});

test("a block of an archive is unpacked when it is asked for", async () => {
  const pack = (value: unknown) => gzipSync(JSON.stringify(value)).toString("base64");
  const archive = new Archive(`\n${pack({ a: "é\u2028" })}\nnot base64!\n${pack(7)}\n`);
  expect(await archive.read(0)).toEqual({ a: "é\u2028" });
  expect(await archive.readLast()).toBe(7);
  await expect(archive.read(1)).rejects.toThrow();
});

test.each([
  ["d*_0", "dense_0", true],
  ["d*_0", "dense_01", false],
  ["*a*b*c", "xxaxxbxxbxxc", true],
  ["d?n", "den", true],
  ["[!a-c]x", "dx", true],
  ["[!a-c]x", "bx", false],
  ["[]]x", "]x", true],
  ["[ax", "[ax", true],
  ["[z-a]", "b", false],
  ["**", "", true],
])("the glob %s and the name %s", (glob, name, fits) => {
  expect(nameFits(glob)(name)).toBe(fits);
});

test.each([
  ["a/**/b", "/a/b", true],
  ["a/**/b", "/a/x/y/b", true],
  ["**/b", "/xb", false],
  ["a/**", "/a", true],
  ["a/**", "/ab", false],
  ["**", "", true],
  ["*", "/a/b", false],
  ["**/x/**/y/**", "/a/x/b/y", true],
])("the glob %s and the path %s", (glob, path, fits) => {
  expect(pathFits(glob)(path)).toBe(fits);
});

test("a glob that would try every way to match answers at once", () => {
  expect(nameFits(`${"*a".repeat(50)}*b`)("a".repeat(5_000))).toBe(false);
  expect(pathFits(`${"**/a/".repeat(20)}**/b`)("/a".repeat(300))).toBe(false);
});
