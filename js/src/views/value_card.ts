/** The top of an entry's card, and the whole card of what is no array. */
import { element } from "../dom";
import type { ArrayEntry } from "../protocol";
import type { PanelContext } from "./context";
import { copyButton } from "./copy_button";
import { momentColumn, momentHeading, noDifferenceColumn } from "./moment";

/**
 * The line over a card: what it is of, a way to copy its code, other buttons.
 *
 * @param title Where the name stands; others may write in it.
 */
export function cardHeading(
  { name, codes: [code] }: ArrayEntry,
  { say }: PanelContext,
  title: HTMLElement,
  ...buttons: HTMLElement[]
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
    ...buttons,
  );
}

export const titleView = ({ name }: ArrayEntry) =>
  element("span", { class: "uv-card-name" }, name);

/** A value as text: as it is, or before and after with an arrow between. */
export const valueView = (text: string) =>
  element("pre", { class: "uv-value" }, new Text(text));

/** A value that is no array, as it is. */
export function valueCard(entry: ArrayEntry, context: PanelContext): HTMLElement {
  const text = entry.valueText || "This is not an array, and too large to show here.";
  const columns = [
    ...(entry.moments.length > 1
      ? entry.moments.map((it) => momentColumn(momentHeading(it, entry, context)))
      : []),
    noDifferenceColumn(entry),
  ].filter((column) => column !== null);
  return element(
    "div",
    { class: "uv-card" },
    cardHeading(entry, context, titleView(entry)),
    valueView(text),
    columns.length > 0 ? element("div", { class: "uv-moments" }, ...columns) : null,
  );
}
