import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { Archive } from "../src/page/archive";
import { RecordedClerk } from "../src/page/clerk";

const pack = (value: unknown) => gzipSync(JSON.stringify(value)).toString("base64");

/** A page with one call, whose details are in the block with this text. */
function openPage(details: string): Promise<RecordedClerk> {
  const recording = { addresses: 1, calls: [0], calls_per_block: 1, traits: {} };
  const lines = [details, pack(["/"]), pack(recording)];
  return RecordedClerk.open(new Archive(lines.join("\n")));
}

const REQUEST = { kind: "call", id: 1, body: { address: "/" } };

test("details come out of their block", async () => {
  const call = { kind: "call", id: 0, body: {} };
  const clerk = await openPage(pack({ calls: [call], methods: [] }));
  expect((await clerk.answer(REQUEST)).message).toEqual(call);
});

test("a question that the page does not know is answered with one sentence", async () => {
  const clerk = await openPage(pack({ calls: [], methods: [] }));
  const { message } = await clerk.answer({ ...REQUEST, kind: "cost" });
  expect(message).toEqual({
    kind: "failure",
    body: {
      message: 'This file has no answer to the question "cost"; the notebook has one.',
    },
  });
});

test("a block that cannot be unpacked is damaged", async () => {
  const clerk = await openPage("not base64!");
  const { message } = await clerk.answer(REQUEST);
  expect(message).toMatchObject({
    body: { message: expect.stringContaining("is damaged") },
  });
});

test("an error of our own is written to the console and not laid on the file", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const clerk = await openPage(pack(null));
  const { message } = await clerk.answer(REQUEST);
  expect(message).toMatchObject({
    kind: "failure",
    body: {
      message: expect.stringMatching(/^The inspector could not answer this: TypeError/),
    },
  });
  expect(log).toHaveBeenCalledOnce();
  log.mockRestore();
});
