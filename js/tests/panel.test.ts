import { afterEach, beforeEach, expect, test, vi } from "vitest";
import widget from "../src/index";
import { FakeModel } from "./fake_model";
import { exchange, goldenTraits } from "./golden";

let model: FakeModel;
let el: HTMLElement;
let unmount: () => void;

function mount(traits: object): void {
  model = new FakeModel({ ...goldenTraits(), ...traits });
  unmount = widget.render({ model: model.proxy, el } as never) as () => void;
}

beforeEach(() => {
  el = document.createElement("div");
  document.body.append(el);
});

afterEach(() => {
  unmount();
  el.remove();
});

const root = () => el.firstElementChild?.shadowRoot as ShadowRoot;
const text = (selector: string) => root().querySelector(selector)?.textContent ?? "";

test("one panel is shown alone: no tree, no tabs", () => {
  mount({ panel: "rngs" });
  expect(root().querySelector('[role="tree"]')).toBeNull();
  expect(root().querySelector('[role="tablist"]')?.hasAttribute("hidden")).toBe(true);
  expect(text("h3")).toContain("Example.__call__");
});

test("the panel follows the selected call and the entry, and tells of its own", async () => {
  mount({ panel: "parameters" });
  model.setFromPython("selected", "second/BatchNorm_0");
  await model.answer(exchange("call").answer, [], model.sent.at(-1));
  const chosen = () =>
    root()
      .querySelector('[role="option"][aria-selected="true"]')
      ?.getAttribute("aria-label");
  expect(chosen()).toBe("bias");
  model.setFromPython("entry", "parameters/params/scale");
  expect(chosen()).toBe("scale");
  root().querySelector<HTMLElement>('[aria-label="bias"]')?.click();
  expect(model.get("entry")).toBe("parameters/params/bias");
});

test("the tab of other views does not move it", () => {
  mount({ panel: "state", tab: "parameters" });
  model.setFromPython("tab", "rngs");
  expect(text(".uv-panel")).not.toContain("random");
});

test("why Python refuses a trait stands in the status line for a while", async () => {
  vi.useFakeTimers();
  mount({ panel: "state" });
  const message = "No call at 'nowhere' in this run.";
  model.tell("msg:custom", { kind: "failure", id: -1, body: { message } }, []);
  model.setFromPython("selected", "second");
  await vi.advanceTimersByTimeAsync(100);
  model.setFromPython("selected", "/");
  expect(text(".uv-status")).toBe(message);
  await vi.advanceTimersByTimeAsync(6000);
  expect(text(".uv-status")).toBe("");
  vi.useRealTimers();
});

test("styles reach the shadow root, and nothing is left behind", () => {
  mount({ panel: "state" });
  const nSheets = root().adoptedStyleSheets.length;
  expect(nSheets + root().querySelectorAll("style").length).toBe(1);
  unmount();
  expect(model.nListeners).toBe(0);
  expect(el.childElementCount).toBe(0);
});

test("it works within a foreign shadow root", () => {
  const outer = document.createElement("div");
  document.body.append(outer);
  outer.attachShadow({ mode: "open" }).append(el);
  mount({ panel: "parameters" });
  expect(text("h3")).toContain("Example.__call__");
  outer.remove();
});
