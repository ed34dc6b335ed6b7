/**
 * What can be done with a row besides selecting it: two quiet buttons, which stand only
 * in rows that are pointed at, focused or selected. Keys do the same, so the buttons
 * are not in the tab order.
 */
import { element } from "../controls/dom";
import { iconButton } from "../controls/icon";
import type { Item } from "./folded";
import type { LinesView } from "./lines";

export type RowAction = "copy" | "expand";

/** Which rows have buttons; null where there is none of the kind. */
interface Marked {
  selected: number | null;
  focused: number | null;
  hovered: number | null;
}

/** Puts the buttons where they belong, and takes them away from where they were. */
export class RowActions {
  readonly #selected = new ButtonsView();
  readonly #focused = new ButtonsView();
  readonly #hovered = new ButtonsView();

  place(lines: LinesView, { selected, focused, hovered }: Marked): void {
    const isTaken = hovered === selected || hovered === focused;
    this.#selected.placeIn(lines, selected);
    this.#focused.placeIn(lines, focused === selected ? null : focused);
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

  placeIn(lines: LinesView, row: number | null): void {
    const item = row === null ? undefined : lines.itemOf(row);
    if (row === null || !item?.drawn) {
      this.#element.remove();
      return;
    }
    this.#offer(item);
    lines.lineOf(row)?.placeActions(this.#element);
  }

  /** Offers what makes sense for this row. */
  #offer({ drawn, nChildren }: Item): void {
    const code = drawn?.code ?? "";
    this.#copy.hidden = code === "";
    this.#copy.title = `Copy path: ${code}`;
    this.#expand.hidden = nChildren === 0;
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
