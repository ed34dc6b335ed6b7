import { expect, test } from "vitest";
import { findTyped, moveFor } from "../src/keyboard";
import type { ChildrenAnswer, Opening } from "../src/protocol";
import { TreeState } from "../src/state";
import { fromWire } from "../src/wire";
import { exchange, goldenTraits } from "./golden";

function stateOfGolden(): TreeState {
  const state = new TreeState(fromWire<Opening>(goldenTraits().opening));
  state.addChildren(fromWire<ChildrenAnswer>(exchange("children").answer));
  return state;
}

const state = stateOfGolden();
const closed = state.items();
state.setOpen("block", true);
const open = state.items();
state.setNote("block", "Loading…");
const noted = state.items();

const focus = (key: string) => ({ kind: "focus", key });

test.each([
  ["ArrowDown", closed, "stem", focus("block")],
  ["ArrowDown", closed, "head", null],
  ["ArrowUp", closed, "head", focus("block")],
  ["ArrowUp", closed, "/", null],
  ["Home", closed, "head", focus("/")],
  ["End", closed, "/", focus("head")],
  ["ArrowRight", closed, "block", { kind: "open", address: "block" }],
  ["ArrowRight", open, "block", focus("block/BatchNorm_0")],
  ["ArrowRight", closed, "stem", null],
  ["ArrowLeft", open, "block/Dropout_0", focus("block")],
  ["ArrowLeft", open, "block", { kind: "close", address: "block" }],
  ["ArrowLeft", closed, "block", focus("/")],
  ["ArrowLeft", closed, "/", { kind: "close", address: "/" }],
  ["Enter", closed, "stem", { kind: "choose", key: "stem" }],
  [" ", closed, "stem", { kind: "choose", key: "stem" }],
  ["a", closed, "stem", null],
  ["ArrowDown", closed, "gone", null],
  ["ArrowDown", noted, "block/Dropout_0", focus("head")],
])("%s moves as the ARIA tree pattern says (%#)", (key, items, focused, move) => {
  expect(moveFor(key, items, focused)).toEqual(move);
});

test.each([
  ["h", "/", "head"],
  ["b", "/", "block"],
  ["b", "block", "block/BatchNorm_0"],
  ["bbb", "block/BatchNorm_0", "block"],
  ["bl", "block", "block"],
  ["drop", "/", "block/Dropout_0"],
  ["DROP", "/", "block/Dropout_0"],
  ["net", "stem", "/"],
  ["x", "/", null],
])("typing %s from %s goes to %s", (typed, focused, found) => {
  expect(findTyped(open, focused, typed)).toBe(found);
});
