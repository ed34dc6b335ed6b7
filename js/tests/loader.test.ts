import { beforeEach, expect, test } from "vitest";
import { Channel } from "../src/channel";
import { ChildrenLoader } from "../src/loader";
import type { Opening } from "../src/protocol";
import { TreeState } from "../src/state";
import { fromWire } from "../src/wire";
import { FakeModel, settle } from "./fake_model";
import { exchange, goldenTraits } from "./golden";

let model: FakeModel;
let state: TreeState;
let loader: ChildrenLoader;

beforeEach(() => {
  model = new FakeModel();
  state = new TreeState(fromWire<Opening>(goldenTraits().opening));
  const { signal } = new AbortController();
  loader = new ChildrenLoader(new Channel(model.proxy, () => true, signal), state);
});

test("a window that is under way is not asked for again", async () => {
  const both = Promise.all([loader.loadNext("block"), loader.loadNext("block")]);
  expect(model.sent).toHaveLength(1);
  await model.answer(exchange("children").answer);
  await both;
  expect(state.nextStart("block")).toBeNull();
});

test("what has arrived is not asked for", async () => {
  await loader.loadNext("/");
  expect(model.sent).toHaveLength(0);
});

test("revealing opens every call around the row", async () => {
  const revealed = loader.reveal("block/Dropout_0", ["/", "block"]);
  await settle();
  await model.answer(exchange("children").answer);
  await revealed;
  expect(state.items().map(({ key }) => key)).toContain("block/Dropout_0");
});

test("a row that never arrives is a failure with a sentence", async () => {
  const revealed = loader.reveal("block/Dense_7", ["/", "block"]);
  await settle();
  void model.answer(exchange("children").answer);
  await expect(revealed).rejects.toThrow('The tree has no row for "block/Dense_7".');
});
