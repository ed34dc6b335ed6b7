/** One RNG stream of a call: every key it handed out, in order. */
import { element } from "../dom";
import type { Draw, RngEntry } from "../protocol";

const columnHeading = (text: string) =>
  element("th", { attributes: { scope: "col" } }, text);

export function rngCard(entry: RngEntry): HTMLElement {
  return element(
    "section",
    { class: "uv-rng", attributes: { "aria-label": `Stream ${entry.stream}` } },
    element(
      "h4",
      { class: "uv-rng-title" },
      element("span", { class: "uv-entry-name" }, entry.stream),
      element("span", { class: "uv-muted" }, entry.text),
    ),
    entry.draws.length > 0 ? drawsTable(entry) : null,
  );
}

function drawsTable({ draws, stream }: RngEntry): HTMLElement {
  const hasNotes = draws.some((draw) => draw.note !== "");
  const hasFallback = draws.some((draw) => draw.served !== stream);
  const row = (draw: Draw) =>
    element(
      "tr",
      {},
      element("td", { class: "uv-number" }, String(draw.counter)),
      hasFallback ? servedCell(draw.served, stream) : null,
      element("td", { class: "uv-key" }, ...keysOf(draw.key || "unknown")),
      hasNotes ? element("td", { class: "uv-note" }, draw.note) : null,
    );
  const header = element(
    "tr",
    {},
    columnHeading("counter"),
    hasFallback ? columnHeading("served by") : null,
    columnHeading("key"),
    hasNotes ? columnHeading("note") : null,
  );
  return element("table", { class: "uv-draws" }, header, ...draws.map(row));
}

const servedCell = (served: string, stream: string) =>
  element("td", { class: served === stream ? "" : "uv-changed" }, served);

/** Every key in one piece, so that a line breaks between two keys only. */
function keysOf(text: string): (HTMLElement | string)[] {
  const keys = text.split(", ").map((key) => element("span", {}, key));
  return keys.flatMap((key, index) => (index > 0 ? [", ", key] : [key]));
}
