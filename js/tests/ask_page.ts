/**
 * Answers requests from an exported page's record: tests/widget/test_page_answers.py holds
 * the answers to those of Python's clerk. Reads `{record, requests}`, writes the answers.
 */

import { readFileSync } from "node:fs";
import { Archive } from "../src/page/archive";
import { RecordedClerk } from "../src/page/clerk";
import type { Envelope } from "../src/protocol";

interface Asked {
  record: string;
  requests: object[];
}

const { record, requests } = JSON.parse(readFileSync(0, "utf-8")) as Asked;
const clerk = await RecordedClerk.open(new Archive(record));
const answers: object[] = [];
for (const request of requests) {
  const { message, buffers } = await clerk.answer(request as Envelope);
  const bytes = buffers.map((view) => Buffer.from(view.buffer).toString("base64"));
  answers.push({ message, buffers: bytes });
}
process.stdout.write(JSON.stringify(answers));
