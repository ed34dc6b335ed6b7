import { expect, test } from "vitest";
import type { Level, Row } from "../src/protocol";
import { type Item, LoadedOutline } from "../src/tree/loaded_outline";
import { FakePython, leaves } from "./fake_python";

const python = new FakePython({
  calls: [
    {
      name: "/",
      children: [
        { name: "stem" },
        { name: "block", children: [{ name: "inner", children: leaves(2) }] },
        { name: "wide", children: leaves(100_000) },
        { name: "head" },
      ],
    },
  ],
});

const opened = () => new LoadedOutline(python.outline("calls", ""));

function arrive(outline: LoadedOutline, row: string, start = 0): void {
  const request = { kind: "children", id: 0, lens: "calls", query: "", row, start };
  const answer = python.answer(request as never) as unknown as { level: Level };
  outline.addLevel(answer.level);
}

const name = (item: Item | undefined) =>
  item?.kind === "row" ? item.row.id : item?.kind;
const names = (outline: LoadedOutline, from = 0, to = outline.nLines) =>
  outline.items(from, to).map(name);

test("the outline shows its levels and opens what it says", () => {
  const outline = opened();
  expect(names(outline)).toEqual(["/", "stem", "block", "wide", "head"]);
  expect(outline.item(2)).toMatchObject({ line: 2, level: 2, index: 1, nSiblings: 4 });
  expect(outline.expanded).toEqual(["/"]);
});

test("an open row has a line for each row below it, there or not", () => {
  const outline = opened();
  outline.setOpen("block", true);
  expect(names(outline)).toEqual(["/", "stem", "block", "gap", "wide", "head"]);
  arrive(outline, "block");
  outline.setOpen("block/inner", true);
  expect(names(outline).slice(2, 6)).toEqual(["block", "block/inner", "gap", "gap"]);
  outline.setOpen("block", false);
  expect(outline.nLines).toBe(5);
  outline.setOpen("block", true);
  expect(outline.nLines).toBe(8);
});

test("lines and rows are found from one another among 100,000", () => {
  const outline = opened();
  outline.setOpen("block", true);
  arrive(outline, "block");
  outline.setOpen("wide", true);
  arrive(outline, "wide", 70_000);
  expect(outline.nLines).toBe(100_006);
  const spot = outline.spotOf("wide/Dense_70042");
  expect(spot).toEqual({ parent: "wide", index: 70_042 });
  expect(spot && outline.lineOf(spot)).toBe(70_047);
  expect(name(outline.item(70_047))).toBe("wide/Dense_70042");
  expect(name(outline.item(100_005))).toBe("head");
  for (const line of [0, 3, 4, 5, 99_999, 100_004, 100_005]) {
    const item = outline.item(line);
    expect(item && outline.lineOf(item)).toBe(line);
  }
});

test("what is missing in view is asked for from the first row that is missing", () => {
  const outline = opened();
  outline.setOpen("wide", true);
  arrive(outline, "wide", 250);
  expect(outline.missing(4, 30)).toEqual([{ row: "wide", start: 0 }]);
  expect(outline.missing(200, 340)).toEqual([
    { row: "wide", start: 100 },
    { row: "wide", start: 200 },
  ]);
  expect(outline.missing(260, 300)).toEqual([]);
  expect(outline.missing(355, 360)).toEqual([{ row: "wide", start: 350 }]);
});

test("a window that could not be had says so once, and is not asked for again", () => {
  const outline = opened();
  outline.setOpen("wide", true);
  outline.setFailure({ row: "wide", start: 0 }, "Busy.");
  const sentences = outline
    .items(4, 8)
    .map((item) => (item.kind === "gap" ? item.sentence : null));
  expect(sentences).toEqual(["Busy.", "", "", ""]);
  expect(outline.missing(4, 30)).toEqual([]);
  outline.setOpen("wide", false);
  outline.setOpen("wide", true);
  expect(outline.missing(4, 30)).toEqual([{ row: "wide", start: 0 }]);
});

test("an empty window ends the asking", () => {
  const outline = opened();
  outline.setOpen("wide", true);
  outline.addLevel({ row: "wide", start: 0, total: 100_000, rows: [] });
  expect(outline.missing(4, 30)).toEqual([]);
});

test("a row that has nothing below it cannot be opened", () => {
  const outline = opened();
  outline.setOpen("stem", true);
  outline.setOpen("nowhere", true);
  expect(outline.expanded).toEqual(["/"]);
});

test("a row in a closed one is stood for by the closed one", () => {
  const outline = opened();
  arrive(outline, "block");
  arrive(outline, "block/inner");
  const leaf = outline.spotOf("block/inner/Dense_1") ?? { parent: "", index: 0 };
  expect(outline.lineOf(leaf)).toBeNull();
  expect(outline.visibleSpot(leaf)).toEqual(outline.spotOf("block"));
  outline.openAround("block/inner/Dense_1");
  expect(outline.visibleSpot(leaf)).toEqual(leaf);
  expect(outline.lineOf(leaf)).toBe(5);
  expect(outline.nLines).toBe(8);
  outline.setOpen("/", false);
  expect(outline.visibleSpot(leaf)).toEqual({ parent: "", index: 0 });
  expect(outline.nLines).toBe(1);
});

test("a level says how many rows there really are", () => {
  const outline = opened();
  outline.setOpen("block", true);
  const row = { id: "other", nChildren: 0 } as Row;
  outline.addLevel({ row: "block", start: 3, total: 4, rows: [row] });
  expect(outline.nLines).toBe(9);
  expect(name(outline.item(6))).toBe("other");
});

test("levels of rows that are not known change nothing", () => {
  const outline = opened();
  outline.addLevel({ row: "nowhere", start: 0, total: 1, rows: [] });
  expect(outline.nLines).toBe(5);
});
