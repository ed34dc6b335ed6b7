import { afterEach, beforeEach, expect, test } from "vitest";
import { NOT_CONNECTED } from "../src/channel";
import widget from "../src/index";
import { FakeModel, settle } from "./fake_model";
import { buffersOf, exchange, goldenTraits } from "./golden";

let model: FakeModel;
let el: HTMLElement;
let unmount: () => void;

beforeEach(() => {
  model = new FakeModel(goldenTraits());
  el = document.createElement("div");
  document.body.append(el);
  unmount = widget.render({ model: model.proxy, el } as never) as () => void;
});

afterEach(() => {
  unmount();
  el.remove();
});

const root = () => el.firstElementChild?.shadowRoot as ShadowRoot;
const query = (selector: string) => root().querySelector<HTMLElement>(selector);
const row = (name: string) => query(`[role="treeitem"][aria-label="${name}"]`);
const text = (selector: string) => query(selector)?.textContent ?? "";

function press(target: HTMLElement | null, key: string): void {
  target?.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, composed: true }),
  );
}

async function openBlock(): Promise<void> {
  row("block Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await model.answer(exchange("children").answer);
}

async function selectBatchNorm(): Promise<void> {
  await openBlock();
  row("block/BatchNorm_0 BatchNorm")?.click();
  await model.answer(exchange("call").answer);
}

test("the first picture asks nothing", () => {
  expect(model.sent).toEqual([]);
  expect(text(".uv-header")).toContain("Net.__call__parameters18.6k");
  expect(query('[title="18,592"]')?.textContent).toBe("18.6k");
  expect(root().querySelectorAll('[role="treeitem"]')).toHaveLength(4);
  expect(query("section")?.getAttribute("aria-label")).toBe("Details of Net.__call__");
  expect(text('[role="tabpanel"]')).toBe("This call’s own scope holds no parameters.");
});

test("the triangle folds and does not select", async () => {
  await openBlock();
  const { id: _, ...request } = model.sent[0] ?? { id: null };
  expect(request).toEqual({ kind: "children", address: "block", start: 0 });
  expect(row("block/Dropout_0 Dropout")?.getAttribute("aria-level")).toBe("3");
  expect(row("block Block")?.getAttribute("aria-expanded")).toBe("true");
  expect(model.get("selected")).toBe("/");
  row("block Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  expect(row("block/Dropout_0 Dropout")).toBeNull();
});

test("a row says in full on hover what may be cut off", () => {
  const title = row("stem Conv")?.title;
  expect(title).toBe("stem  Conv");
});

test("the text selects, and Python hears of it", async () => {
  await selectBatchNorm();
  expect(model.get("selected")).toBe("block/BatchNorm_0");
  expect(model.nSaves).toBe(1);
  expect(row("block/BatchNorm_0 BatchNorm")?.getAttribute("aria-selected")).toBe(
    "true",
  );
  const tabs = [...root().querySelectorAll('[role="tab"]')];
  expect(tabs.map((tab) => tab.textContent)).toEqual([
    "Parameters 2",
    "State 2",
    "RNGs 1",
  ]);
});

test("keys move, open and select; one row is in the tab order", async () => {
  row("/ Net")?.focus();
  press(row("/ Net"), "ArrowDown");
  press(row("stem Conv"), "ArrowDown");
  press(row("block Block"), "ArrowRight");
  await model.answer(exchange("children").answer);
  press(row("block Block"), "ArrowRight");
  const tabbable = [...root().querySelectorAll('[role="treeitem"][tabindex="0"]')];
  expect(tabbable).toEqual([row("block/BatchNorm_0 BatchNorm")]);
  press(row("block/BatchNorm_0 BatchNorm"), "Enter");
  expect(model.get("selected")).toBe("block/BatchNorm_0");
  press(row("block/BatchNorm_0 BatchNorm"), "ArrowLeft");
  press(row("block Block"), "ArrowLeft");
  expect(row("block/BatchNorm_0 BatchNorm")).toBeNull();
  expect(root().activeElement).toBe(row("block Block"));
});

function manyRows(start: number, length: number) {
  const rows = Array.from({ length }, (_, index) => {
    const address = `block/Dense_${start + index}`;
    return { address, name: address, html: "x", n_children: 0, parent: "block" };
  });
  return { kind: "children", address: "block", start, total: 260, rows };
}

const more = () => query(".uv-more");

test("the focus goes from 'show more' to the first of the new rows", async () => {
  row("block Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await model.answer(manyRows(0, 200));
  expect(more()?.textContent).toBe("show 60 more");
  more()?.focus();
  press(more(), "Enter");
  await model.answer(manyRows(200, 60));
  expect(more()).toBeNull();
  expect(root().activeElement).toBe(row("block/Dense_200"));
});

test("rows that cannot be had leave a sentence and a way to ask again", async () => {
  row("block Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await model.answer(manyRows(0, 200));
  more()?.click();
  await model.answer({ kind: "failure", message: "Busy." });
  expect(text(".uv-row-note")).toBe("Busy.");
  expect(root().activeElement).toBe(more());
});

test("the focus stays where the reader went while the details were on their way", async () => {
  row("stem Conv")?.click();
  press(row("stem Conv"), "ArrowDown");
  await model.answer(exchange("call").answer);
  expect(root().activeElement).toBe(row("block Block"));
});

test("a selection from Python is revealed and listed", async () => {
  model.setFromPython("selected", "block/BatchNorm_0");
  await model.answer(exchange("call").answer);
  expect(model.sent.at(-1)?.kind).toBe("children");
  await model.answer(exchange("children").answer);
  expect(row("block/BatchNorm_0 BatchNorm")?.getAttribute("aria-selected")).toBe(
    "true",
  );
  expect(text("h3")).toBe("block/BatchNorm_0 BatchNorm.__call__");
  expect(model.nSaves).toBe(0);
});

test("an unknown address is answered in the details", async () => {
  model.setFromPython("selected", "nowhere");
  await model.answer(exchange("failure").answer);
  expect(text('section [role="alert"]')).toContain("No call at 'nowhere' in this run");
});

test("state is asked for before and after, and shown side by side", async () => {
  model.setFromPython("tab", "state");
  await selectBatchNorm();
  const asked = model.sent.filter(({ kind }) => kind === "array");
  expect(asked.map(({ moment }) => moment)).toEqual(["before", "after"]);
  const { id: _, ...expected } = exchange("array").request;
  expect(asked[1]).toMatchObject(expected);
  const array = exchange("array");
  const [mean, nan] = array.answer.facts as object[];
  for (const request of asked) {
    const before = { ...mean, text: "0.125", exact: "0.125" };
    const facts = request.moment === "before" ? [before, nan] : [mean, nan];
    await model.answer({ ...array.answer, facts }, buffersOf(array), request);
  }
  expect(text(".uv-changes")).toBe("mean0.125 → 0.25NaN1");
  expect(text(".uv-warned")).toBe("1");
  expect(root().querySelectorAll(".uv-bars")).toHaveLength(2);
  expect(root().querySelectorAll(".uv-bin")).toHaveLength(8);
  const canvas = query("canvas") as HTMLCanvasElement;
  expect([canvas.width, canvas.height]).toEqual([3, 1]);
  expect(text(".uv-heatmap")).toContain("NaN");
});

test("values that are all the same are a sentence", async () => {
  await selectBatchNorm();
  const note = "All 3 values are 0.";
  const { answer } = exchange("array");
  await model.answer({ ...answer, note, histogram: null, heatmap: null });
  expect(text(".uv-moments")).toBe(note);
});

test("one number before and after is no picture", async () => {
  model.setFromPython("tab", "state");
  await selectBatchNorm();
  const { answer } = exchange("array");
  for (const request of model.sent.filter(({ kind }) => kind === "array")) {
    const text = request.moment === "before" ? "1" : "2";
    const facts = [{ label: "value", text, exact: text }];
    const number = { ...answer, facts, histogram: null, heatmap: null };
    await model.answer(number, [], request);
  }
  expect(text(".uv-card")).toBe("value1 → 2");
});

test("a number is listed with its value", async () => {
  const { answer } = exchange("call");
  const state = answer.state as object[];
  const step = { ...state[0], name: "step", value_text: "0 → 1" };
  model.setFromPython("tab", "state");
  row("stem Conv")?.click();
  await model.answer({ ...answer, state: [step] });
  expect(text('[aria-label="step"] .uv-entry-notes')).toBe("0 → 1 · changed");
});

test("a value that is no array is shown without asking", async () => {
  model.setFromPython("tab", "state");
  await selectBatchNorm();
  const group = query('[role="group"]');
  expect(group?.getAttribute("aria-label")).toBe("Not mutable in this run");
  const nAsked = model.sent.length;
  group?.querySelector<HTMLElement>('[role="option"]')?.click();
  expect(text(".uv-value")).toBe("'int8'");
  expect(model.sent).toHaveLength(nAsked);
  const late = exchange("array");
  for (const request of model.sent.filter(({ kind }) => kind === "array")) {
    await model.answer(late.answer, buffersOf(late), request);
  }
  expect(text(".uv-value")).toBe("'int8'");
});

test("a value that cannot be read says so in its place", async () => {
  await selectBatchNorm();
  await model.answer({ kind: "failure", message: "The array was deleted." });
  expect(text('.uv-card [role="alert"]')).toBe("The array was deleted.");
  expect(query('[role="option"][aria-label="bias"]')).not.toBeNull();
});

test("a stream shows its draws, and why a key is unknown", async () => {
  model.setFromPython("tab", "rngs");
  await selectBatchNorm();
  const cells = [...root().querySelectorAll(".uv-draws td")];
  expect(cells.map((cell) => cell.textContent)).toEqual([
    "0",
    "params",
    "key<fry>[] 0x01ab23cd 0x4567ef89",
    "no stream noise was given",
    "1",
    "params",
    "unknown",
    "drawn in a cached compilation",
  ]);
});

test("a stream that served itself needs no column to say so", async () => {
  const { answer } = exchange("call");
  const key = "key<fry>[24] 0x01 0x02, 0x03 0x04, … 22 more";
  const draws = [{ counter: 1, served: "noise", key, note: "" }];
  model.setFromPython("tab", "rngs");
  row("stem Conv")?.click();
  await model.answer({ ...answer, rngs: [{ stream: "noise", text: "1 draw", draws }] });
  const cells = [...root().querySelectorAll(".uv-draws :is(th, td)")];
  expect(cells.map((cell) => cell.textContent)).toEqual(["counter", "key", "1", key]);
  expect(root().querySelectorAll(".uv-key > span")).toHaveLength(3);
});

test("arrow keys change the tab, and Python hears of it", () => {
  const tabs = [...root().querySelectorAll<HTMLElement>('[role="tab"]')];
  press(tabs[0] ?? null, "ArrowLeft");
  expect(model.get("tab")).toBe("rngs");
  expect(tabs.map((tab) => tab.getAttribute("aria-selected"))).toEqual([
    "false",
    "false",
    "true",
  ]);
});

test("without a kernel the tree stays and a click says why nothing comes", async () => {
  el.classList.add("jupyter-widgets-disconnected");
  row("stem Conv")?.click();
  await settle();
  expect(text('section [role="alert"]')).toBe(NOT_CONNECTED);
  row("block Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await settle();
  expect(text(".uv-row-note")).toBe(NOT_CONNECTED);
});

test("arrow keys change the height, and Python hears of it", () => {
  press(query(".uv-bottom"), "ArrowDown");
  expect(model.get("height_px")).toBe(504);
  expect(query(".uv-bottom")?.getAttribute("aria-valuenow")).toBe("504");
});

test("a closed view leaves nothing behind", () => {
  expect(model.nListeners).toBeGreaterThan(0);
  unmount();
  expect(model.nListeners).toBe(0);
  expect(el.childElementCount).toBe(0);
});
