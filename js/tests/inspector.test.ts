import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NOT_CONNECTED } from "../src/channel";
import widget from "../src/index";
import { FakeModel, type SentRequest, settle } from "./fake_model";
import { buffersOf, exchange, goldenTraits } from "./golden";

/** As long as columns take to be unpacked, on a busy machine too. */
const COLUMNS_MS = 100;

let model: FakeModel;
let el: HTMLElement;
let unmount: () => void;

/** Answers of the tree as Python gives them; all others are left to the test. */
function respond(request: SentRequest): object | null {
  const name = request.kind;
  if (name !== "columns" && name !== "lines") return null;
  const { answer } = exchange(name);
  return { ...answer, id: request.id };
}

beforeEach(async () => {
  model = new FakeModel(goldenTraits());
  model.respond = respond;
  model.buffers = ({ kind }) => (kind === "columns" ? buffersOf(exchange(kind)) : []);
  el = document.createElement("div");
  document.body.append(el);
  unmount = widget.render({ model: model.proxy, el } as never) as () => void;
  await new Promise((resolve) => setTimeout(resolve, COLUMNS_MS));
});

afterEach(() => {
  unmount();
  el.remove();
});

const root = () => el.firstElementChild?.shadowRoot as ShadowRoot;
const query = (selector: string) => root().querySelector<HTMLElement>(selector);
const row = (name: string) => query(`[role="treeitem"][aria-label="${name}"]`);
const text = (selector: string) => query(selector)?.textContent ?? "";
const asked = (kind: string) => model.sent.filter((request) => request.kind === kind);

function press(target: HTMLElement | null, key: string): void {
  target?.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, composed: true }),
  );
}

async function openFirst(): Promise<void> {
  row("first Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await settle();
}

test("the first picture asks only for the columns", () => {
  expect(model.sent.map(({ kind }) => kind)).toEqual(["columns"]);
  expect(text('[role="tab"][aria-selected="true"]')).toBe("Overview");
  expect(text(".uv-header")).toContain("Example.__call__parameters55");
  expect(query('[title="220 bytes"]')?.textContent).toBe("220 B");
  expect(root().querySelectorAll('[role="treeitem"]')).toHaveLength(5);
  expect(row("/ Example")?.getAttribute("aria-selected")).toBe("true");
  expect(query("section")?.getAttribute("aria-label")).toBe(
    "Details of Example.__call__",
  );
  expect(model.nSaves).toBe(0);
});

test("why Python refuses a trait is said under the tree", () => {
  const message = "lens is one of five words, not 'leaves'.";
  model.tell("msg:custom", { kind: "failure", id: -1, body: { message } }, []);
  expect(text(".uv-tree-note")).toBe(message);
});

test("golden lines stand below their row", async () => {
  await openFirst();
  const { id: _, ...request } = asked("lines")[0] ?? { id: null };
  const { id: __, ...expected } = exchange("lines").request;
  expect(request).toEqual(expected);
  expect(row("first/BatchNorm_0 BatchNorm")?.getAttribute("aria-level")).toBe("3");
});

test("golden columns are searched", async () => {
  model.setFromPython("query", "class:Dense");
  await vi.waitFor(() => expect(text(".uv-hits")).toMatch(/^[3-9] hits$/));
  model.setFromPython("query", "size>huge");
  expect(text(".uv-query-error")).toContain("'size>huge'");
  expect(text(".uv-hits")).toBe("");
});

test("the text selects, and Python hears of it", async () => {
  await openFirst();
  const nSaves = model.nSaves;
  row("first/BatchNorm_0 BatchNorm")?.click();
  expect(model.get("selected")).toBe("first/BatchNorm_0");
  expect(model.nSaves).toBe(nSaves + 1);
  expect(row("first/BatchNorm_0 BatchNorm")?.getAttribute("aria-selected")).toBe(
    "true",
  );
  const { answer } = exchange("call");
  await model.answer(answer, [], asked("call")[0]);
  expect(query("section")?.getAttribute("aria-label")).toBe(
    `Details of ${answer.body.title}`,
  );
});

test("the focus stays where the reader went while the details were on their way", async () => {
  row("first Block")?.click();
  press(row("first Block"), "ArrowDown");
  await model.answer(exchange("call").answer, [], asked("call")[0]);
  expect(root().activeElement).toBe(row("second Block"));
});

test("a call that was left before its answer came is not shown", async () => {
  row("first Block")?.click();
  const late = asked("call")[0];
  row("/ Example")?.click();
  await model.answer(exchange("call").answer, [], late);
  expect(text("h3")).toContain("Example.__call__");
});

test("an unknown address is answered in the details", async () => {
  model.setFromPython("selected", "nowhere");
  await model.answer(exchange("failure").answer, [], asked("call")[0]);
  expect(text('section [role="alert"]')).toContain("No call at 'nowhere' in this run");
});

test("a panel chosen with a call comes to the front with it, not before", async () => {
  row("first Block")?.click();
  row("second Block")?.click();
  await settle();
  model.setFromPython("tab", "call");
  const front = () => text('[role="tab"][aria-selected="true"]');
  expect(front()).toContain("Overview");
  await model.answer(exchange("call").answer, [], asked("call")[1]);
  expect(front()).toContain("Call");
});

test("arrow keys change the tab, and Python hears of it", () => {
  press(query('[role="tab"]'), "ArrowLeft");
  expect(model.get("tab")).toBe("call");
});

test("without a kernel the tree stays and a click says why nothing comes", async () => {
  el.classList.add("jupyter-widgets-disconnected");
  row("first Block")?.click();
  await settle();
  expect(text('section [role="alert"]')).toBe(NOT_CONNECTED);
  row("first Block")?.querySelector<HTMLElement>(".uv-triangle")?.click();
  await settle();
  expect(row(NOT_CONNECTED)).not.toBeNull();
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
