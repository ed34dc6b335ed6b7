import { beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../src/channel";
import { LoadedOutline } from "../src/tree/loaded_outline";
import { RowLoader } from "../src/tree/loader";
import { fromWire, toWire } from "../src/wire";
import { FakeModel, type SentRequest, settle } from "./fake_model";
import { type FakeNode, FakePython, leaves } from "./fake_python";

const withBelow = (node: FakeNode): FakeNode => ({ ...node, children: leaves(8) });

const python = new FakePython({
  calls: [
    {
      name: "/",
      children: [
        { name: "wide", children: leaves(100_000) },
        { name: "deep", children: [{ name: "inner", children: leaves(700) }] },
        { name: "many", children: leaves(90).map(withBelow) },
      ],
    },
  ],
});

const changed = vi.fn();
let model: FakeModel;
let outline: LoadedOutline;
let loader: RowLoader;
let controller: AbortController;

beforeEach(() => {
  model = new FakeModel();
  changed.mockReset();
  controller = new AbortController();
  const channel = new Channel(model.proxy, () => true, controller.signal);
  outline = new LoadedOutline(python.outline("calls", ""));
  loader = new RowLoader(channel, outline, changed);
});

const answerOf = (request: SentRequest | undefined) =>
  toWire(python.answer(fromWire(request)) ?? {}) as object;

const answer = (request = model.sent.at(-1)) =>
  model.answer(answerOf(request), [], request);

const answerAll = () => {
  model.respond = answerOf;
};

const windows = (...starts: number[]) =>
  starts.map((start) => ({ row: "wide", start }));
const starts = () => model.sent.map(({ start }) => start);

test("a window that is under way is not asked for again", async () => {
  loader.want(windows(0, 100));
  loader.want(windows(0, 100));
  expect(starts()).toEqual([0, 100]);
  await answer(model.sent[0]);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(outline.rowAt({ parent: "wide", index: 99 })?.id).toBe("wide/Dense_99");
  expect(model.sent).toHaveLength(2);
});

test("what is no longer in view and was not yet asked for is not asked for", async () => {
  loader.want(windows(0, 100, 200, 300, 400, 500));
  expect(starts()).toEqual([0, 100, 200, 300]);
  loader.want(windows(90_000));
  await answer(model.sent[0]);
  await answer(model.sent[1]);
  expect(starts()).toEqual([0, 100, 200, 300, 90_000]);
});

test("a failure is kept as a sentence, and not asked for again", async () => {
  loader.want(windows(0));
  outline.setOpen("wide", true);
  await model.answer({ kind: "failure", message: "Busy." });
  expect(changed).toHaveBeenCalledWith("Busy.");
  expect(outline.item(2)).toMatchObject({ kind: "gap", sentence: "Busy." });
  expect(model.sent).toHaveLength(1);
});

test("a window without its rows is a failure", async () => {
  loader.want(windows(0));
  const level = { row: "wide", start: 300, total: 100_000, rows: [] };
  await model.answer({ kind: "children", level });
  expect(model.sent).toHaveLength(1);
  expect(outline.missing(2, 5)).toEqual([]);
});

test("a closed view asks for nothing more", async () => {
  loader.want(windows(0, 100, 200, 300, 400));
  controller.abort();
  await settle();
  expect(model.sent).toHaveLength(4);
  expect(changed).not.toHaveBeenCalled();
});

test("another outline makes answers late", async () => {
  loader.want(windows(0));
  loader.stop();
  await answer();
  expect(changed).not.toHaveBeenCalled();
});

test("revealing asks for the one window that holds each row", async () => {
  answerAll();
  const { trail, row } = await loader.locate({ address: "deep/inner/Dense_642" });
  await loader.reveal(trail);
  expect(row?.id).toBe("deep/inner/Dense_642");
  expect(starts()).toEqual([undefined, 0, 600]);
  const spot = outline.spotOf("deep/inner/Dense_642");
  expect(spot && outline.lineOf(spot)).toBe(4 + 642);
});

test("a row that is not where it was said to be is a failure", async () => {
  answerAll();
  const revealed = loader.reveal([
    { row: "/", index: 0 },
    { row: "gone", index: 1 },
  ]);
  await expect(revealed).rejects.toThrow('The tree has no row for "gone".');
});

test("expanding opens what arrives, and says how much does not", async () => {
  answerAll();
  expect(await loader.expand("deep")).toEqual({ nOpened: 701, nLeft: 0 });
  expect(outline.isOpen("deep/inner")).toBe(true);
});

test("expanding again goes on where the last answer ended", async () => {
  answerAll();
  // 90 rows, then 52 branches of 8 rows each, which is the budget of one answer.
  expect(await loader.expand("many")).toEqual({ nOpened: 90 + 52 * 8, nLeft: 38 });
  expect(await loader.expand("many")).toEqual({ nOpened: 38 * 8, nLeft: 0 });
  expect(await loader.expand("many")).toEqual({ nOpened: 0, nLeft: 0 });
  expect(starts()).toEqual([0, 53, 91]);
});

test("expanding opens what was closed since, and counts what was opened", async () => {
  answerAll();
  await loader.expand("many");
  outline.setOpen("many/Dense_3", false);
  outline.setOpen("many/Dense_80", true);
  outline.setOpen("many", false);
  const nOpened = 90 + 52 * 8 + 8;
  model.respond = (request) => ({ ...answerOf(request), levels: [], expanded: [] });
  expect(await loader.expand("many")).toEqual({ nOpened, nLeft: 37 });
});

test("a failure does not pass over what did not come", async () => {
  model.respond = ({ id }) => ({ kind: "failure", id, message: "No." });
  await expect(loader.expand("many")).rejects.toThrow("No.");
  answerAll();
  expect((await loader.expand("many")).nLeft).toBe(38);
});
