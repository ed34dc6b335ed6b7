/** The overview of a call: bars and remarks that lead somewhere, and when it is in front. */
import { afterEach, expect, test, vi } from "vitest";
import { frontTab } from "../src/panels/overview";
import type { Bar, CallAnswer, Overview, Remark, RngItem } from "../src/protocol";
import { arrayItem, callAnswer, FakeDetails } from "./fake_details";

const fact = (label: string, amount: number) => ({
  label,
  text: `${amount}`,
  exact: `${amount} ${label}`,
});

const bar = (name: string, more: Partial<Bar> = {}): Bar => ({
  name,
  class_name: "Dense",
  color: "#80c0a0",
  address: name,
  search: null,
  amounts: [fact("parameters", 12), fact("calls", 1)],
  shares: [0.5, 1],
  ...more,
});

const remark = (text: string, more: Partial<Remark> = {}): Remark => ({
  text,
  address: "",
  tab: null,
  entry: "",
  search: null,
  ...more,
});

const SEARCH = { lens: "calls", query: "class:Dense" } as const;

const OVERVIEW: Overview = {
  charts: [
    {
      title: "By child",
      columns: ["parameters", "calls"],
      bars: [bar("first")],
      n_rest: 1988,
    },
    {
      title: "By class",
      columns: ["parameters", "calls"],
      bars: [bar("Dense", { address: "", search: SEARCH })],
      n_rest: 0,
    },
  ],
  remarks: [
    {
      title: "Changed",
      remarks: [
        remark("batch_stats: 2 changed states", { search: SEARCH }),
        remark("mean moved most", {
          address: "norm",
          tab: "state",
          entry: "state/batch_stats/mean",
        }),
        remark("the stream c, which was given"),
      ],
      n_rest: 0,
    },
  ],
};

let details: FakeDetails | undefined;

afterEach(() => details?.close());

function shown(overview: Overview, withTree = true) {
  const list = vi.fn();
  const select = vi.fn();
  const options = { tab: "overview", select, ...(withTree ? { list } : {}) } as const;
  details = new FakeDetails(options);
  details.view.show(callAnswer({ overview }));
  return { view: details, list, select };
}

const buttonNamed = (view: FakeDetails, text: string) =>
  view
    .all(".uv-overview button")
    .find((button) =>
      (button.getAttribute("aria-label") ?? button.textContent)?.startsWith(text),
    );

test("a bar of a child selects it, one of a class lists its calls", () => {
  const { view, list, select } = shown(OVERVIEW);
  buttonNamed(view, "first, Dense, 12 parameters, 1 calls")?.click();
  expect(select).toHaveBeenCalledExactlyOnceWith("first", null, "");
  buttonNamed(view, "Dense, 12 parameters")?.click();
  expect(list).toHaveBeenCalledExactlyOnceWith("calls", "class:Dense");
});

test("bars are as long as their share, and the others are counted", () => {
  const { view } = shown(OVERVIEW);
  const lengths = view.all(".uv-share").map((it) => it.style.inlineSize);
  expect(lengths.slice(0, 2)).toEqual(["50%", "100%"]);
  expect(view.text(".uv-rest")).toBe("… 1,988 more");
});

test("a remark leads to a list, or to an entry of a call, or nowhere", () => {
  const { view, list, select } = shown(OVERVIEW);
  buttonNamed(view, "batch_stats")?.click();
  expect(list).toHaveBeenCalledExactlyOnceWith("calls", "class:Dense");
  buttonNamed(view, "mean")?.click();
  const place = ["norm", "state", "state/batch_stats/mean"];
  expect(select).toHaveBeenCalledExactlyOnceWith(...place);
  expect(buttonNamed(view, "the stream")).toBeUndefined();
});

test("without a tree no remark offers a list", () => {
  const { view } = shown(OVERVIEW, false);
  expect(buttonNamed(view, "batch_stats")).toBeUndefined();
  expect(view.text(".uv-remarks")).toContain("batch_stats");
});

test("names are text, whatever they say", () => {
  const charts = OVERVIEW.charts.map((chart) => ({
    ...chart,
    bars: [bar("<img src=x>", { color: "red;background:url(x)" })],
  }));
  const { view } = shown({ charts, remarks: [] });
  expect(view.query("img")).toBeNull();
  expect(view.text(".uv-share-name")).toContain("<img src=x>");
  expect(view.query(".uv-swatch")?.getAttribute("style") ?? "").not.toContain("url");
});

const rng: RngItem = { stream: "dropout", text: "1 draw", draws: [] };

test.each<[string, Partial<CallAnswer>, string, string]>([
  ["that calls others", { overview: OVERVIEW }, "overview", "overview"],
  ["that calls others", { overview: OVERVIEW }, "state", "overview"],
  [
    "that calls others and holds something",
    { overview: OVERVIEW, parameters: [arrayItem()] },
    "overview",
    "parameters",
  ],
  [
    "that is the root",
    { overview: OVERVIEW, parameters: [arrayItem()], subtitle: "" },
    "overview",
    "overview",
  ],
  ["that holds something", { parameters: [arrayItem()] }, "overview", "parameters"],
  ["that draws only", { rngs: [rng] }, "parameters", "rngs"],
  [
    "that has what is wanted",
    { parameters: [arrayItem()], rngs: [rng] },
    "rngs",
    "rngs",
  ],
  [
    "of which unused values are listed",
    { unused: [arrayItem()] },
    "parameters",
    "parameters",
  ],
  ["that has nothing", {}, "overview", "call"],
  ["that has something", { parameters: [arrayItem()] }, "call", "call"],
])("a call %s is shown with what it has", (_, more, wanted, front) => {
  expect(frontTab(wanted as "overview", callAnswer(more))).toBe(front);
});

test("the reader may still look at the overview of a call with parameters", () => {
  details = new FakeDetails({ tab: "overview" });
  details.view.show(callAnswer({ parameters: [arrayItem({ is_array: false })] }));
  const [overview, parameters] = details.all("[role=tab]");
  expect(parameters?.getAttribute("aria-selected")).toBe("true");
  overview?.click();
  expect(overview?.getAttribute("aria-selected")).toBe("true");
  expect(details.text(".uv-overview")).toContain("made no other calls");
});
