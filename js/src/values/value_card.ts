/** The top of an entry's card, and the whole card of what is no array. */

import { copyButton } from "../controls/copy_button";
import { element } from "../controls/dom";
import type { PanelContext } from "../panels/context";
import type { ArrayItem } from "../protocol";
import { noDifferenceColumn, sideColumn, sideHeading } from "./side";

/**
 * The line over a card: what it is of, a way to copy its code, other buttons.
 *
 * @param title Where the name stands; others may write in it.
 */
export function cardHeading(
  { name, codes: [code] }: ArrayItem,
  { say }: PanelContext,
  title: HTMLElement,
  button: HTMLElement | null = null,
): HTMLElement {
  return element(
    "div",
    { class: "uv-card-heading" },
    element(
      "h4",
      { class: "uv-card-title" },
      title,
      code ? copyButton(`Copy the code of ${name}`, code, say) : null,
    ),
    button,
  );
}

export const titleView = ({ name }: ArrayItem) =>
  element("span", { class: "uv-card-name" }, name);

/** A value as text, or before and after with an arrow between; a line ends there first. */
export const valueView = (...texts: string[]) =>
  element(
    "pre",
    { class: "uv-value" },
    ...[...new Set(texts)].flatMap((text, index) => [
      index > 0 ? " → " : "",
      element("span", {}, new Text(text)),
    ]),
  );

/** A value that is no array, as it is, at each side that is known. */
export function valueCard(entry: ArrayItem, context: PanelContext): HTMLElement {
  const { sides, value_texts: valueTexts } = entry;
  const texts =
    valueTexts.length > 0
      ? valueTexts
      : sides.map(() => "This is not an array, and too large to show here.");
  const columns = sides.map((side, index) =>
    sideColumn(
      sides.length > 1 ? sideHeading(side, entry, context) : [],
      valueView(texts[index] ?? ""),
    ),
  );
  const noDifference = noDifferenceColumn(entry);
  return element(
    "div",
    { class: "uv-card" },
    cardHeading(entry, context, titleView(entry)),
    element("div", { class: "uv-sides" }, ...columns, noDifference),
  );
}
