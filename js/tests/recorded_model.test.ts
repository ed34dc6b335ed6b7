import { expect, test } from "vitest";
import { Channel } from "../src/channel";
import { recordedModel } from "../src/recorded_model";
import { exchange, goldenTraits } from "./golden";

/** As Python's json.dumps writes it: other letters than ASCII are escaped. */
const KEY = '[["address","d\\u00e9but"],["kind","call"]]';

function channelOf(answers: Record<string, unknown>): Channel {
  const model = recordedModel({
    selected: "/",
    opening: goldenTraits().opening,
    answers: answers as never,
  });
  return new Channel(model, () => true, new AbortController().signal);
}

test("a recorded answer is found by its request", async () => {
  const { answer } = exchange("call");
  const buffers = [btoa("\x01\x02")];
  const channel = channelOf({ [KEY]: { answer, buffers } });
  const reply = await channel.ask({ kind: "call", address: "début" });
  expect(reply.answer.title).toBe("block/BatchNorm_0");
  expect(reply.buffers[0]?.getUint8(1)).toBe(2);
});

test("what was not recorded is a failure with a sentence", async () => {
  const reply = channelOf({}).ask({ kind: "call", address: "stem" });
  await expect(reply).rejects.toThrow("This was left out of the file");
});
