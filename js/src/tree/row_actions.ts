/**
 * What can be done with a row besides selecting it: two quiet buttons, which stand only
 * in rows that are pointed at, focused or selected. Keys do the same, so the buttons
 * are not in the tab order.
 */
import { element } from "../controls/dom";
import { iconButton } from "../controls/icon";
import type { Row } from "../protocol";
import { isSame, type LinesView } from "./lines";
import type { Spot } from "./loaded_outline";

export type RowAction = "copy" | "expand";

/** Which lines have buttons; null where there is none of the kind. */
interface Marked {
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
  const button = target instanceof Element ? target.closest("[data-action]") : null;
  const action = button?.getAttribute("data-action");
  return action === "copy" || action === "expand" ? action : null;
}

function actionButton(action: RowAction, label: string): HTMLButtonElement {
  const button = iconButton(action, label);
  button.tabIndex = -1;
  button.dataset.action = action;
  return button;
}
