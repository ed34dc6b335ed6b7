import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NOT_CONNECTED } from "../src/channel";
import { arrayItem, callAnswer, FakeDetails, press } from "./fake_details";
import { settle } from "./fake_model";
import { exchange } from "./golden";

let details: FakeDetails;

beforeEach(() => {
  details = new FakeDetails();
});

afterEach(() => details.close());

const bias = arrayItem({ name: "bias" });
const kernel = arrayItem();

test("a call is asked for, shown and named", async () => {
  void details.view.showCall("second/BatchNorm_0");
  await details.model.answer(exchange("call").answer);
  expect(details.view.answer?.address).toBe("second/BatchNorm_0");
  expect(details.view.element.getAttribute("aria-label")).toBe(
    "Details of second/BatchNorm_0",
  );
  expect(details.all('[role="tab"]').map((tab) => tab.textContent)).toEqual([
    "Overview",
    "Parameters 2",
    "State 2",
    "RNGs 0",
    "Call",
  ]);
});

test("a call that is known is not asked for", async () => {
  details.close();
  details = new FakeDetails({ known: callAnswer({ address: "/" }) });
  await details.view.showCall("/");
  expect(details.view.answer?.address).toBe("/");
  expect(details.sent("call")).toEqual([]);
});

test("the call asked for last is shown, and Python is told to stop with the other", async () => {
  void details.view.showCall("a");
  void details.view.showCall("b");
  expect(details.sent("cancel")).toHaveLength(1);
  await details.model.answer({
    kind: "call",
    body: { ...exchange("call").answer.body, address: "b" },
  });
  expect(details.view.answer?.address).toBe("b");
});

test("a call that cannot be shown is a sentence", async () => {
  details.isConnected = false;
  await details.view.showCall("a");
  expect(details.text('[role="alert"]')).toBe(NOT_CONNECTED);
  expect(details.query('[role="tablist"]')?.hidden).toBe(true);
  expect(details.view.answer).toBeNull();
});

test("leaving a panel cancels what it waits for", () => {
  details.view.show(callAnswer({ parameters: [kernel] }));
  const [asked] = details.sent("array");
  details.view.showTab("rngs");
  expect(details.sent("cancel").map(({ body }) => body.cancelled)).toEqual([asked?.id]);
});

test("a panel that is drawn again waits for its own answers", async () => {
  details.view.show(callAnswer({ parameters: [kernel] }));
  details.view.setTheme("dark");
  expect(details.sent("array")).toHaveLength(2);
  expect(details.sent("cancel")).toHaveLength(1);
  await details.answerArrays();
  expect(details.query("canvas")).not.toBeNull();
});

test("selecting another call cancels the arrays of the first", () => {
  details.view.show(callAnswer({ parameters: [kernel] }));
  void details.view.showCall("b");
  expect(details.sent("cancel")).toHaveLength(1);
});

test("the entry that was asked for is in front, else the one named as the last", async () => {
  details.close();
  details = new FakeDetails({ entry: bias.key });
  details.view.show(callAnswer({ parameters: [kernel, bias] }));
  const current = () =>
    details.query('[aria-selected="true"][role="option"]')?.getAttribute("aria-label");
  expect(current()).toBe("bias");
  details.named("kernel")?.click();
  expect(details.chosen).toEqual([kernel.key]);
  expect(current()).toBe("kernel");
  const other = arrayItem({ key: "parameters/other/kernel" });
  details.view.show(callAnswer({ parameters: [bias, other] }));
  expect(current()).toBe("kernel");
});

test("Python chooses an entry by its key; another key changes nothing", () => {
  details.view.show(callAnswer({ parameters: [kernel, bias] }));
  details.view.showItem(bias.key);
  expect(details.named("bias")?.getAttribute("aria-selected")).toBe("true");
  details.view.showItem("parameters/params/gone");
  expect(details.named("bias")?.getAttribute("aria-selected")).toBe("true");
  expect(details.chosen).toEqual([]);
});

test("at the root, what no call read is listed apart, and the rest is counted", () => {
  const unused = arrayItem({ name: "head/kernel", group: "unused", key: "unused/1" });
  details.view.show(
    callAnswer({ parameters: [kernel], unused: [unused], n_more_unused: 1240 }),
  );
  const groups = details
    .all('[role="listbox"] [role="group"]')
    .map((group) => group.getAttribute("aria-label"));
  expect(groups).toEqual(["Read by this call", "Given, but unused"]);
  expect(details.text(".uv-items-more")).toBe("… 1,240 more");
});

test("an empty panel says so to who asks for it", () => {
  details.view.show(callAnswer());
  expect(details.query('[aria-selected="true"][role="tab"]')?.textContent).toBe("Call");
  details.query("[role=tab]:nth-child(2)")?.click();
  expect(details.text('[role="tabpanel"]')).toBe(
    "This call’s own scope holds no parameters.",
  );
  details.view.showTab("state");
  expect(details.text('[role="tabpanel"]')).toContain("no state");
  details.view.showTab("rngs");
  expect(details.text('[role="tabpanel"]')).toContain("no random keys");
});

test("an empty panel leads to what is below the call, where there is a tree", () => {
  const below = [
    { tab: "parameters", text: "9 parameters", lens: "parameters", query: "below:a" },
  ] as const;
  const answer = callAnswer({ below: [...below] });
  const words = "This call’s own scope holds no parameters; the calls below it have ";
  const ask = () => details.query("[role=tab]:nth-child(2)")?.click();
  details.view.show(answer);
  ask();
  expect(details.text(".uv-empty")).toBe(`${words}9 parameters.`);
  expect(details.query(".uv-empty button")).toBeNull();
  details.close();
  const list = vi.fn();
  details = new FakeDetails({ list });
  details.view.show(answer);
  ask();
  expect(details.text(".uv-empty")).toBe(`${words}9 parameters.`);
  details.query(".uv-empty button")?.click();
  expect(list).toHaveBeenCalledExactlyOnceWith("parameters", "below:a");
});

test("what listened in a panel is let go with it", () => {
  let nListening = 0;
  const heard = vi.spyOn(AbortSignal, "any").mockImplementation((signals) => {
    const controller = new AbortController();
    nListening += 1;
    for (const signal of signals) {
      signal.addEventListener("abort", () => controller.abort());
    }
    controller.signal.addEventListener("abort", () => {
      nListening -= 1;
    });
    return controller.signal;
  });
  details.view.show(callAnswer({ parameters: [kernel, bias] }));
  for (const { key } of [bias, kernel, bias]) details.view.showItem(key);
  expect(nListening).toBe(2);
  details.view.showTab("call");
  expect(nListening).toBe(1);
  heard.mockRestore();
});

test("arrow keys go round the five tabs", () => {
  details.view.show(callAnswer());
  details.query('[role="tab"]')?.click();
  press(details.query('[role="tab"]'), "ArrowLeft");
  expect(details.query('[aria-selected="true"]')?.textContent).toBe("Call");
});

test("the code of the call and of the entry can be copied, and it is said", async () => {
  const writeText = vi.fn().mockResolvedValue(undefined);
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  details.view.show(callAnswer({ parameters: [kernel] }));
  details.named("Copy the code of this call")?.click();
  details.named("Copy the code of kernel")?.click();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(writeText.mock.calls).toEqual([
    ['run.at("second/BatchNorm_0")'],
    ['run.root.scope_data.parameters["kernel"].value'],
  ]);
  expect(details.text(".uv-said")).toBe(
    'copied run.root.scope_data.parameters["kernel"].value',
  );
  vi.unstubAllGlobals();
});

test("alone, a panel has no tabs and stays in front", () => {
  details.close();
  details = new FakeDetails({ tab: "rngs", isAlone: true });
  details.view.show(callAnswer());
  details.view.showTab("parameters");
  expect(details.query('[role="tablist"]')?.hidden).toBe(true);
  expect(details.query('[role="tabpanel"]')).toBeNull();
  expect(details.text(".uv-panel")).toContain("no random keys");
});

test("a closed view leaves nothing behind", async () => {
  details.view.show(callAnswer({ parameters: [kernel] }));
  details.controller.abort();
  await settle();
  expect(details.model.nListeners).toBe(0);
});

test("an entry chosen from Python is scrolled to in its list", () => {
  details.view.show(callAnswer({ parameters: [bias, kernel] }));
  document.body.append(details.view.element);
  const list = details.query(".uv-items") as HTMLElement;
  const boxOf = (it: Element) => (it === list ? [0, 100] : [300, 322]);
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (
    this: Element,
  ) {
    const [top, bottom] = boxOf(this);
    return { top, bottom } as DOMRect;
  });
  details.view.showItem(kernel.key);
  expect(list.scrollTop).toBe(222);
  vi.restoreAllMocks();
});
