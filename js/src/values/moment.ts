/** The column of one moment of a value: its name, a way to copy its code, what it shows. */

import { copyButton } from "../controls/copy_button";
import { element } from "../controls/dom";
import { emptyView } from "../controls/failure";
import type { PanelContext } from "../panels/context";
import type { ArrayEntry, Moment } from "../protocol";

export function momentColumn(
  heading: readonly (Node | string)[],
  ...views: HTMLElement[]
): HTMLElement {
  return element(
    "div",
    { class: "uv-moment" },
    heading.length > 0 ? element("h5", { class: "uv-heading" }, ...heading) : null,
    ...views,
  );
}

/** The name of a moment; where there are several, each has code of its own. */
export function momentHeading(
  moment: Moment,
  { name, moments, codes }: ArrayEntry,
  { say }: PanelContext,
): (Node | string)[] {
  const code = codes[moments.indexOf(moment)];
  if (moments.length < 2 || !code) return [moment];
  return [moment, copyButton(`Copy the code of ${name}, ${moment}`, code, say)];
}

/** In the place of a difference, why there is none; null where nothing is to be said. */
export const noDifferenceColumn = ({ noDifference }: ArrayEntry): HTMLElement | null =>
  noDifference ? momentColumn(["difference"], emptyView(noDifference)) : null;

/** What was so before and after: once where it is the same, else with an arrow. */
export const joinedOnce = (texts: readonly string[]): string =>
  [...new Set(texts)].join(" → ");
