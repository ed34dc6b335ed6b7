import { afterEach, expect, test, vi } from "vitest";
import { failing } from "./fake_model";
import { FakeRun, leaves, packed } from "./fake_run";
import { LiveView } from "./live_view";

const run = new FakeRun({
  calls: [
    {
      name: "/",
      row: { name: "/ Net" },
      children: [
        { name: "block", children: [{ name: "inner", children: leaves(700) }] },
        { name: "head" },
      ],
    },
  ],
  modules: [{ name: "block", children: leaves(3) }, { name: "head" }],
});

let view: LiveView;

afterEach(() => view.close());

const get = (name: string) => view.model.get(name);

test("what Python opens is opened, wherever it is, and nothing is sent back", async () => {
  view = new LiveView(run);
  view.model.setFromPython("expanded", ["/", "block/inner", "block"]);
  await view.pause();
  expect(view.names.slice(0, 4)).toEqual([
    "/ Net",
    "block block",
    "block/inner inner",
    "block/inner/Dense_0 Dense",
  ]);
  view.model.setFromPython("expanded", []);
  await view.pause();
  expect(view.names).toEqual(["/ Net"]);
  expect(view.model.nSaves).toBe(0);
});

test("a selection from Python is found, and only what is in view is asked for", async () => {
  view = new LiveView(run);
  view.model.setFromPython("selected", "block/inner/Dense_642");
  await view.pause();
  await view.pause();
  expect(view.selected).toBe("block/inner/Dense_642 Dense");
  expect(view.row("block/inner/Dense_642 Dense")?.tabIndex).toBe(0);
  const asked = view.sent("lines").flatMap(({ body }) => body.rows as number[]);
  expect(asked.length).toBeLessThan(200);
  expect(get("expanded")).toEqual(["/", "block", "block/inner"]);
  expect(view.query("section")?.getAttribute("aria-label")).toBe(
    "Details of block/inner/Dense_642",
  );
});

test("Python sets lens and query, and what is open in them", async () => {
  view = new LiveView(run);
  view.model.setFromPython("lens", "modules");
  view.model.setFromPython("expanded", ["block"]);
  await view.pause();
  expect(view.names).toEqual([
    "block block",
    "block/Dense_0 Dense",
    "block/Dense_1 Dense",
    "block/Dense_2 Dense",
    "head head",
  ]);
  view.model.setFromPython("query", "head");
  await view.pause();
  expect(view.names).toEqual(["head head"]);
  expect(view.query<HTMLInputElement>('[role="searchbox"]')?.value).toBe("head");
  expect([get("lens"), get("query"), get("expanded")]).toEqual(["modules", "head", []]);
});

test("a widget that begins with a lens and a query shows them", async () => {
  view = new LiveView(run, { lens: "modules", query: "Dense", expanded: ["block"] });
  await view.pause();
  expect(view.names).toEqual([
    "block block",
    "block/Dense_0 Dense",
    "block/Dense_1 Dense",
    "block/Dense_2 Dense",
  ]);
  expect(get("expanded")).toEqual(["block"]);
});

test("a search at first opens its hits, whatever was open without it", async () => {
  view = new LiveView(run, { lens: "modules", query: "Dense" });
  await view.pause();
  expect(view.names).toContain("block/Dense_0 Dense");
  expect(get("expanded")).toEqual(["block"]);
});

test("two views of one widget stay in step without end", async () => {
  view = await LiveView.open(run);
  const other = await LiveView.open(run, {}, view.model);
  await view.fold("block block");
  // happy-dom cannot look for the focus of one shadow root while another has it.
  (view.root.activeElement as HTMLElement).blur();
  await view.pause();
  expect(other.names).toContain("block/inner inner");
  const box = other.query<HTMLInputElement>('[role="searchbox"]');
  if (box) box.value = "head";
  box?.dispatchEvent(new Event("input"));
  await view.pause();
  expect(view.names).toEqual(["/ Net", "head head"]);
  const nSent = view.model.sent.length;
  const { nSaves } = view.model;
  await view.pause();
  expect([view.model.sent.length, view.model.nSaves]).toEqual([nSent, nSaves]);
  other.close();
});

test("a selection scrolls the page, but not away from another inspector", async () => {
  view = new LiveView(run);
  const other = new LiveView(run);
  const scroll = vi.spyOn(Element.prototype, "scrollIntoView");
  view.model.setFromPython("selected", "head");
  expect(scroll).toHaveBeenCalledTimes(1);
  const host = other.el.firstElementChild;
  vi.spyOn(document, "activeElement", "get").mockReturnValue(host);
  view.model.setFromPython("selected", "block");
  expect(scroll).toHaveBeenCalledTimes(1);
  other.close();
  vi.restoreAllMocks();
});

test("without a kernel the tree stays, and says what it cannot do", async () => {
  view = new LiveView(run);
  view.close();
  view.model.respond = failing("not connected");
  view = new LiveView(run, {}, view.model);
  await view.type("head");
  expect(view.query(".uv-query-error")?.textContent).toContain("not connected");
  await view.fold("block block");
  expect(view.names[2]).toContain("not connected");
});

test("a small run that a saved notebook keeps stays alive without a kernel", async () => {
  const kept = packed({
    ...run.columns(),
    lines: run.allLines(),
  });
  view = new LiveView(run);
  view.close();
  view.model.respond = failing("not connected");
  view.model.setFromPython("kept", kept);
  view = await LiveView.open(run, {}, view.model);
  await view.fold("block block");
  await view.pause();
  expect(view.names[2]).toBe("block/inner inner");
  await view.type("head");
  expect(view.names).toEqual(["/ Net", "head head"]);
});

const top = () => view.query(".uv-tree")?.scrollTop ?? 0;

/** Lets what observes sizes hear of one, as browsers do at the first layout. */
function stubSizes(): () => void {
  const heard: (() => void)[] = [];
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(private readonly hear: (items: []) => void) {}
      observe() {
        heard.push(() => this.hear([]));
      }
      disconnect() {}
    },
  );
  return () => {
    for (const hear of heard) hear();
  };
}

test("a row selected at first comes into view as soon as there is a view", async () => {
  const resize = stubSizes();
  view = new LiveView(run, { selected: "block/inner/Dense_642" });
  await view.pause();
  const tree = view.query(".uv-tree") as HTMLElement;
  // Nothing that has no size keeps where it is scrolled to.
  tree.scrollTop = 0;
  resize();
  expect(top()).toBeGreaterThan(600 * 22);
  tree.dispatchEvent(new Event("wheel"));
  tree.scrollTop = 0;
  resize();
  expect(top()).toBe(0);
  vi.unstubAllGlobals();
});

test("a search at first shows the row that is selected, a later one its first hit", async () => {
  view = new LiveView(run, { query: "Dense", selected: "block/inner/Dense_642" });
  await view.pause();
  await view.pause();
  expect(view.selected).toBe("block/inner/Dense_642 Dense");
  expect(top()).toBeGreaterThan(600 * 22);
  view.model.setFromPython("query", "inner");
  await view.pause();
  expect(top()).toBe(0);
});

test("an id that is not here keeps nothing else shut, and the trait says what is open", async () => {
  view = new LiveView(run);
  const ids = ["/", "nope", "block", "gone", "block/inner"];
  view.model.setFromPython("expanded", ids);
  await view.pause();
  await view.pause();
  expect(view.names[3]).toBe("block/inner/Dense_0 Dense");
  await vi.waitFor(() =>
    expect(get("expanded")).toEqual(["/", "block", "block/inner"]),
  );
});

test.each([
  ["before", ["expanded", "query"]],
  ["after", ["query", "expanded"]],
])(
  "what is to be open is opened besides what a search opens, set %s it",
  async (_, names) => {
    view = new LiveView(run);
    for (const name of names) {
      const value = name === "query" ? "Dense" : ["block", "block/inner"];
      view.model.setFromPython(name, value);
    }
    await view.pause();
    await view.pause();
    expect(view.names).toContain("block/inner/Dense_0 Dense");
    expect(get("expanded")).toEqual(["/", "block", "block/inner"]);
  },
);
