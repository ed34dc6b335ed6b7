/** A number that is written short: in full on hover, and for those who hear it. */
import { element } from "../controls/dom";

/** @param exact The number in full, where `text` is not that already. */
export function numberView(text: string, exact = text, isWarning = false): HTMLElement {
  const className = isWarning ? "uv-number uv-warned" : "uv-number";
  if (exact === text) return element("span", { class: className }, text);
  const shown = element("span", { attributes: { "aria-hidden": "true" } }, text);
  const view = element("span", { class: className, title: exact }, shown);
  // Its text comes from the style sheet, so that nobody copies both.
  view.append(
    element("span", { class: "uv-exact", attributes: { "data-text": exact } }),
  );
  return view;
}
