import { expect, test } from "vitest";
import { findTyped, type Move, moveFor, targetOf } from "../src/controls/keyboard";
import { FoldedOutline } from "../src/tree/folded";
import { LineStore } from "../src/tree/line_store";
import { Trees } from "../src/tree/trees";
import { FakeRun, leaves } from "./fake_run";

const run = new FakeRun({
  calls: [
    {
      name: "/",
      row: { name: "/ Net" },
      children: [
        { name: "stem" },
        { name: "block", children: [{ name: "BatchNorm_0" }, { name: "Dropout_0" }] },
        { name: "wide", children: leaves(40) },
      ],
    },
  ],
});

/** Lines: / stem block BatchNorm_0 Dropout_0 wide. */
const rows = new Trees(run.columns()).outline("calls", "");
const store = new LineStore(
  async () => [],
  () => {},
);
const outline = new FoldedOutline(rows, new Set([0, 2]), store);

const to = (line: number): Move => ({ kind: "focus", line });

test.each<[string, number, Move | null]>([
  ["ArrowDown", 1, to(2)],
  ["ArrowDown", 5, null],
  ["ArrowUp", 5, to(4)],
  ["ArrowUp", 0, null],
  ["PageDown", 0, to(3)],
  ["PageDown", 4, to(5)],
  ["PageUp", 5, to(2)],
  ["PageUp", 1, to(0)],
  ["Home", 5, to(0)],
  ["End", 0, to(5)],
  ["ArrowRight", 5, { kind: "open", row: 5 }],
  ["ArrowRight", 2, to(3)],
  ["ArrowRight", 1, null],
  ["ArrowLeft", 4, to(2)],
  ["ArrowLeft", 2, { kind: "close", row: 2 }],
  ["ArrowLeft", 5, to(0)],
  ["ArrowLeft", 0, { kind: "close", row: 0 }],
  ["*", 5, { kind: "expand", row: 5 }],
  ["*", 1, null],
  ["-", 2, { kind: "collapse", row: 2 }],
  ["-", 1, null],
  ["Enter", 1, { kind: "choose" }],
  [" ", 1, { kind: "choose" }],
  ["/", 1, { kind: "search" }],
  ["a", 1, null],
  ["ArrowDown", 6, null],
])("%s on line %d moves as the ARIA tree pattern says", (key, line, move) => {
  expect(moveFor(key, outline, line, 3)).toEqual(move);
});

test.each([
  ["w", 0, 5],
  ["b", 0, 2],
  ["b", 2, 3],
  ["bbb", 3, 2],
  ["bl", 2, 2],
  ["drop", 0, 4],
  ["DROP", 0, 4],
  ["net", 1, 0],
  ["x", 0, null],
])("typing %s on line %d goes to line %s", (typed, line, found) => {
  expect(findTyped(outline, line, typed)).toBe(found);
});

test.each([
  ["ArrowDown", 0, "listbox", 1],
  ["ArrowDown", 2, "listbox", 2],
  ["ArrowRight", 0, "listbox", null],
  ["End", 0, "plot", 2],
  ["ArrowLeft", 0, "plot", 0],
  ["ArrowLeft", 0, "tablist", 2],
  ["ArrowDown", 0, "tablist", null],
  ["ArrowDown", 2, "radiogroup", 0],
  ["a", 0, "radiogroup", null],
] as const)(
  "%s on item %i of three in a %s goes to %s",
  (key, current, list, target) => {
    expect(targetOf(key, current, 3, list)).toBe(target);
  },
);
