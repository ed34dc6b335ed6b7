import { afterEach, beforeEach, expect, test } from "vitest";
import { arrayItem, callAnswer, FakeDetails } from "./fake_details";
import { exchange } from "./golden";

const METHOD = {
  address: "first",
  inputs: [
    { depth: 0, label: "x", text: "f32[2,3]" },
    { depth: 0, label: "train", text: "True" },
  ],
  outputs: [{ depth: 0, label: "", text: "f32[2,4]" }],
  fields: [{ name: "features", text: "4", is_default: false }],
  transforms: [],
  number: 2,
  n_calls: 14,
  previous: "/",
  next: "first/Dense_0",
  docstring: "Dense, BatchNorm and Dropout, compact.",
  source: "@nn.compact\ndef __call__(self, x):\n    return x",
  file: "tests/example.py",
  line: 26,
};

let details: FakeDetails;

beforeEach(() => {
  details = new FakeDetails();
  const parameters = [arrayItem({ is_array: false })];
  details.view.show(callAnswer({ address: "first", parameters }));
});

afterEach(() => details.close());

async function showMethod(more: object = {}): Promise<void> {
  details.view.showTab("call");
  await details.model.answer({ kind: "method", body: { ...METHOD, ...more } });
}

test("the call is asked for when its tab comes to the front, and once", async () => {
  expect(details.sent("method")).toEqual([]);
  await showMethod();
  details.view.showTab("parameters");
  details.view.showTab("call");
  const { id: _, ...request } = exchange("method").request;
  expect(details.sent("method")).toHaveLength(1);
  expect(details.sent("method")[0]).toMatchObject(request);
});

test("order, inputs, outputs, fields, docstring and source are there", async () => {
  await showMethod({ transforms: ["scan x24", "remat"] });
  expect(details.text(".uv-order")).toBe("call 2 of 14scan x24remat");
  expect(details.named("Inputs")?.textContent).toBe("Inputsxf32[2,3]trainTrue");
  expect(details.named("Outputs")?.textContent).toBe("Outputsf32[2,4]");
  expect(details.named("Fields")?.textContent).toBe("Fieldsfeatures4");
  expect(details.text(".uv-docstring")).toContain("Dense, BatchNorm");
  expect(details.text(".uv-aside")).toBe("tests/example.py:26");
  expect(details.text(".uv-gutter")).toBe("26\n27\n28");
  expect(details.text("pre[role=region]")).toMatch(/^@nn.compact\ndef __call__/);
});

test("the calls before and after can be gone to; at the last there is none", async () => {
  await showMethod({ next: "" });
  details.named("Previous call")?.click();
  expect(details.selected).toEqual(["/"]);
  expect((details.named("Next call") as HTMLButtonElement).disabled).toBe(true);
});

test("what is nested can be folded", async () => {
  await showMethod({
    inputs: [
      { depth: 0, label: "carry", text: "dict" },
      { depth: 1, label: "h", text: "f32[8]" },
      { depth: 1, label: "c", text: "f32[8]" },
      { depth: 0, label: "train", text: "True" },
    ],
  });
  const list = details.query(".uv-structure");
  expect(list?.children).toHaveLength(2);
  expect(details.all(".uv-structure details li")).toHaveLength(2);
  expect(details.query(".uv-structure details")?.hasAttribute("open")).toBe(true);
});

test("the golden method is shown", async () => {
  await showMethod(exchange("method").answer.body);
  expect(details.text(".uv-call")).not.toBe("");
});

test("what was not captured is short, not broken", async () => {
  await showMethod({
    inputs: [],
    outputs: [],
    fields: [],
    number: 0,
    docstring: "",
    source: "",
    file: "",
    line: 0,
  });
  expect(details.text(".uv-call")).toBe("");
});

test("a call that cannot be read says so in its place", async () => {
  details.view.showTab("call");
  await details.model.answer({
    kind: "failure",
    body: { message: "Not in this file." },
  });
  expect(details.text('.uv-call [role="alert"]')).toBe("Not in this file.");
});

test("a module that was called again leads to its other calls", async () => {
  await showMethod();
  const body = { addresses: ["first", "first#2"], n_more: 3 };
  await details.model.answer({ kind: "repeats", body }, [], details.sent("repeats")[0]);
  expect(details.text(".uv-repeats")).toContain("… 3 more");
  const [here, again] = details.all(".uv-repeats > button");
  expect(here?.getAttribute("aria-current")).toBe("true");
  again?.click();
  expect(details.selected).toEqual(["first#2"]);
});
