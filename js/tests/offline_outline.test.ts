import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Archive } from "../src/page/archive";
import { nameFits, pathFits } from "../src/tree/globs";

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
