import { expect, test } from "vitest";
import { FirstRows } from "../src/tree/first_rows";
import { chosen, firstState, reduce, type TreeState } from "../src/tree/state";
import { Trees } from "../src/tree/trees";
import { FakeRun, leaves } from "./fake_run";

/** Rows: / 0, block 1, inner 2, Dense_0 3, Dense_1 4, head 5, tail 6, Dense_0 7. */
const run = new FakeRun({
  calls: [
    {
      name: "/",
      children: [
        { name: "block", children: [{ name: "inner", children: leaves(2) }] },
        { name: "head" },
        { name: "tail", children: leaves(1) },
      ],
    },
  ],
  modules: [{ name: "block", children: leaves(3) }, { name: "head" }],
});
const trees = new Trees(run.columns());
const calls = trees.outline("calls", "");
const modules = trees.outline("modules", "");
const hits = trees.outline("calls", "dense");
const first = new FirstRows(run.firstOutline());

const begin = (asked: string[] | null = null) => firstState(first, ["/"], asked);
const full = (asked: string[] | null = null) =>
  reduce(begin(asked), { kind: "show", rows: calls, opened: [] });
const open = ({ open: rows }: TreeState) => [...rows].sort((a, b) => a - b);
const choose = (state: TreeState, choice: object, isReader: boolean) =>
  reduce(state, { kind: "choose", choice, goal: "selected", isReader });

test("the first picture opens what it says, or what somebody asks for", () => {
  expect(open(begin())).toEqual([0]);
  expect(open(begin(["block"]))).toEqual([1]);
});

test("what was asked for and was not known is opened with the columns", () => {
  const state = begin(["/", "block/inner", "nowhere", "head"]);
  expect(open(state)).toEqual([0]);
  expect(open(full(["/", "block/inner", "nowhere", "head"]))).toEqual([0, 2]);
});

test("what the reader folds before the columns are there stays so", () => {
  const folded = reduce(begin(), { kind: "fold", opened: [1], closed: [0] });
  expect(open(reduce(folded, { kind: "show", rows: calls, opened: [] }))).toEqual([1]);
});

test("a row without rows below it is never open", () => {
  const state = reduce(full(), { kind: "fold", opened: [5], closed: [] });
  expect(open(state)).toEqual([0]);
});

test("a fold that changes nothing leaves the very same rows open", () => {
  const state = full();
  expect(reduce(state, { kind: "fold", opened: [0, 5], closed: [1] }).open).toBe(
    state.open,
  );
});

test("lens and query are chosen until they are shown or refused", () => {
  const state = choose(full(), { query: "dense" }, true);
  expect(chosen(state)).toEqual({ lens: "calls", query: "dense" });
  expect(chosen(choose(state, { lens: "modules" }, true))).toEqual({
    lens: "modules",
    query: "dense",
  });
  expect(chosen(reduce(state, { kind: "refuse" }))).toEqual({
    lens: "calls",
    query: "",
  });
  const shown = reduce(state, { kind: "show", rows: hits, opened: [0] });
  expect(shown.coming).toBeNull();
  expect(open(shown)).toEqual([0]);
});

test("the columns of what is shown leave what is chosen on its way", () => {
  const state = choose(begin(), { lens: "modules" }, true);
  const shown = reduce(state, { kind: "show", rows: calls, opened: [] });
  expect(chosen(shown).lens).toBe("modules");
});

test.each([
  ["before", ["ask open", "choose"]],
  ["after", ["choose", "ask open"]],
])(
  "what others want open is opened besides what a search opens, set %s it",
  (_, order) => {
    let state = full();
    for (const kind of order) {
      if (kind === "choose") state = choose(state, { query: "dense" }, false);
      else state = reduce(state, { kind: "ask open", ids: ["tail"] });
    }
    expect(open(reduce(state, { kind: "show", rows: hits, opened: [0] }))).toEqual([
      0, 6,
    ]);
  },
);

test("what others wanted open is forgotten when the reader searches or folds", () => {
  const asked = reduce(full(), { kind: "ask open", ids: ["tail"] });
  const searched = choose(asked, { query: "dense" }, true);
  const shown = reduce(searched, { kind: "show", rows: hits, opened: [0] });
  expect(open(shown)).toEqual([0]);
  expect(reduce(asked, { kind: "fold", opened: [1], closed: [] }).asked).toBeNull();
});

test("a widget that begins with another lens opens what it begins with, and no more", () => {
  const show = (state: TreeState) =>
    reduce(choose(state, { lens: "modules" }, false), {
      kind: "show",
      rows: modules,
      opened: [0],
    });
  expect(open(show(begin([])))).toEqual([]);
  expect(open(show(begin()))).toEqual([0]);
});

test("a row that is revealed has all around it open; marking opens nothing", () => {
  const state = reduce(full([]), { kind: "reveal", row: 4 });
  expect(open(state)).toEqual([0, 1, 2]);
  const marked = reduce(full([]), { kind: "mark", row: 4 });
  expect([marked.selected, open(marked)]).toEqual([4, []]);
});

test("a mark stays with the columns of the same rows, and goes with other rows", () => {
  const marked = reduce(begin(), { kind: "mark", row: 1 });
  const same = reduce(marked, { kind: "show", rows: calls, opened: [] });
  expect(same.selected).toBe(1);
  expect(reduce(same, { kind: "show", rows: modules, opened: [] }).selected).toBeNull();
});

test("whoever selects while a search is on its way wants to see that", () => {
  const choice = { query: "dense" };
  const state = reduce(full(), {
    kind: "choose",
    choice,
    goal: "hit",
    isReader: false,
  });
  expect(reduce(state, { kind: "prefer selected" }).goal).toBe("selected");
});
