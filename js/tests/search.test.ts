import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { failing } from "./fake_model";
import { type FakeNode, FakeRun, leaves } from "./fake_run";
import { LiveView } from "./live_view";

const block = (name: string): FakeNode => ({
  name,
  children: [{ name: "Conv_0" }, { name: "BatchNorm_0" }],
});

const run = new FakeRun({
  calls: [
    {
      name: "/",
      row: { name: "/ Net" },
      children: [
        { name: "stem" },
        block("block_0"),
        block("block_1"),
        { name: "wide", children: [...leaves(700), { name: "Conv_9" }] },
      ],
    },
  ],
  parameters: [
    {
      name: "kernel",
      row: { address: "stem", tab: "parameters", entry: "parameters/params/kernel" },
    },
    {
      name: "bias",
      row: { address: "stem", tab: "parameters", entry: "parameters/params/bias" },
    },
  ],
});

let view: LiveView;

beforeEach(async () => {
  view = await LiveView.open(run);
});

afterEach(() => view.close());

const box = () => view.query<HTMLInputElement>('[role="searchbox"]');
const button = (label: string) =>
  view.query<HTMLButtonElement>(`button[aria-label="${label}"]`);
const radio = (lens: string) =>
  [...view.root.querySelectorAll<HTMLElement>('[role="radio"]')].find((it) =>
    it.textContent?.startsWith(lens),
  );
const error = () => view.query<HTMLElement>(".uv-query-error");
const traits = (...names: string[]) => names.map((name) => view.model.get(name));

test("a search leaves the hits and what is around them, marked and counted", async () => {
  await view.type("conv");
  expect(view.status).toBe("3 hits");
  expect(view.names).toEqual([
    "/ Net",
    "block_0 block",
    "block_0/Conv_0 Conv",
    "block_1 block",
    "block_1/Conv_0 Conv",
    "wide wide",
    "wide/Conv_9 Conv",
  ]);
  const hit = view.row("block_0/Conv_0 Conv");
  expect(hit?.classList.contains("uv-hit")).toBe(true);
  expect(hit?.getAttribute("aria-description")).toBe("hit");
  expect(view.row("block_0 block")?.classList.contains("uv-around")).toBe(true);
  expect(traits("query")).toEqual(["conv"]);
});

test("where there is nothing but hits they need no mark", async () => {
  const isUnmarked = () => view.query(".uv-tree")?.classList.contains("uv-only-hits");
  await view.type("ker");
  expect(isUnmarked()).toBe(false);
  radio("parameters")?.click();
  await view.pause();
  expect(isUnmarked()).toBe(true);
  await view.type("");
  expect(isUnmarked()).toBe(false);
});

test("while the reader types nothing is searched, and then the last query", async () => {
  const input = new Event("input");
  for (const text of ["c", "co", "con"]) {
    const field = box();
    if (field) field.value = text;
    field?.dispatchEvent(input);
  }
  expect(view.status).toBe("");
  expect(traits("query")).toEqual([""]);
  await view.type("stem");
  expect(view.status).toBe("1 hit");
  expect(traits("query")).toEqual(["stem"]);
});

test("Enter goes from hit to hit, round and back, and the call is selected", async () => {
  await view.type("conv");
  await view.press("Enter");
  expect(view.status).toBe("1 of 3");
  expect(view.selected).toBe("block_0/Conv_0 Conv");
  expect(traits("selected")).toEqual(["block_0/Conv_0"]);
  await view.press("Enter", "Enter");
  expect(view.selected).toBe("wide/Conv_9 Conv");
  await view.press("Enter");
  expect(view.status).toBe("1 of 3");
  await view.pressWith({ key: "Enter", shiftKey: true });
  expect(view.status).toBe("3 of 3");
  button("Next hit")?.click();
  button("Next hit")?.click();
  await view.pause();
  expect(view.status).toBe("2 of 3");
  expect(view.root.activeElement).toBe(box());
});

test("Enter searches at once for what was just typed", async () => {
  const field = box();
  field?.focus();
  if (field) field.value = "conv";
  field?.dispatchEvent(new Event("input"));
  await view.press("Enter");
  await view.pause();
  expect(view.status).toBe("1 of 3");
});

test("without a query there are no hits to go to", async () => {
  box()?.focus();
  await view.press("Enter");
  expect(traits("selected")).toEqual(["/"]);
  expect(view.status).toBe("");
});

test("a query that cannot be read says why, and the tree stays", async () => {
  await view.type("conv");
  await view.type("size<");
  expect(error()?.textContent).toContain("'size<'");
  expect(error()?.hidden).toBe(false);
  expect(box()?.getAttribute("aria-invalid")).toBe("true");
  expect(view.status).toBe("");
  expect(traits("query")).toEqual(["conv"]);
  await view.press("Enter");
  await view.pause();
  expect(view.note).toBe("");
  await view.type("conv");
  expect(error()?.hidden).toBe(true);
  expect(view.status).toBe("3 hits");
});

test("hits in another lens are offered", async () => {
  await view.type("kernel");
  expect(view.status).toBe("no hits in calls; 1 in parameters");
  view.query<HTMLElement>(".uv-hits button")?.click();
  await view.pause();
  expect(traits("lens", "query")).toEqual(["parameters", "kernel"]);
  expect(view.names).toEqual(["kernel kernel"]);
  expect(view.status).toBe("1 hit");
});

test("what was probably meant is offered, and searched for", async () => {
  await view.type("sttem");
  expect(view.status).toBe("no hits in calls; try stem");
  view.query<HTMLElement>(".uv-hits button")?.click();
  await view.pause();
  expect([box()?.value, view.status]).toEqual(["stem", "1 hit"]);
  await view.type("is:nann");
  expect(error()?.textContent).toMatch(/Try is:nan\.$/);
});

test("Escape clears, and the selected call is brought back into view", async () => {
  await view.type("conv_9");
  await view.press("Enter");
  await view.press("Escape");
  await view.pause();
  expect(traits("query")).toEqual([""]);
  expect(view.status).toBe("");
  expect(view.selected).toBe("wide/Conv_9 Conv");
  expect(traits("expanded")).toEqual([["/", "wide"]]);
  await view.press("Escape");
  expect(view.focused).toBe("wide/Conv_9 Conv");
  await view.press("/");
  expect(view.root.activeElement).toBe(box());
});

test("the notebook hears no key of the search box", async () => {
  let nHeard = 0;
  document.addEventListener("keydown", () => {
    nHeard += 1;
  });
  box()?.focus();
  await view.press("d", "d", "Enter", "Escape");
  expect(nHeard).toBe(0);
});

test("a host that takes keys before everybody else is asked not to", () => {
  const host = view.el.firstElementChild;
  box()?.focus();
  expect(host?.hasAttribute("data-lm-suppress-shortcuts")).toBe(true);
  box()?.blur();
  expect(host?.hasAttribute("data-lm-suppress-shortcuts")).toBe(false);
});

test("the help fills the box with an example", async () => {
  const help = button("What can be searched for");
  help?.click();
  expect(help?.getAttribute("aria-expanded")).toBe("true");
  const examples = [...view.root.querySelectorAll<HTMLElement>(".uv-example")];
  const queries = examples.map((it) => it.textContent);
  expect(queries).toEqual(
    expect.arrayContaining(["conv", "shape:(*,64)", "is:unused"]),
  );
  expect(new Set(queries).size).toBe(queries.length);
  examples[0]?.click();
  await view.pause();
  expect(box()?.value).toBe("conv");
  expect(view.status).toBe("3 hits");
  expect(help?.getAttribute("aria-expanded")).toBe("false");
});

test("Escape closes the help and gives the focus back", async () => {
  const help = button("What can be searched for");
  help?.click();
  view.query<HTMLElement>(".uv-example")?.focus();
  await view.press("Escape");
  expect(view.root.activeElement).toBe(help);
});

test("a lens shows its rows and its count; arrow keys go round", async () => {
  expect(radio("calls")?.getAttribute("aria-checked")).toBe("true");
  expect(radio("calls")?.textContent).toBe("calls 710");
  radio("calls")?.focus();
  await view.press("ArrowRight", "ArrowRight", "ArrowRight");
  await view.pause();
  expect(traits("lens", "expanded")).toEqual(["parameters", []]);
  expect(view.names).toEqual(["kernel kernel", "bias bias"]);
  expect(view.query('[role="tree"]')?.getAttribute("aria-label")).toBe(
    "Parameters of Net.__call__",
  );
  expect(view.root.activeElement).toBe(radio("parameters"));
  await view.press("End");
  await view.pause();
  expect(view.query(".uv-tree-empty")?.textContent).toContain("No random keys");
});

test("a row with an entry brings its panel and entry to the front", async () => {
  radio("parameters")?.click();
  await view.pause();
  view.model.setFromPython("tab", "state");
  await view.click("bias bias");
  expect(traits("selected", "tab", "entry")).toEqual([
    "stem",
    "parameters",
    "parameters/params/bias",
  ]);
  expect(view.selected).toBe("bias bias");
});

test("the selected call stays selected in another lens", async () => {
  await view.click("stem stem");
  radio("parameters")?.click();
  await view.pause();
  expect(view.selected).toBe("kernel kernel");
});

test("a lens that cannot be had is not chosen", async () => {
  view.close();
  view.model.respond = failing("Gone.");
  view = new LiveView(run, {}, view.model);
  radio("modules")?.click();
  await view.pause();
  expect(radio("calls")?.getAttribute("aria-checked")).toBe("true");
  expect(error()?.textContent).toBe("Gone.");
  expect(traits("lens")).toEqual(["calls"]);
});

test("the first hit of a new search is brought into view, and not selected", async () => {
  await view.type("Dense_650");
  expect(view.names).toContain("wide/Dense_650 Dense");
  expect(traits("selected")).toEqual(["/"]);
  await view.type("Conv_9");
  expect(view.row("wide/Conv_9 Conv")?.classList.contains("uv-hit")).toBe(true);
  expect(view.selected).toBe("/ Net");
});

test("where a kernel has gone what is known is searched, and values are not", async () => {
  await view.type("conv");
  view.model.tell("comm:close");
  await view.type("stem");
  expect([view.status, error()?.textContent]).toEqual(["1 hit", ""]);
  await view.type("is:nan");
  await view.press("Enter");
  await view.pause();
  expect(error()?.textContent).toContain("no longer holds this run");
  expect([view.status, view.note]).toEqual(["", ""]);
});

test("what Python looks for does not come under the hands of a reader who types", async () => {
  vi.spyOn(performance, "now").mockReturnValue(5000);
  await view.type("conv");
  view.model.setFromPython("query", "stem");
  await view.pause();
  expect(box()?.value).toBe("conv");
  expect(traits("query")).toEqual(["stem"]);
  vi.mocked(performance.now).mockReturnValue(6500);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(box()?.value).toBe("stem");
  vi.restoreAllMocks();
});

test("a row marked for what Python selects brings its entry to the front", async () => {
  radio("parameters")?.click();
  await view.pause();
  view.model.setFromPython("tab", "state");
  view.model.setFromPython("selected", "stem");
  await view.pause();
  expect(view.selected).toBe("kernel kernel");
  expect(traits("tab", "entry")).toEqual(["parameters", "parameters/params/kernel"]);
});

test("a widget that begins with rows of items shows the entry of the marked row", async () => {
  view.close();
  const asked = { lens: "parameters", query: "bias", selected: "stem", tab: "call" };
  view = new LiveView(run, asked);
  await view.pause();
  expect(view.selected).toBe("bias bias");
  expect(traits("tab", "entry")).toEqual(["parameters", "parameters/params/bias"]);
});
