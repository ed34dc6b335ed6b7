/** The column of one side of a value: its name, a way to copy its code, what it shows. */

import { copyButton } from "../controls/copy_button";
import { element } from "../controls/dom";
import { emptyView } from "../controls/failure";
import type { PanelContext } from "../panels/context";
import type { ArrayItem, Side } from "../protocol";

export function sideColumn(
  heading: readonly (Node | string)[],
  ...views: HTMLElement[]
): HTMLElement {
  return element(
    "div",
    { class: "uv-side" },
    heading.length > 0 ? element("h5", { class: "uv-heading" }, ...heading) : null,
    ...views,
  );
}

/** The name of a side; where there are several, each has code of its own. */
export function sideHeading(
  side: Side,
  { name, sides, codes }: ArrayItem,
  { say }: PanelContext,
): (Node | string)[] {
  const code = codes[sides.indexOf(side)];
  if (sides.length < 2 || !code) return [side];
  return [side, copyButton(`Copy the code of ${name}, ${side}`, code, say)];
}

/** In the place of a difference, why there is none; null where nothing is to be said. */
export const noDifferenceColumn = ({
  no_difference: noDifference,
}: ArrayItem): HTMLElement | null =>
  noDifference ? sideColumn(["difference"], emptyView(noDifference)) : null;

/** What was so before and after: once where it is the same, else with an arrow. */
export const joinedOnce = (texts: readonly string[]): string =>
  [...new Set(texts)].join(" → ");
