import { expect, test } from "vitest";
import { Channel } from "../src/channel";
import { type RecordedAnswer, recordedModel } from "../src/page/recorded_model";
import type { Envelope } from "../src/protocol";
import { exchange } from "./golden";

const asked: Envelope[] = [];

function channelOf(message: Omit<Envelope, "id">, buffers: DataView[] = []): Channel {
  const clerk = {
    answer: async (request: Envelope): Promise<RecordedAnswer> => {
      asked.push(request);
      return { message, buffers };
    },
  };
  const model = recordedModel(clerk, { selected: "/" });
  return new Channel(model, () => true, new AbortController().signal);
}

test("an answer finds its question, with the buffers", async () => {
  const buffers = [new DataView(Uint8Array.of(1, 2).buffer)];
  const channel = channelOf(exchange("call").answer, buffers);
  const reply = await channel.ask("call", { address: "début" });
  expect(reply.answer.title).toBe(exchange("call").answer.body.title);
  expect(reply.buffers[0]?.getUint8(1)).toBe(2);
  expect(asked.at(-1)).toMatchObject({ kind: "call", body: { address: "début" } });
});

test("a sentence in the place of an answer is a failure", async () => {
  const channel = channelOf({ kind: "failure", body: { message: "Left out." } });
  const reply = channel.ask("call", { address: "stem" });
  await expect(reply).rejects.toThrow("Left out.");
});

test("whoever listens hears of a trait until they stop", () => {
  const answer = async () => ({ message: { kind: "", body: {} }, buffers: [] });
  const model = recordedModel({ answer }, { selected: "/" });
  const heard: unknown[] = [];
  const listen = () => heard.push(model.get("selected"));
  model.on("change:selected", listen);
  model.set("selected", "head");
  model.off("change:selected", listen);
  model.set("selected", "stem");
  expect(heard).toEqual(["head"]);
});
