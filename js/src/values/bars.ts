/** Bars of several amounts side by side; a click on one leads to what it stands for. */
import { element } from "../controls/dom";
import type { Bar, BarChart, Fact } from "../protocol";
import { exactCount } from "./numbers";

/** @param follow Called with the bar that the reader chose; absent where it cannot be. */
export function barChartView(chart: BarChart, follow: (bar: Bar) => void): HTMLElement {
  const { title, columns, bars, n_rest: nRest } = chart;
  const head = element(
    "div",
    { class: "uv-shares-head", attributes: { "aria-hidden": "true" } },
    element("span", {}, title),
    ...columns.map((column) => element("span", {}, column)),
  );
  const view = element(
    "section",
    { class: "uv-shares", attributes: { "aria-label": title } },
    head,
    ...bars.map((bar) => barView(bar, follow)),
  );
  view.style.setProperty("--uv-n-columns", String(columns.length));
  if (nRest > 0) {
    view.append(element("p", { class: "uv-rest" }, `… ${exactCount(nRest)} more`));
  }
  return view;
}

function barView(bar: Bar, follow: (bar: Bar) => void): HTMLElement {
  const { name, class_name: className, amounts, shares } = bar;
  const kind = name === className ? "" : className;
  const row = element(
    "button",
    {
      class: "uv-share-row",
      title: bar.search ? `List the calls of ${name} in the tree` : `Select ${name}`,
      attributes: { type: "button", "aria-label": spoken(bar, kind) },
    },
    element(
      "span",
      { class: "uv-share-name" },
      swatchView(bar.color),
      element("span", {}, name),
      kind ? element("span", { class: "uv-muted" }, kind) : null,
    ),
    ...amounts.map((amount, index) => amountView(amount, shares[index] ?? 0)),
  );
  row.addEventListener("click", () => follow(bar));
  return row;
}

const spoken = ({ name, amounts }: Bar, kind: string): string =>
  [name, kind, ...amounts.map(({ exact }) => exact)].filter(Boolean).join(", ");

function swatchView(color: string): HTMLElement {
  const view = element("span", { class: "uv-swatch" });
  view.style.backgroundColor = color;
  return view;
}

function amountView({ text, exact }: Fact, share: number): HTMLElement {
  const bar = element("span", { class: "uv-share" });
  bar.style.inlineSize = `${share * 100}%`;
  return element("span", { class: "uv-amount", title: exact }, bar, text);
}
