/** One key that a stream handed out: which, by what steps, and how to get it again. */

import { copyButton } from "../controls/copy_button";
import { element } from "../controls/dom";
import { iconView } from "../controls/icon";
import type { Draw, KeyRow } from "../protocol";
import { chainView } from "../values/chain";
import { exactCount } from "../values/numbers";
import type { PanelContext } from "./context";

/** @param stream Name of the stream that was asked. */
export function drawView(
  draw: Draw,
  stream: string,
  { say }: PanelContext,
): HTMLElement {
  const { counter, path, warnings, note, code, keys } = draw;
  const place = path || "/";
  const label = `Draw ${counter} of ${stream} in ${place}`;
  return element(
    "article",
    { class: "uv-draw", attributes: { "aria-label": label } },
    element(
      "div",
      { class: "uv-draw-line" },
      element(
        "span",
        { class: "uv-counter", title: "The counter folded in" },
        `counter ${counter}`,
      ),
      element("span", { class: "uv-draw-path" }, place),
      draw.lineage.length === 0 ? keyView(draw.key) : null,
    ),
    ...warnings.map(warningView),
    note ? element("p", { class: "uv-note" }, note) : null,
    lineageView(draw),
    keys.length > 0 ? keysTable(draw) : null,
    code
      ? element(
          "div",
          { class: "uv-code-line" },
          element("code", {}, code),
          copyButton(`Copy the code of draw ${counter}`, code, say),
        )
      : null,
  );
}

/** Every key in one piece, so that a line breaks between two keys only. */
function keyView(text: string): HTMLElement {
  const keys = (text || "key unknown")
    .split(", ")
    .map((key) => element("span", {}, key));
  return element(
    "span",
    { class: "uv-key" },
    ...keys.flatMap((key, index) => (index > 0 ? [", ", key] : [key])),
  );
}

const warningView = (sentence: string) =>
  element("p", { class: "uv-warning" }, iconView("warning"), sentence);

function lineageView({ base, lineage, key }: Draw): HTMLElement | null {
  if (lineage.length === 0) return null;
  const steps = lineage.map(({ text, detail }) => [
    element("span", { class: "uv-step" }, text),
    detail ? element("span", { class: "uv-step-detail" }, detail) : null,
  ]);
  return chainView("From the base key to this key", [
    [element("span", { class: "uv-step-detail" }, base)],
    ...steps,
    [keyView(key)],
  ]);
}

function keysTable({ places, keys, n_more_keys: nMoreKeys }: Draw): HTMLElement {
  const heading = (text: string) =>
    element("th", { attributes: { scope: "col" } }, text);
  const row = ({ place, key }: KeyRow) =>
    element(
      "tr",
      {},
      ...place.map((index) => element("td", { class: "uv-number" }, `${index}`)),
      element("td", { class: "uv-key" }, key),
    );
  return element(
    "div",
    { class: "uv-keys" },
    element(
      "table",
      {},
      element("tr", {}, ...places.map(heading), heading("key")),
      ...keys.map(row),
    ),
    nMoreKeys > 0
      ? element("p", { class: "uv-muted" }, `… ${exactCount(nMoreKeys)} more`)
      : null,
  );
}
