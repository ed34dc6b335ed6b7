import { expect, test } from "vitest";
import { tokensOf } from "../src/panels/python_source";

const kinds = (source: string) =>
  tokensOf(source)
    .filter(({ kind }) => kind !== "plain")
    .map(({ kind, text }) => [kind, text]);

test("the tokens together are the source", () => {
  const source = 'def f(x):\n  """a\n  b"""\n  return f"{x}" # it\'s\n';
  expect(
    tokensOf(source)
      .map(({ text }) => text)
      .join(""),
  ).toBe(source);
});

test.each([
  [
    "return x  # not None",
    [
      ["keyword", "return"],
      ["comment", "# not None"],
    ],
  ],
  ['x = "# no comment"', [["string", '"# no comment"']]],
  [
    "x = rb'\\'' if y",
    [
      ["string", "rb'\\''"],
      ["keyword", "if"],
    ],
  ],
  ['"""def\n"x"\n"""', [["string", '"""def\n"x"\n"""']]],
  ["  @nn.compact\n", [["decorator", "@nn.compact"]]],
  ["a @ b", []],
  ["define = iffy", []],
  ['"""never closed', [["string", '"""never closed']]],
])("of %j the right parts are coloured", (source, expected) => {
  expect(kinds(source)).toEqual(expected);
});
