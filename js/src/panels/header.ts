/** The line above everything: which run this is, and its size in a few numbers. */
import { element } from "../controls/dom";
import { failureView } from "../controls/failure";
import type { Opening } from "../protocol";
import { factsLine } from "../values/facts";

/** Cut off after two lines by the style sheet; the whole is in the title. */
function errorView(error: string): HTMLElement {
  const view = failureView(error);
  view.title = error;
  return view;
}

/** @param list Lists in the tree what a fact speaks of. */
export function headerView(
  opening: Opening,
  list: (lens: string, query: string) => void,
): HTMLElement {
  return element(
    "header",
    { class: "uv-header" },
    element("h2", { class: "uv-title", title: opening.title }, opening.title),
    factsLine(opening.facts, list),
    opening.error ? errorView(opening.error) : null,
  );
}
