/**
 * What can be done with a row besides selecting it: two quiet buttons, which stand only
 * in rows that are pointed at, focused or selected. Keys do the same, so the buttons
 * are not in the tab order.
 */
import { element, svgElement } from "../dom";
import type { Row } from "../protocol";
import type { Spot } from "../state";
import { isSame, type LinesView } from "./lines";

const OUTLINES = {
  copy: "M5.5 5.5V3.2h7.3v7.3h-2.3M3.2 5.5h7.3v7.3H3.2z",
  expand: "M4.5 3.5L8 7l3.5-3.5M4.5 9L8 12.5 11.5 9",
} as const;

export type RowAction = keyof typeof OUTLINES;

/** Which lines have buttons; null where there is none of the kind. */
export interface Marked {
  selected: Spot | null;
  focused: Spot | null;
  hovered: Spot | null;
}

/** Puts the buttons where they belong, and takes them away from where they were. */
export class RowActions {
  readonly #selected = new ButtonsView();
  readonly #focused = new ButtonsView();
  readonly #hovered = new ButtonsView();

  place(lines: LinesView, { selected, focused, hovered }: Marked): void {
    const isAt = (a: Spot | null, b: Spot | null) => a && b && isSame(a, b);
    const isTaken = isAt(hovered, selected) || isAt(hovered, focused);
    this.#selected.placeIn(lines, selected);
    this.#focused.placeIn(lines, isAt(focused, selected) ? null : focused);
    this.#hovered.placeIn(lines, isTaken ? null : hovered);
  }
}

class ButtonsView {
  readonly #element = element("span", { class: "uv-actions" });
  readonly #copy = actionButton("copy", "Copy path");
  readonly #expand = actionButton("expand", "Expand all below");

  constructor() {
    this.#element.append(this.#expand, this.#copy);
  }

  placeIn(lines: LinesView, spot: Spot | null): void {
    const item = spot ? lines.itemOf(spot) : undefined;
    if (!spot || item?.kind !== "row") {
      this.#element.remove();
      return;
    }
    this.#offer(item.row);
    lines.lineOf(spot)?.placeActions(this.#element);
  }

  /** Offers what makes sense for this row. */
  #offer(row: Row): void {
    this.#copy.hidden = row.code === "";
    this.#copy.title = `Copy path: ${row.code}`;
    this.#expand.hidden = row.nChildren === 0;
  }
}

/** The action whose button holds `target`, if any. */
export function actionAt(target: EventTarget | null): RowAction | null {
  const button = target instanceof Element ? target.closest(".uv-action") : null;
  const action = button?.getAttribute("data-action");
  return action === "copy" || action === "expand" ? action : null;
}

function actionButton(action: RowAction, label: string): HTMLButtonElement {
  const attributes = {
    type: "button",
    tabindex: "-1",
    "aria-label": label,
    "data-action": action,
  };
  const button = element("button", { class: "uv-action", title: label, attributes });
  const icon = svgElement("svg", {
    viewBox: "0 0 16 16",
    class: "uv-icon",
    "aria-hidden": "true",
  });
  icon.append(svgElement("path", { d: OUTLINES[action] }));
  button.append(icon);
  return button;
}
