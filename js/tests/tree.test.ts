import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Row } from "../src/protocol";
import { failing } from "./fake_model";
import { FakeRun, leaves } from "./fake_run";
import { LiveView } from "./live_view";

const run = new FakeRun({
  calls: [
    {
      name: "/",
      row: { name: "/ Net" },
      children: [
        { name: "stem" },
        { name: "block", children: [{ name: "inner", children: leaves(2) }] },
        { name: "wide", children: leaves(100_000) },
        { name: "head", row: { code: "" } },
      ],
    },
  ],
});

let view: LiveView;

beforeEach(async () => {
  view = await LiveView.open(run);
});

afterEach(() => {
  view.close();
  vi.unstubAllGlobals();
});

const attribute = (name: string, of: string) => view.row(of)?.getAttribute(name);

test("the first picture waits for nothing of the tree", () => {
  view.close();
  view = new LiveView(run);
  expect(view.names).toEqual([
    "/ Net",
    "stem stem",
    "block block",
    "wide wide",
    "head head",
  ]);
  expect(view.query('[role="tree"]')?.getAttribute("aria-label")).toBe(
    "Calls of Net.__call__",
  );
  expect(view.model.sent.map(({ kind }) => kind)).toEqual(["columns", "call"]);
  expect(view.model.nSaves).toBe(0);
});

test("a row says where it stands", async () => {
  expect(attribute("aria-level", "block block")).toBe("2");
  expect(attribute("aria-posinset", "block block")).toBe("2");
  expect(attribute("aria-setsize", "block block")).toBe("4");
  expect(attribute("aria-expanded", "block block")).toBe("false");
  expect(attribute("aria-expanded", "stem stem")).toBeNull();
  await view.fold("block block");
  expect(attribute("aria-expanded", "block block")).toBe("true");
  expect(view.row("block block")?.title).toContain("f32[8,28,28,256]");
});

test("of a path the last two names stand apart, so that the rest can be cut", () => {
  view.close();
  const row: Partial<Row> = { pieces: [["name", "encoder/stem/kernel"]] };
  view = new LiveView(new FakeRun({ calls: [{ name: "stem", row }] }));
  expect(view.query(".uv-before")?.textContent).toBe("encoder/");
  expect(view.query(".uv-layer")?.textContent).toBe("stem/");
  expect(view.query(".uv-last")?.textContent).toBe("kernel");
  expect(view.rows[0]?.title).toContain("encoder/stem/kernel");
});

test("the triangle folds and does not select; Python hears what is open", async () => {
  await view.fold("block block");
  expect(view.names[3]).toBe("block/inner inner");
  expect(view.model.get("selected")).toBe("/");
  await view.pause();
  expect(view.model.get("expanded")).toEqual(["/", "block"]);
  await view.fold("block block");
  expect(view.row("block/inner inner")).toBeUndefined();
  await view.pause();
  expect(view.model.get("expanded")).toEqual(["/"]);
  expect(view.model.nSaves).toBe(2);
});

test("of 100,000 rows only those in view are in the page, of few elements each", async () => {
  await view.fold("wide wide");
  expect(view.rows.length).toBeLessThan(50);
  expect(attribute("aria-setsize", "wide/Dense_0 Dense")).toBe("100000");
  const nElements = view.rows.map((row) => row.querySelectorAll("*").length + 1);
  expect(Math.max(...nElements)).toBeLessThanOrEqual(20);
  expect(nElements.filter((n) => n > 15)).toHaveLength(2);
  expect(view.sent("lines")).toHaveLength(1);
});

test("what is scrolled to is asked for after a pause, and what was scrolled past is not", async () => {
  await view.fold("wide wide");
  const tree = view.query(".uv-tree");
  for (const line of [10_000, 20_000, 30_000]) {
    if (tree) tree.scrollTop = line * 22;
    tree?.dispatchEvent(new Event("scroll"));
  }
  await view.scrollTo(50_000);
  const asked = view.sent("lines").map(({ body }) => (body.rows as number[])[0] ?? 0);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toBeGreaterThan(49_900);
  expect(view.row("wide/Dense_50001 Dense")).toBeDefined();
});

test("rows under way have a place", async () => {
  view.model.respond = null;
  await view.fold("wide wide");
  const places = view.rows.filter((row) => row.classList.contains("uv-gap"));
  expect(places[0]?.textContent).toBe("…");
  expect(places[0]?.getAttribute("aria-posinset")).toBe("1");
  expect(places[0]?.getAttribute("aria-busy")).toBe("true");
});

test("rows that cannot be had leave a sentence, and Enter asks again", async () => {
  const respond = view.model.respond;
  view.model.respond = failing("Busy.");
  await view.fold("block block");
  expect(view.row("Busy.")?.textContent).toBe("Busy.");
  expect(view.note).toBe("Busy.");
  view.model.respond = respond;
  await view.press("ArrowDown");
  expect(view.focused).toBe("Busy.");
  await view.press("Enter");
  expect(view.focused).toBe("block/inner inner");
});

test("the focused row keeps the focus where it is not in view", async () => {
  await view.fold("wide wide");
  await view.press("ArrowDown", "ArrowDown");
  const row = view.row("wide/Dense_1 Dense");
  expect(view.root.activeElement).toBe(row);
  await view.scrollTo(60_000);
  expect(view.root.activeElement).toBe(row);
  expect(view.rows.at(0)).toBe(row);
  await view.scrollTo(0);
  expect(view.root.activeElement).toBe(row);
  expect(view.root.querySelectorAll('[role="treeitem"][tabindex="0"]')).toHaveLength(1);
  await view.press("ArrowDown");
  expect(view.focused).toBe("wide/Dense_2 Dense");
});

test("keys reach the last of 100,000 rows, and the focus waits for it", async () => {
  await view.fold("wide wide");
  view.hold();
  await view.press("End");
  expect(view.focused).toBe("head head");
  await view.press("ArrowUp");
  expect(view.focused).toBe("Loading…");
  expect(view.sent("lines").at(-1)?.body.rows).toContain(100_004);
  await view.release();
  expect(view.focused).toBe("wide/Dense_99999 Dense");
  await view.press("PageUp", "Home");
  expect(view.focused).toBe("/ Net");
});

test("closing a row takes the focus from a row inside it", async () => {
  await view.fold("block block");
  await view.press("ArrowRight", "ArrowRight", "ArrowRight");
  expect(view.focused).toBe("block/inner/Dense_0 Dense");
  view.model.setFromPython("expanded", ["/"]);
  expect(view.focused).toBe("block block");
});

test("typing the beginning of a name goes to it", async () => {
  await view.click("stem stem");
  await view.press("h");
  expect(view.focused).toBe("head head");
});

test("a star opens everything below, and says how much", async () => {
  await view.click("block block");
  await view.press("*");
  expect(view.names.slice(3, 6)).toEqual([
    "block/inner inner",
    "block/inner/Dense_0 Dense",
    "block/inner/Dense_1 Dense",
  ]);
  expect(view.note).toBe("opened 3 rows");
  await view.pause();
  expect(view.model.get("expanded")).toEqual(["/", "block", "block/inner"]);
});

test("a minus closes everything below again, the rows in it too", async () => {
  await view.click("block block");
  await view.press("*");
  await view.press("-");
  expect(view.names).not.toContain("block/inner inner");
  await view.press("ArrowRight");
  expect(view.names).toContain("block/inner inner");
  expect(view.names).not.toContain("block/inner/Dense_0 Dense");
  await view.pause();
  expect(view.model.get("expanded")).toEqual(["/", "block"]);
});

test("Alt and a click on a triangle fold all that is below", async () => {
  const clickTriangle = async () => {
    const triangle = view.row("block block")?.querySelector(".uv-triangle");
    triangle?.dispatchEvent(new MouseEvent("click", { altKey: true, bubbles: true }));
    await view.pause();
  };
  await clickTriangle();
  expect(view.names).toContain("block/inner/Dense_0 Dense");
  await clickTriangle();
  expect(view.model.get("expanded")).toEqual(["/"]);
});

test("what stays closed is counted", async () => {
  const stages = leaves(2500, "Stage").map((stage) => ({
    ...stage,
    children: leaves(1),
  }));
  view.close();
  view = await LiveView.open(new FakeRun({ calls: [{ name: "/", children: stages }] }));
  view.row("/ /")?.focus();
  await view.press("*");
  expect(view.note).toBe(
    "opened 2,000 rows, 500 more stay closed: press * again to open more",
  );
  await view.press("*");
  expect(view.note).toBe("opened 500 rows");
  await view.press("*");
  expect(view.note).toBe("everything below is open");
});

test("a selected row offers its buttons, which are not in the tab order", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await view.click("block block");
  const buttons = [...(view.row("block block")?.querySelectorAll("button") ?? [])];
  expect(buttons.map((button) => button.getAttribute("aria-label"))).toEqual([
    "Expand all below",
    "Copy path",
  ]);
  expect(buttons.every((button) => button.tabIndex === -1)).toBe(true);
  buttons[1]?.click();
  await view.pause();
  expect(writeText).toHaveBeenCalledWith('run.at("block")');
  expect(view.note).toBe('copied run.at("block")');
  expect(view.model.get("selected")).toBe("block");
});

test("a row that is pointed at offers its buttons", () => {
  const over = new Event("pointerover", { bubbles: true });
  view.row("stem stem")?.dispatchEvent(over);
  const labels = [...(view.row("stem stem")?.querySelectorAll("button") ?? [])]
    .filter((button) => !button.hidden)
    .map((button) => button.getAttribute("aria-label"));
  expect(labels).toEqual(["Copy path"]);
  view.query(".uv-tree")?.dispatchEvent(new Event("pointerleave"));
  expect(view.row("stem stem")?.querySelector("button")).toBeNull();
});

test("Ctrl+C copies the code of a row, and says so where there is none", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await view.click("stem stem");
  await view.pressWith({ key: "c", ctrlKey: true });
  expect(writeText).toHaveBeenCalledWith('run.at("stem")');
  await view.press("End");
  await view.pressWith({ key: "c", metaKey: true });
  expect(view.note).toBe("There is no code for this row.");
});

test("a double click folds", async () => {
  const twice = new MouseEvent("dblclick", { bubbles: true });
  view.row("block block")?.dispatchEvent(twice);
  expect(attribute("aria-expanded", "block block")).toBe("true");
});

test("keys that the tree uses do not reach the notebook, others do", async () => {
  const heard = vi.fn();
  document.addEventListener("keydown", heard);
  await view.click("stem stem");
  await view.press("a", "Enter", "ArrowDown", "*", "PageUp");
  expect(heard).not.toHaveBeenCalled();
  await view.press("Escape");
  await view.pressWith({ key: "s", ctrlKey: true });
  expect(heard).toHaveBeenCalledTimes(2);
  document.removeEventListener("keydown", heard);
});

test("no piece of a row is cut to less than what says something", () => {
  const least = (selector: string) =>
    view
      .row("stem stem")
      ?.querySelector<HTMLElement>(selector)
      ?.style.getPropertyValue("--uv-least");
  expect(least(".uv-shape")).toBe("8ch");
  expect(least(".uv-class")).toBe("5ch");
});

test("what is opened before the columns are there has a place, and opens with them", async () => {
  view.close();
  view = new LiveView(run);
  view.hold();
  await view.fold("block block");
  expect(view.rows[3]?.getAttribute("aria-busy")).toBe("true");
  await view.release();
  await view.ready();
  await view.pause();
  expect(view.names[3]).toBe("block/inner inner");
});

test("columns that cannot be had leave a sentence, and Enter asks again", async () => {
  const { respond } = view.model;
  view.close();
  view.model.respond = failing("Busy.");
  view = new LiveView(run, {}, view.model);
  await view.pause();
  await view.fold("block block");
  expect(view.row("Busy.")?.textContent).toBe("Busy.");
  view.model.respond = respond;
  await view.press("ArrowDown", "Enter");
  await view.ready();
  await view.pause();
  expect(view.names[3]).toBe("block/inner inner");
});
