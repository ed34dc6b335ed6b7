import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Archive } from "../src/page/archive";
import { testFor } from "../src/tree/pattern";
import { Regex } from "../src/tree/regex";

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
  ["**", "", true],
])("the glob %s and the name %s", (text, name, fits) => {
  expect(testFor({ text, how: "fits" })(name)).toBe(fits);
});

test("a glob and an expression that make others wait answer at once", () => {
  const text = "a".repeat(5_000);
  expect(testFor({ text: `${"*a".repeat(50)}*b`, how: "fits" })(text)).toBe(false);
  const regex = new Regex("(a*)*(a|a)*b$");
  expect(regex.accepts(regex.advance(regex.start, text))).toBe(false);
});
