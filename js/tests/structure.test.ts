import { expect, test } from "vitest";
import { FirstRows, isUnknown } from "../src/tree/first_rows";
import { FoldedOutline } from "../src/tree/folded";
import { LineStore } from "../src/tree/line_store";
import { branchesBelow, openAtFirst } from "../src/tree/opening_rows";
import { around, TOP } from "../src/tree/rows";
import { Trees } from "../src/tree/trees";
import { FakeRun, leaves } from "./fake_run";

/** Rows: / 0, a 1, a/x 2, a/y 3, b 4, b/x 5, b/z 6. */
const run = new FakeRun({
  calls: [
    {
      name: "/",
      children: [
        { name: "a", children: [{ name: "x" }, { name: "y" }] },
        { name: "b", children: [{ name: "x" }, { name: "z" }] },
      ],
    },
  ],
});
const trees = new Trees(run.columns());
const all = trees.outline("calls", "");
const found = trees.outline("calls", "x");

test("without a query every row is left and none is a hit", () => {
  expect([...all.children(TOP)]).toEqual([0]);
  expect([...all.children(1)]).toEqual([2, 3]);
  expect([...all.children(3)]).toEqual([]);
  expect([all.nRows, all.nHits]).toEqual([7, 0]);
  expect(all.nextHit(null, 1)).toBeNull();
});

test("a query leaves the hits and what is around them", () => {
  expect([...found.children(0)]).toEqual([1, 4]);
  expect([...found.children(1)]).toEqual([2]);
  expect(found.isLeft(3)).toBe(false);
  expect(around(found, 5)).toEqual([0, 4]);
  expect([found.indexOf(4), found.indexOf(5)]).toEqual([1, 0]);
  expect(found.rowOf("b/z")).toBeNull();
});

test("the next hit goes round in both directions", () => {
  expect(found.nextHit(2, 1)).toBe(5);
  expect(found.nextHit(5, 1)).toBe(2);
  expect(found.nextHit(2, -1)).toBe(5);
  expect(found.nextHit(4, -1)).toBe(2);
  expect([found.nextHit(null, 1), found.nextHit(null, -1)]).toEqual([2, 5]);
  expect([2, 4, 5].map((row) => found.ordinalOf(row))).toEqual([1, 0, 2]);
});

test("lines are those of the open rows, and every one finds its row", () => {
  expect([...all.visible(new Set([0, 4]))]).toEqual([0, 1, 4, 5, 6]);
  // What is in a closed row is not visible, though it is open itself.
  expect([...all.visible(new Set([1, 4]))]).toEqual([0]);
  expect([...found.visible(new Set([0, 4]))]).toEqual([0, 1, 4, 5]);
});

const store = new LineStore(
  async () => [],
  () => {},
);

test("the first picture has a place for every row that is to come", () => {
  const long = new FakeRun({ calls: [{ name: "/", children: leaves(250) }] });
  const first = new FirstRows(long.firstOutline());
  const visible = first.visible(new Set([0]));
  expect(visible).toHaveLength(251);
  expect(new Set(visible).size).toBe(251);
  expect(visible.filter(isUnknown)).toHaveLength(150);
  const last = visible.at(-1) ?? 0;
  expect([first.parentOf(last), first.indexOf(last)]).toEqual([0, 249]);
  const folded = new FoldedOutline(first, new Set([0]), store, "Gone.");
  const sentences = folded.items(0, 251).map(({ sentence }) => sentence);
  expect(sentences.filter((it) => it !== "")).toEqual(["Gone."]);
  expect(folded.lineOf(last)).toBe(250);
});

test("a line says where its row stands", () => {
  const folded = new FoldedOutline(found, new Set([0, 4]), store);
  expect(folded.item(3)).toMatchObject({
    row: 5,
    level: 3,
    index: 0,
    nSiblings: 1,
    nChildren: 0,
    isOpen: false,
    isHit: true,
  });
  expect(folded.item(1)).toMatchObject({ row: 1, nChildren: 1, isOpen: false });
  expect([folded.lineOf(2), folded.visibleRow(2)]).toEqual([null, 1]);
});

test("at first only children are open, and what is around the first hits", () => {
  expect(openAtFirst(all)).toEqual([0]);
  expect(openAtFirst(found)).toEqual([0, 1, 4]);
  const chain = new FakeRun({
    calls: [{ name: "/", children: [{ name: "a", children: [{ name: "b" }] }] }],
  });
  expect(openAtFirst(new Trees(chain.columns()).outline("calls", ""))).toEqual([0, 1]);
});

test("of a long level of hits as much is opened as can be read", () => {
  const stages = leaves(500, "Stage").map((it) => ({ ...it, children: leaves(3) }));
  const long = new FakeRun({ calls: [{ name: "/", children: stages }] });
  const opened = openAtFirst(new Trees(long.columns()).outline("calls", "dense"));
  expect(opened.length).toBeGreaterThan(10);
  expect(opened.length).toBeLessThan(60);
});

test("what is below a row is opened nearest first", () => {
  expect(branchesBelow(all, 0)).toEqual([0, 1, 4]);
  expect(branchesBelow(found, 4)).toEqual([4]);
});
