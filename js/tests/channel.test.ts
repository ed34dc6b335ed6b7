import { beforeEach, expect, test } from "vitest";
import {
  Channel,
  CLOSED,
  FailureError,
  NOT_CONNECTED,
  OvertakenError,
} from "../src/channel";
import { FakeModel, settle } from "./fake_model";
import { buffersOf, exchange, golden } from "./golden";

const CALL = { address: "stem" };

/** An answer to `CALL` or its like. */
const call = (address: string) => ({ kind: "call", body: { address } });

let model: FakeModel;
let controller: AbortController;
let isConnected: boolean;
let channel: Channel;

beforeEach(() => {
  model = new FakeModel();
  controller = new AbortController();
  isConnected = true;
  channel = new Channel(model.proxy, () => isConnected, controller.signal);
});

test("an answer reaches whoever asked, whatever the order", async () => {
  const first = channel.ask("call", { address: "a" });
  const second = channel.ask("call", { address: "b" });
  await model.answer(call("b"), [], model.sent[1]);
  await model.answer(call("a"), [], model.sent[0]);
  expect((await first).answer.address).toBe("a");
  expect((await second).answer.address).toBe("b");
});

test("requests cross the wire as the golden ones do", () => {
  const names = ["columns", "lines", "call", "method"];
  for (const name of [...names, "array", "treescope", "cancel"]) {
    const { request } = exchange(name);
    const { kind, body } = request;
    void channel.ask(kind as "call", body as never);
    const { id, ...sent } = model.sent.at(-1) ?? { id: null };
    expect(sent).toEqual({ kind, body });
    expect(id).toBeTypeOf("number");
  }
});

test("why Python refuses a trait is heard by nobody who waits, but is heard", async () => {
  const heard: string[] = [];
  const listening = new Channel(
    model.proxy,
    () => true,
    controller.signal,
    (sentence) => heard.push(sentence),
  );
  const reply = listening.ask("call", CALL);
  const message = "There is no trait 'nothing'.";
  model.tell("msg:custom", { kind: "failure", id: -1, body: { message } }, []);
  expect(heard).toEqual([message]);
  await model.answer(call("stem"));
  expect((await reply).answer.address).toBe("stem");
  expect(heard).toEqual([message]);
});

test("buffers come with the answer that they belong to", async () => {
  const array = exchange("array");
  const reply = channel.ask("array", array.request.body as never);
  const buffers = buffersOf(array);
  await model.answer(array.answer, buffers);
  expect((await reply).buffers).toBe(buffers);
});

test("a failure arrives as its sentence", async () => {
  const reply = channel.ask("call", CALL);
  const { answer } = exchange("failure");
  void model.answer(answer);
  await expect(reply).rejects.toThrow(FailureError);
  await expect(reply).rejects.toThrow(answer.body.message as string);
});

test("an answer of another kind is a failure, not a wrong picture", async () => {
  const reply = channel.ask("call", CALL);
  void model.answer({ kind: "lines" });
  await expect(reply).rejects.toThrow('Asked for "call", got "lines".');
});

test("a later request overtakes an earlier one of its slot only", async () => {
  const early = channel.ask("call", { address: "a" }, "call");
  const other = channel.ask("method", { address: "a" });
  const late = channel.ask("call", { address: "b" }, "call");
  await expect(early).rejects.toThrow(OvertakenError);
  await model.answer(call("b"));
  await model.answer({ ...call("a"), kind: "method" }, [], model.sent[1]);
  expect((await late).answer.address).toBe("b");
  expect((await other).answer.address).toBe("a");
});

test("Python is told to stop with what was overtaken, but not with what it answered", async () => {
  const early = channel.ask("call", { address: "a" }, "call");
  const late = channel.ask("call", { address: "b" }, "call");
  await expect(early).rejects.toThrow(OvertakenError);
  expect(model.sent.map(({ kind }) => kind)).toEqual(["call", "cancel", "call"]);
  expect(model.sent[1]?.body.cancelled).toBe(model.sent[0]?.id);
  await model.answer(
    { kind: "cancel", body: { was_waiting: true } },
    [],
    model.sent[1],
  );
  await model.answer(
    { kind: "failure", body: { message: "cancelled" } },
    [],
    model.sent[0],
  );
  await model.answer(call("b"));
  await late;
  void channel.ask("call", { address: "c" }, "call");
  expect(model.sent.filter(({ kind }) => kind === "cancel")).toHaveLength(1);
});

test("leaving a slot cancels what was asked in it, and nothing else", async () => {
  const reply = channel.ask("call", CALL, "call");
  channel.leave("array before");
  expect(model.sent).toHaveLength(1);
  channel.leave("call");
  await expect(reply).rejects.toThrow(OvertakenError);
  expect(model.sent.at(-1)).toMatchObject({
    kind: "cancel",
    body: { cancelled: model.sent[0]?.id },
  });
});

test("progress reaches whoever waits for that answer, which still comes", async () => {
  const { progress } = golden<{ progress: object }>("progress");
  const heard: number[] = [];
  const reply = channel.ask("call", CALL, "call", (fraction) => heard.push(fraction));
  const other = channel.ask("call", { address: "b" });
  await model.answer({ ...progress, body: { fraction: 0.25 } }, [], model.sent[0]);
  await model.answer({ ...progress, body: { fraction: 0.75 } }, [], model.sent[0]);
  await model.answer({ ...progress, body: { fraction: 0.5 } }, [], model.sent[1]);
  expect(heard).toEqual([0.25, 0.75]);
  await model.answer(call("stem"), [], model.sent[0]);
  expect((await reply).answer.address).toBe("stem");
  await model.answer(call("b"), [], model.sent[1]);
  await other;
});

test("the same question asked again in a slot is answered", async () => {
  const early = channel.ask("call", CALL, "call");
  const late = channel.ask("call", CALL, "call");
  await expect(early).rejects.toThrow(OvertakenError);
  await model.answer(call("stem"));
  expect((await late).answer.address).toBe("stem");
});

test("what was answered in a slot is not asked again, and a failure is", async () => {
  const first = channel.ask("call", CALL, "call");
  void model.answer({ kind: "failure", body: { message: "busy" } });
  await expect(first).rejects.toThrow("busy");
  const second = channel.ask("call", CALL, "call");
  await model.answer(call("stem"));
  expect(await channel.ask("call", CALL, "call")).toBe(await second);
  expect(model.sent).toHaveLength(2);
});

test("what is asked without a slot is asked each time", async () => {
  const first = channel.ask("call", CALL);
  await model.answer(call("stem"));
  await first;
  void channel.ask("call", CALL);
  expect(model.sent).toHaveLength(2);
});

test("without a kernel nothing is sent, and the reader is told", async () => {
  isConnected = false;
  await expect(channel.ask("call", CALL)).rejects.toThrow(NOT_CONNECTED);
  expect(model.sent).toHaveLength(0);
});

test("when the kernel goes, whoever waits is told", async () => {
  const reply = channel.ask("call", CALL);
  isConnected = false;
  model.tell("comm_live_update");
  await expect(reply).rejects.toThrow(NOT_CONNECTED);
});

test("when the comm is gone, whoever waits and whoever asks later is told", async () => {
  const reply = channel.ask("call", CALL);
  model.tell("comm:close");
  await expect(reply).rejects.toThrow(CLOSED);
  await expect(channel.ask("call", CALL)).rejects.toThrow(CLOSED);
  expect(model.sent).toHaveLength(1);
});

test("answers to other views are left alone", async () => {
  const other = new Channel(model.proxy, () => true, controller.signal);
  const ours = channel.ask("call", CALL);
  const theirs = other.ask("call", { address: "head" });
  expect(model.sent[0]?.id).not.toBe(model.sent[1]?.id);
  await model.answer(call("head"), [], model.sent[1]);
  await model.answer(call("stem"), [], model.sent[0]);
  expect((await ours).answer.address).toBe("stem");
  expect((await theirs).answer.address).toBe("head");
});

test("an aborted channel leaves no listener, and nobody waiting", async () => {
  const reply = channel.ask("call", CALL);
  controller.abort();
  await expect(reply).rejects.toThrow(OvertakenError);
  await expect(channel.ask("call", CALL)).rejects.toThrow(OvertakenError);
  await settle();
  expect(model.nListeners).toBe(0);
});

test("a comm that throws is a kernel that is not connected", async () => {
  const proxy = {
    ...model.proxy,
    send: () => {
      throw new Error("Cannot send");
    },
  };
  const broken = new Channel(proxy, () => true, controller.signal);
  await expect(broken.ask("call", CALL)).rejects.toThrow(NOT_CONNECTED);
});
