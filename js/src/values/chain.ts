/** Steps one after the other, drawn as boxes with arrows and read as a list. */
import { element } from "../controls/dom";

/** @param label Accessible name of the list. */
export function chainView(
  label: string,
  steps: readonly (readonly (Node | string | null)[])[],
): HTMLElement {
  const items = steps.map((parts) =>
    element("li", {}, element("div", { class: "uv-box" }, ...parts)),
  );
  return element(
    "ol",
    { class: "uv-chain", attributes: { "aria-label": label } },
    ...items,
  );
}
