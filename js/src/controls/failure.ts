/** How a failure looks: a sentence in the place of what was asked for. */
import { element } from "./dom";

export function failureView(sentence: string): HTMLElement {
  return element("p", { class: "uv-failure", attributes: { role: "alert" } }, sentence);
}

export function emptyView(sentence: string): HTMLElement {
  return element("p", { class: "uv-empty" }, sentence);
}
