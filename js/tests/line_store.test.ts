import { expect, test } from "vitest";
import { FailureError, OvertakenError } from "../src/channel";
import type { Row } from "../src/protocol";
import { LineStore } from "../src/tree/line_store";
import { settle } from "./fake_model";
import { FakeRun, leaves } from "./fake_run";

const run = new FakeRun({ calls: leaves(1000) });

/** A store whose questions wait for the test. */
function createStore() {
  const asked: {
    rows: readonly number[];
    settle: (rows: Row[]) => void;
    fail: (e: Error) => void;
  }[] = [];
  const said: string[] = [];
  const store = new LineStore(
    (rows) => new Promise((settle, fail) => asked.push({ rows, settle, fail })),
    (sentence) => said.push(sentence),
  );
  const answer = async (place: number) => {
    const { rows, settle: arrive } = asked[place] ?? { rows: [], settle: () => {} };
    arrive(rows.map((row) => run.line("calls", row)));
    await settle();
  };
  return { store, asked, said, answer };
}

test("each row is asked for once, and told when it is there", async () => {
  const { store, asked, said, answer } = createStore();
  store.want([1, 2, -5]);
  store.want([2, 3]);
  expect(asked.map(({ rows }) => rows)).toEqual([[1, 2], [3]]);
  await answer(0);
  await answer(1);
  expect(store.get(3)?.name).toBe("Dense_3 Dense");
  expect(said).toEqual(["", ""]);
  store.want([1, 2, 3]);
  expect(asked).toHaveLength(2);
});

test("what is not wanted any more when its turn comes is not asked for", async () => {
  const { store, asked, answer } = createStore();
  for (const row of [1, 2, 3, 4]) store.want([row]);
  await answer(0);
  expect(asked.map(({ rows }) => rows)).toEqual([[1], [2], [4]]);
});

test("a question holds no more rows than Python answers", async () => {
  const { store, asked, answer } = createStore();
  store.want(Array.from({ length: 900 }, (_, row) => row));
  await answer(0);
  expect(asked.map(({ rows }) => rows.length)).toEqual([400, 400]);
});

test("what failed has a sentence, and is asked for again when that is forgotten", async () => {
  const { store, asked, said } = createStore();
  store.want([1]);
  asked[0]?.fail(new FailureError("Busy."));
  await settle();
  expect([store.failureOf(1), said]).toEqual(["Busy.", ["Busy."]]);
  store.want([1]);
  expect(asked).toHaveLength(1);
  store.forgetFailures();
  store.want([1]);
  expect(asked).toHaveLength(2);
});

test("when the view ends nothing more is said or asked", async () => {
  const { store, asked, said } = createStore();
  store.want([1]);
  asked[0]?.fail(new OvertakenError("closed"));
  await settle();
  expect([said, asked.length]).toEqual([[], 1]);
});

test("a row that does not come with its answer is not asked for without end", async () => {
  const { store, asked } = createStore();
  store.want([1]);
  asked[0]?.settle([]);
  await settle();
  expect(store.failureOf(1)).toBe("This row could not be loaded.");
  expect(asked).toHaveLength(1);
});

test("whoever needs a row waits for the question that is under way", async () => {
  const { store, asked, answer } = createStore();
  store.want([1]);
  const brought = store.bring([1, 2]);
  expect(asked.map(({ rows }) => rows)).toEqual([[1], [2]]);
  await answer(0);
  await answer(1);
  expect((await brought).map(({ address }) => address)).toEqual(["Dense_1", "Dense_2"]);
});
