import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallAnswer, Draw } from "../src/protocol";
import { callAnswer, FakeDetails } from "./fake_details";
import { exchange } from "./golden";

let details: FakeDetails;

beforeEach(() => {
  details = new FakeDetails({ tab: "rngs" });
});

afterEach(() => details.close());

const draw = (more: Partial<Draw> = {}): Draw => ({
  counter: 1,
  served: "dropout",
  path: "Dropout_0",
  key: "key<fry>[] 0x01ab23cd 0x4567ef89",
  note: "",
  warnings: [],
  base: "dropout 0x00000000 0x0000002a",
  lineage: [{ text: "fold in", detail: "Dropout_0 / 1" }],
  code: "jax.random.fold_in(key, 1)",
  places: [],
  keys: [],
  n_more_keys: 0,
  ...more,
});

const show = (...draws: Draw[]) =>
  details.view.show(callAnswer({ rngs: [{ stream: "dropout", text: "", draws }] }));

test("the golden draws are shown", () => {
  const answer = exchange("call_draws").answer.body as unknown as CallAnswer;
  const draws = answer.rngs.flatMap((entry) => entry.draws);
  details.view.show(answer);
  expect(draws.length).toBeGreaterThan(0);
  expect(details.all("article")).toHaveLength(draws.length);
  for (const { key } of draws) {
    expect(details.view.element.textContent).toContain(key);
  }
});

test("the way from the base key to the key is a list", () => {
  show(draw());
  const steps = details.all("ol.uv-chain > li").map((step) => step.textContent);
  expect(steps).toEqual([
    "dropout 0x00000000 0x0000002a",
    "fold inDropout_0 / 1",
    "key<fry>[] 0x01ab23cd 0x4567ef89",
  ]);
  expect(details.named("Copy the code of draw 1")).not.toBeNull();
});

test("a draw says who served it, what is wrong with it and what is unknown", () => {
  show(
    draw({
      served: "params",
      warnings: ["the same key as Dropout_1 dropout#1"],
      note: "drawn in a cached compilation",
      key: "",
      lineage: [],
      code: "",
    }),
  );
  expect(details.text(".uv-draw-line")).toBe("counter 1Dropout_0key unknown");
  expect(details.text(".uv-warning")).toBe("the same key as Dropout_1 dropout#1");
  expect(details.text(".uv-note")).toBe("drawn in a cached compilation");
  expect(details.query(".uv-chain")).toBeNull();
  expect(details.query(".uv-code-line")).toBeNull();
});

test("the keys under transforms are a table with their places", () => {
  const keys = [
    { place: [0, 1], key: "0x01 0x02" },
    { place: [3, 0], key: "0x03 0x04" },
  ];
  show(draw({ places: ["scan", "vmap"], keys, n_more_keys: 46 }));
  const cells = details.all(".uv-keys :is(th, td)").map((cell) => cell.textContent);
  expect(cells).toEqual([
    "scan",
    "vmap",
    "key",
    "0",
    "1",
    "0x01 0x02",
    "3",
    "0",
    "0x03 0x04",
  ]);
  expect(details.text(".uv-keys > p")).toBe("… 46 more");
});

test("a thousand draws come fifty at a time", () => {
  show(...Array.from({ length: 120 }, (_, counter) => draw({ counter })));
  expect(details.all("article")).toHaveLength(50);
  const more = details.query(".uv-show-more");
  expect(more?.textContent).toBe("show 50 of 70 more");
  more?.click();
  expect(document.activeElement).toBe(details.all("article")[50]);
  more?.click();
  expect(details.all("article")).toHaveLength(120);
  expect(more?.hidden).toBe(true);
});
