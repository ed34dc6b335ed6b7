/** The choices over a picture: which axis makes the rows, the columns, and pictures. */
import { element } from "../controls/dom";
import type { Axis } from "../protocol";
import { type AxesOffer, type Use, withUse } from "./picture_axes";
import { axisText } from "./slices";

const LABELS: Record<Use, string> = {
  rows: "rows",
  column: "columns",
  each: "one picture per index of",
};

export class AxesView {
  readonly element = element("div", {
    class: "uv-axes",
    attributes: { role: "group", "aria-label": "Axes of the picture" },
  });
  readonly #choices = {
    rows: choiceView(LABELS.rows),
    column: choiceView(LABELS.column),
    each: choiceView(LABELS.each),
  };

  /** @param choose Called with what the axes are to be from now on. */
  constructor(
    private readonly axes: readonly Axis[],
    private offer: AxesOffer,
    private readonly choose: (wanted: AxesOffer["chosen"]) => void,
  ) {
    this.element.hidden = true;
    for (const use of ["rows", "column", "each"] as const) {
      const { label, select } = this.#choices[use];
      this.element.append(label);
      select.addEventListener("change", () => {
        const axis = select.value === "" ? null : Number(select.value);
        this.choose(withUse(this.offer.chosen, use, axis));
      });
      select.addEventListener("keydown", (event) => event.stopPropagation());
    }
  }

  /** @param hasPicture Whether there is a picture that the choices are about. */
  show(offer: AxesOffer, hasPicture: boolean): void {
    this.offer = offer;
    const { table, each, chosen } = offer;
    this.element.hidden = !hasPicture || table.length < 2;
    this.#fill("rows", table.length > 2 ? "all others" : null, table, chosen.rows);
    this.#fill("column", null, table, chosen.column);
    this.#fill("each", "no axis", each, chosen.each);
  }

  /** @param none What no axis is called; null where there must be one. */
  #fill(
    use: Use,
    none: string | null,
    numbers: readonly number[],
    chosen: number | null,
  ): void {
    const { label, select } = this.#choices[use];
    const options = numbers.map((number) => {
      const text = axisText(this.axes[number] ?? { name: "", size: 0 }, number);
      return element("option", { attributes: { value: `${number}` } }, text);
    });
    if (none !== null) {
      options.unshift(element("option", { attributes: { value: "" } }, none));
    }
    label.hidden = numbers.length === 0;
    select.replaceChildren(...options);
    select.value = chosen === null ? "" : `${chosen}`;
  }
}

function choiceView(name: string) {
  const select = element("select", { class: "uv-select" });
  const label = element(
    "label",
    { class: "uv-axis-choice" },
    element("span", { class: "uv-muted" }, name),
    select,
  );
  return { label, select };
}
