import { expect, test } from "vitest";
import type { ChildrenAnswer, Opening, Row } from "../src/protocol";
import { type Item, TreeState } from "../src/state";
import { fromWire } from "../src/wire";
import { exchange, goldenTraits } from "./golden";

const openingState = () => new TreeState(fromWire<Opening>(goldenTraits().opening));
const goldenChildren = () => fromWire<ChildrenAnswer>(exchange("children").answer);
const keys = (items: readonly Item[]) => items.map(({ key }) => key);

function row(address: string, nChildren = 0): Row {
  return { address, name: address, html: "", nChildren, parent: null };
}

function children(start: number, length: number, total: number): ChildrenAnswer {
  const rows = Array.from({ length }, (_, index) => row(`child_${start + index}`));
  return { kind: "children", id: 0, address: "/", start, total, rows };
}

test("the opening shows the root and its children", () => {
  const state = openingState();
  expect(keys(state.items())).toEqual(["/", "stem", "block", "head"]);
  expect(state.items()[2]).toMatchObject({ level: 2, position: 2, nSiblings: 3 });
});

test("children that arrive stand below their caller once it is open", () => {
  const state = openingState();
  expect(state.nextStart("block")).toBe(0);
  state.addChildren(goldenChildren());
  expect(keys(state.items())).not.toContain("block/BatchNorm_0");
  state.setOpen("block", true);
  expect(keys(state.items())).toEqual([
    "/",
    "stem",
    "block",
    "block/BatchNorm_0",
    "block/Dropout_0",
    "head",
  ]);
  expect(state.nextStart("block")).toBeNull();
});

test("children that arrive twice are shown once", () => {
  const state = openingState();
  state.setOpen("block", true);
  state.addChildren(goldenChildren());
  state.addChildren(goldenChildren());
  expect(state.items()).toHaveLength(6);
});

test("a call that called nothing cannot be opened", () => {
  const state = openingState();
  state.setOpen("stem", true);
  expect(state.isOpen("stem")).toBe(false);
});

test("after a window there is a line for the next", () => {
  const state = new TreeState({ rows: [row("/", 450)], expanded: ["/"] });
  state.addChildren(children(0, 200, 450));
  expect(state.items().at(-1)).toMatchObject({ kind: "more", nNext: 200, nLeft: 250 });
  expect(state.items()[1]).toMatchObject({ position: 1, nSiblings: 450 });
  state.addChildren(children(200, 200, 450));
  expect(state.items().at(-1)).toMatchObject({ kind: "more", nNext: 50, nLeft: 50 });
  expect(state.nextStart("/")).toBe(400);
  state.addChildren(children(400, 50, 450));
  expect(state.items().at(-1)?.key).toBe("child_449");
});

test("an empty window ends the asking", () => {
  const state = new TreeState({ rows: [row("/", 450)], expanded: ["/"] });
  state.addChildren(children(0, 200, 450));
  state.addChildren(children(200, 0, 450));
  expect(state.nextStart("/")).toBeNull();
});

test("a note stands where the children would be, until they come", () => {
  const state = openingState();
  state.setOpen("block", true);
  state.setNote("block", "The kernel is gone.");
  expect(state.items()[3]).toMatchObject({ kind: "note", text: "The kernel is gone." });
  state.addChildren(goldenChildren());
  expect(state.items().some(({ kind }) => kind === "note")).toBe(false);
});
