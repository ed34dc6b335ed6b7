import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ArrayItem } from "../src/protocol";
import { ARRAY, arrayItem, callAnswer, FakeDetails, press } from "./fake_details";
import { settle } from "./fake_model";
import { exchange } from "./golden";

let details: FakeDetails;

beforeEach(() => {
  details = new FakeDetails();
});

afterEach(() => {
  vi.useRealTimers();
  details.close();
});

const show = (entry: ArrayItem) =>
  details.view.show(callAnswer({ address: "stem", parameters: [entry] }));

const stacked = arrayItem({
  axes: [
    { name: "layers", size: 24 },
    { name: "", size: 1 },
    { name: "in", size: 8 },
    { name: "out", size: 16 },
  ],
});

test("what is known of a parameter is shown with its users as links", async () => {
  show(arrayItem());
  await details.answerArrays({
    title: "kernel  f32[2,2]",
    users: [
      { address: "stem", action: "read" },
      { address: "block", action: "read" },
    ],
    n_users: 5,
  });
  expect(details.text(".uv-card-title")).toBe("kernel  f32[2,2]");
  expect(details.text(".uv-outcomes > .uv-facts-line")).toBe("bytes16 B");
  expect(details.text(".uv-users")).toBe("read by 5 callsthis callblock… 3 more");
  details.query(".uv-link")?.click();
  expect(details.selected).toEqual(["block"]);
});

test("many users wait behind a button", async () => {
  show(arrayItem());
  const users = Array.from({ length: 9 }, (_, index) => ({
    address: `layer_${index}`,
    action: "read",
  }));
  await details.answerArrays({ users, n_users: 12 });
  expect(details.all(".uv-link")).toHaveLength(4);
  const more = details.query(".uv-users .uv-toggle");
  expect(more?.textContent).toBe("show 5 more");
  more?.click();
  expect(details.all(".uv-link")).toHaveLength(9);
  expect(details.text(".uv-users")).toContain("… 3 more");
});

test("sharding is a table of devices with its axes named", async () => {
  show(arrayItem());
  const sharding = {
    text: "PartitionSpec('data', None)",
    row_axis: "axis 0 (data)",
    column_axis: "",
    cells: [["0, 4"], ["1, 5"]],
  };
  await details.answerArrays({ sharding });
  expect(details.text(".uv-sharding")).toContain("axis 0 (data) ↓");
  expect(details.all(".uv-sharding td").map((cell) => cell.textContent)).toEqual([
    "0, 4",
    "1, 5",
  ]);
});

test("the histogram changes to a logarithmic scale and back, and says the bin", async () => {
  show(arrayItem());
  await details.answerArrays();
  const toggle = details.query(".uv-histogram .uv-toggle");
  expect(toggle?.getAttribute("aria-pressed")).toBe("false");
  toggle?.click();
  expect(toggle?.getAttribute("aria-pressed")).toBe("true");
  const plot = details.query(".uv-bars");
  press(plot, "End");
  expect(details.text(".uv-tip")).toBe("0.625 to 1: 1");
  press(plot, "ArrowLeft");
  expect(details.text(".uv-tip")).toBe("0.25 to 0.625: 0");
});

test("the heatmap is read by keys, and says where there is no number", async () => {
  show(arrayItem());
  await details.answerArrays();
  const canvas = details.query("canvas");
  expect(canvas?.getAttribute("aria-label")).toContain("Heatmap of kernel, 2 by 2");
  press(canvas, "ArrowRight");
  expect(details.text(".uv-readout")).toBe("[0, 1]: 1");
  press(canvas, "ArrowDown");
  expect(details.text(".uv-readout")).toBe("[1, 1]: no finite number");
  expect(details.text(".uv-heatmap")).toContain("NaN, ∞");
});

test("facts with long labels are told apart, since four do not fit side by side", async () => {
  const isLong = () =>
    details.query(".uv-facts-grid")?.classList.contains("uv-long") ?? null;
  const fact = (label: string, text: string) => ({ label, text, exact: text });
  show(arrayItem());
  await details.answerArrays({ facts: [fact("mean", "0.0009521")] });
  expect(isLong()).toBe(false);
  show(arrayItem({ name: "sick" }));
  await details.answerArrays({ facts: [fact("finite mean", "0.0009521")] });
  expect(isLong()).toBe(true);
});

test("an array of two axes needs no slices; the others have one for each long axis", () => {
  show(arrayItem());
  expect(details.query(".uv-slices")).toBeNull();
  show(stacked);
  const sliders = details.all('input[type="range"]');
  expect(sliders.map((slider) => slider.getAttribute("aria-label"))).toEqual([
    "axis 0 (layers)",
    "axis 2 (in)",
    "axis 3 (out)",
  ]);
});

const choose = (name: string, value: string) => {
  const labels = details.all(".uv-axis-choice");
  const label = labels.find((it) => it.textContent?.startsWith(name));
  const select = label?.querySelector("select");
  if (!select) throw new Error(`There is no choice of ${name}.`);
  select.value = value;
  select.dispatchEvent(new Event("change"));
};

const shownChoices = () =>
  details
    .all(".uv-axis-choice")
    .filter((label) => !label.hidden)
    .map((label) => label.querySelector("select")?.selectedOptions[0]?.textContent);

const askedAxes = () => details.sent("array").at(-1)?.body.axes;

test("rows and columns are chosen among the long axes, by name", async () => {
  show(stacked);
  await details.answerArrays();
  expect(askedAxes()).toBeNull();
  expect(shownChoices()).toEqual(["all others", "axis 3 (out)", "no axis"]);
  choose("rows", "0");
  expect(askedAxes()).toEqual({ rows: 0, column: 3, each: null });
  choose("columns", "0");
  expect(askedAxes()).toEqual({ rows: 3, column: 0, each: null });
  await details.answerArray(2, {});
  expect(shownChoices()).toEqual(["axis 3 (out)", "axis 0 (layers)", "no axis"]);
});

test("two axes can change places, and go back", async () => {
  show(arrayItem());
  await details.answerArrays();
  expect(shownChoices()).toEqual(["axis 0", "axis 1"]);
  choose("rows", "1");
  expect(askedAxes()).toEqual({ rows: 1, column: 0, each: null });
  choose("columns", "1");
  expect(shownChoices()).toEqual(["axis 0", "axis 1"]);
  expect(details.sent("array")).toHaveLength(2);
});

test("an array without a picture has no axes to choose", async () => {
  show(arrayItem());
  const axes = () => details.query(".uv-axes");
  expect(axes()?.hidden).toBe(true);
  await details.answerArrays({ note: "All 4 values are 0.", heatmap: null });
  expect(axes()?.hidden).toBe(true);
  show(arrayItem({ name: "line", axes: [{ name: "", size: 9 }] }));
  await details.answerArrays();
  expect(axes()?.hidden).toBe(true);
});

const PICTURES = {
  heatmap: {
    ...ARRAY.heatmap,
    width: 1,
    height: 1,
    shape: [24, 1, 8, 16],
    index: [null, null, null, null],
    row_axes: [2],
    column_axis: 3,
    each: 0,
    n_pictures: 4,
    caption: "one picture for each index of axis 0",
  },
};

async function showPictures(): Promise<HTMLElement[]> {
  show(stacked);
  await details.answerArrays();
  choose("one picture", "0");
  expect(askedAxes()).toEqual({ rows: 2, column: 3, each: 0 });
  await details.answerArray(1, PICTURES);
  return details.all(".uv-multiple");
}

test("each index of an axis has a picture, and one a stop of the Tab key", async () => {
  const pictures = await showPictures();
  expect(pictures.map((it) => it.textContent)).toEqual(["0", "1", "2", "3"]);
  const focusable = () => pictures.map((it) => it.getAttribute("tabindex"));
  expect(focusable()).toEqual(["0", "-1", "-1", "-1"]);
  pictures[0]?.focus();
  press(pictures[0] ?? null, "End");
  expect(focusable()).toEqual(["-1", "-1", "-1", "0"]);
  expect(details.view.element.contains(document.activeElement)).toBe(true);
  const canvas = pictures[1]?.querySelector("canvas");
  canvas?.dispatchEvent(new MouseEvent("pointermove"));
  expect(details.text(".uv-readout")).toBe("[1, 0, 0, 0]: 1");
});

test("a picture that is chosen fixes its index, and going back shows all again", async () => {
  const pictures = await showPictures();
  vi.useFakeTimers();
  expect(pictures[3]?.getAttribute("aria-label")).toBe(
    "Show index 3 of axis 0 (layers) alone",
  );
  pictures[3]?.click();
  vi.advanceTimersByTime(200);
  expect(details.sent("array").at(-1)?.body).toMatchObject({
    index: [3, null, null, null],
    axes: null,
  });
  const slider = details.query('input[type="range"]') as HTMLInputElement;
  expect(slider.value).toBe("3");
  expect(document.activeElement).toBe(slider);
  slider.value = "-1";
  slider.dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(200);
  expect(shownChoices()).toEqual(["axis 2 (in)", "axis 3 (out)", "axis 0 (layers)"]);
  expect(details.all(".uv-multiple")).toHaveLength(4);
});

test("what was chosen for an array is chosen when it is looked at again", async () => {
  show(stacked);
  await details.answerArrays();
  choose("rows", "0");
  show(arrayItem({ name: "other" }));
  show(stacked);
  expect(askedAxes()).toEqual({ rows: 0, column: 3, each: null });
});

test("a slice that does not come leaves what was shown, under the reason", async () => {
  show(stacked);
  await details.answerArrays();
  vi.useFakeTimers();
  const slider = details.query('input[type="range"]') as HTMLInputElement;
  details.isConnected = false;
  slider.value = "3";
  slider.dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(200);
  expect(details.text(".uv-failure")).toContain("The kernel is not connected");
  expect(details.query(".uv-heatmap")).not.toBeNull();
});

test("without a kernel no slices, axes or view of Treescope are offered", async () => {
  details.isConnected = false;
  show(stacked);
  await details.answerArrays();
  expect(details.query(".uv-slices")).toBeNull();
  expect(details.query(".uv-axes")?.hidden).toBe(true);
  expect(details.text(".uv-card-heading")).not.toContain("Treescope view");
});

test("the largest array is in front, not the first by name", () => {
  const bias = arrayItem({ name: "bias", axes: [{ name: "", size: 2 }] });
  const parameters = [bias, arrayItem()];
  details.view.show(callAnswer({ address: "stem", parameters }));
  expect(details.sent("array").map(({ body }) => body.entry)).toEqual([
    arrayItem().key,
  ]);
});

test("a tab without items makes way, until the reader chooses it", () => {
  const state = [arrayItem({ group: "state", collection: "batch_stats" })];
  details.view.show(callAnswer({ address: "stem", state }));
  const front = () => details.text('[role="tab"][aria-selected="true"]');
  expect(front()).toContain("State");
  details.all('[role="tab"]')[1]?.click();
  expect(front()).toContain("Parameters");
});

test("moving a slider asks for the slice once it has settled, and cancels the last", async () => {
  vi.useFakeTimers();
  show(stacked);
  expect(details.sent("array")[0]?.body.index).toEqual([]);
  const slider = details.query('input[type="range"]') as HTMLInputElement;
  const moveTo = (place: number) => {
    slider.value = String(place);
    slider.dispatchEvent(new Event("input"));
  };
  moveTo(2);
  moveTo(3);
  expect(details.text(".uv-slices output")).toBe("3 (0–23)");
  expect(details.sent("array")).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(details.sent("array")[1]?.body.index).toEqual([3, null, null, null]);
  expect(details.sent("cancel")[0]?.body.cancelled).toBe(details.sent("array")[0]?.id);
  moveTo(-1);
  expect(slider.getAttribute("aria-valuetext")).toBe("all");
  vi.advanceTimersByTime(200);
  expect(details.sent("array")[2]?.body.index).toEqual([]);
});

test("a slider that was moved asks nothing once its card is left", () => {
  vi.useFakeTimers();
  const bias = arrayItem({ name: "bias" });
  details.view.show(callAnswer({ address: "stem", parameters: [stacked, bias] }));
  const slider = details.query('input[type="range"]') as HTMLInputElement;
  slider.value = "7";
  slider.dispatchEvent(new Event("input"));
  details.view.showItem(bias.key);
  vi.advanceTimersByTime(1000);
  const asked = details.sent("array").map(({ body }) => body.entry);
  expect(asked).toEqual([stacked.key, bias.key]);
});

test("a slow answer shows a bar as it comes nearer", async () => {
  vi.useFakeTimers();
  show(arrayItem());
  const [request] = details.sent("array");
  const tell = (fraction: number) => {
    const progress = { kind: "progress", id: request?.id, body: { fraction } };
    details.model.tell("msg:custom", progress);
  };
  tell(0.2);
  expect(details.query('[role="progressbar"]')).toBeNull();
  vi.advanceTimersByTime(350);
  expect(details.query('[role="progressbar"]')?.getAttribute("aria-valuenow")).toBe(
    "20",
  );
  tell(0.6);
  expect(details.query('[role="progressbar"]')?.getAttribute("aria-valuenow")).toBe(
    "60",
  );
  expect(details.query(".uv-outcomes")?.classList).toContain("uv-dimmed");
  vi.useRealTimers();
  await details.answerArrays();
  expect(details.query('[role="progressbar"]')).toBeNull();
  expect(details.query(".uv-outcomes")?.classList).not.toContain("uv-dimmed");
});

test("an array that cannot be read says so in its place", async () => {
  show(arrayItem());
  await details.model.answer({
    kind: "failure",
    body: { message: "The array was deleted." },
  });
  expect(details.text('.uv-card [role="alert"]')).toBe("The array was deleted.");
});

test("values that are all the same are a sentence", async () => {
  show(arrayItem());
  const note = "All 4 values are 0.";
  await details.answerArrays({ note, histogram: null, heatmap: null });
  expect(details.text(".uv-sides")).toBe(note);
});

test("Treescope's view is a sandboxed frame, opened and closed by one button", async () => {
  show(stacked);
  await details.answerArrays();
  const button = details.query(".uv-card-heading .uv-toggle");
  button?.click();
  expect(details.sent("treescope")[0]).toMatchObject({
    body: { side: "before", index: [] },
  });
  await details.model.answer(exchange("treescope").answer);
  const frame = details.query("iframe");
  expect(frame?.getAttribute("sandbox")).toBe("allow-scripts");
  expect(frame?.title).toBe("Treescope view of kernel");
  button?.click();
  expect(details.query("iframe")).toBeNull();
  expect(button?.getAttribute("aria-expanded")).toBe("false");
});

test("a frame whose scripts do not run gives way to a sentence", async () => {
  show(arrayItem());
  await details.answerArrays();
  details.query(".uv-card-heading .uv-toggle")?.click();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  details.model.tell("msg:custom", {
    ...exchange("treescope").answer,
    id: details.sent("treescope")[0]?.id,
  });
  await vi.advanceTimersByTimeAsync(5000);
  expect(details.query("iframe")).toBeNull();
  expect(details.text(".uv-treescope")).toContain("security policy");
});

const changed = arrayItem({
  key: "state/batch_stats/mean",
  group: "state",
  collection: "batch_stats",
  name: "mean",
  notes: ["changed", "written at [:, 3:4]"],
  sides: ["before", "after", "difference"],
  codes: ["mean.before", "mean.after", "mean.after - mean.before"],
});

function showState(entry: ArrayItem): void {
  details.view.showTab("state");
  details.view.show(callAnswer({ address: "stem", state: [entry] }));
}

test("state is shown before, after and as a difference, side by side", async () => {
  showState(changed);
  const asked = details.sent("array");
  expect(asked.map(({ body }) => body.side)).toEqual(["before", "after", "difference"]);
  await details.answerArrays();
  expect(details.all(".uv-side > h5").map((it) => it.textContent)).toEqual([
    "before",
    "after",
    "difference",
  ]);
  const headings = details.all('.uv-compare th[scope="col"]');
  expect(headings.map((it) => it.textContent)).toEqual([
    "before",
    "after",
    "difference",
  ]);
  expect(details.all(".uv-histogram")).toHaveLength(3);
  expect(details.text('[role="option"]')).toContain("written at [:, 3:4]");
});

test("a difference has its own colours, centred at zero", async () => {
  showState(changed);
  await details.answerArrays();
  const ends = details
    .all(".uv-legend-line > .uv-legend:first-child")
    .map((legend) => legend.textContent);
  expect(ends).toEqual(["-0.51", "-0.51", "-11"]);
});

test("one scale serves all histograms of a card", async () => {
  showState(changed);
  await details.answerArrays();
  const toggles = details.all(".uv-histogram .uv-toggle");
  toggles[1]?.click();
  expect(toggles.map((toggle) => toggle.getAttribute("aria-pressed"))).toEqual([
    "true",
    "true",
    "true",
  ]);
});

test("a number before and after is text and no picture", async () => {
  showState({ ...changed, value_texts: ["3", "4"], axes: [] });
  const facts = [{ label: "value", text: "3", exact: "3" }];
  await details.answerArrays({ facts, histogram: null, heatmap: null, about: [] });
  expect(details.text(".uv-value")).toBe("3 → 4");
  expect(details.all(".uv-compare td").map((it) => it.textContent)).toContain("3");
  expect(details.query(".uv-sides")).toBeNull();
  expect(copyTitles(".uv-compare th")).toEqual(COPY_TITLES);
});

const COPY_TITLES = [
  "Copy the code of mean, before: mean.before",
  "Copy the code of mean, after: mean.after",
  "Copy the code of mean, difference: mean.after - mean.before",
];

const copyTitles = (place: string) =>
  details.all(`${place} .uv-icon-button`).map((button) => button.title);

test("each side has its own code to copy, in one place", async () => {
  showState(changed);
  await details.answerArrays();
  expect(copyTitles(".uv-side > h5")).toEqual(COPY_TITLES);
  expect(copyTitles(".uv-compare th")).toEqual([]);
  expect(copyTitles(".uv-card-title")).toEqual(["Copy the code of mean: mean.before"]);
});

test("a value that is no array is shown at each side, with its code", () => {
  const sides = ["before", "after"] as const;
  const valueTexts = ["'a'", "'b'"];
  showState({
    ...changed,
    is_array: false,
    sides: [...sides],
    value_texts: valueTexts,
  });
  expect(details.all(".uv-side").map((it) => it.textContent)).toEqual([
    "before'a'",
    "after'b'",
  ]);
  expect(copyTitles(".uv-side > h5")).toEqual(COPY_TITLES.slice(0, 2));
});

test("numbers of one side alone are told with its name", async () => {
  showState({ ...changed, sides: ["before", "after"] });
  await details.answerArray(0, { facts: [], histogram: null, heatmap: null });
  await details.answerArray(1, {});
  const headings = details.all('.uv-compare th[scope="col"]');
  expect(headings.map((it) => it.textContent)).toEqual(["after"]);
});

test("why there is no difference stands in its place", async () => {
  const noDifference = "The shape changed from f32[2] to f32[3], so there is none.";
  const sides = ["before", "after"] as const;
  for (const isArray of [true, false]) {
    showState({
      ...changed,
      is_array: isArray,
      sides: [...sides],
      no_difference: noDifference,
    });
    if (isArray) await details.answerArrays();
    const last = details.all(".uv-side").at(-1);
    expect(last?.textContent).toBe(`difference${noDifference}`);
    expect(details.all(".uv-side")).toHaveLength(3);
  }
});

test("a shape that the run changed is told on both sides", async () => {
  showState({ ...changed, sides: ["before", "after"] });
  const rest = { histogram: null, heatmap: null };
  for (const [index, size] of [4, 8].entries()) {
    const about = [{ label: "shape", text: `(${size},)`, exact: `(${size},)` }];
    const answer = { title: `mean  f32[${size}]`, about, ...rest };
    await details.answerArray(index, answer);
  }
  expect(details.text(".uv-card-title")).toBe("mean  f32[4] → f32[8]");
  expect(details.text(".uv-outcomes > .uv-facts-line")).toBe("shape(4,) → (8,)");
});

test("who read or wrote a state is listed with what each did", async () => {
  showState(changed);
  const users = [
    { address: "stem", action: "read and wrote" },
    { address: "block", action: "read" },
  ];
  await details.answerArrays({ users, n_users: 2 });
  expect(details.text(".uv-users")).toBe(
    "used by 2 callsthis call read and wroteblock read",
  );
});

test("a number that is rounded is there in full, on hover and to be heard", async () => {
  show(arrayItem());
  const facts = [{ label: "mean", text: "500,000", exact: "500000.5" }];
  await details.answerArrays({ facts });
  const number = details.query(".uv-facts-grid .uv-number");
  expect(number?.title).toBe("500000.5");
  expect(number?.textContent).toBe("500,000");
  expect(number?.querySelector("[aria-hidden]")?.textContent).toBe("500,000");
  expect(number?.querySelector(".uv-exact")?.getAttribute("data-text")).toBe(
    "500000.5",
  );
});

test("two values never read the same before and after", async () => {
  showState({ ...changed, sides: ["before", "after"] });
  const exacts = ["500000.5", "500000.75"];
  for (const [index, exact] of exacts.entries()) {
    await details.answerArray(index, {
      facts: [{ label: "mean", text: "500,000", exact }],
    });
  }
  const cells = details.all(".uv-compare td .uv-number").map((it) => it.textContent);
  expect(cells).toEqual(["500,000.5", "500,000.8"]);
});

test("the ends and bins of a narrow histogram are told apart", async () => {
  show(arrayItem());
  const end = (exact: string) => ({ label: "", text: "500,000", exact });
  const histogram = { n_bins: 4, low: end("500000.0"), high: end("500000.4") };
  await details.answerArrays({ histogram: { ...histogram, max_count: 1, buffer: 0 } });
  const ends = details.all(".uv-scale > .uv-number").map((it) => it.textContent);
  expect(ends).toEqual(["500,000", "500,000.4"]);
  press(details.query(".uv-bars"), "End");
  expect(details.text(".uv-tip")).toBe("500,000.3 to 500,000.4: 1");
});

test("what is no array is shown without asking", async () => {
  showState({ ...changed, is_array: false, sides: ["after"], value_texts: ["'int8'"] });
  expect(details.text(".uv-value")).toBe("'int8'");
  expect(details.sent("array")).toEqual([]);
  await settle();
});
