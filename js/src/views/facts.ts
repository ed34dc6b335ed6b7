/** How facts are laid out: in a line, as a grid of pairs, or before beside after. */
import { element } from "../dom";
import type { Fact } from "../protocol";

function value(fact: Fact | undefined): HTMLElement {
  const title = fact && fact.exact !== fact.text ? fact.exact : "";
  return element("span", { class: "uv-number", title }, fact?.text ?? "");
}

function pairs(className: string, facts: readonly Fact[]): HTMLElement {
  const pair = (fact: Fact) =>
    element("div", {}, element("dt", {}, fact.label), element("dd", {}, value(fact)));
  return element("dl", { class: className }, ...facts.map(pair));
}

/** Facts one after the other, as in the header. */
export const factsLine = (facts: readonly Fact[]) => pairs("uv-facts-line", facts);

/** Facts in as many columns as fit, numbers flush right. */
export const factsGrid = (facts: readonly Fact[]) => pairs("uv-facts-grid", facts);

export interface FactsColumn {
  heading: string;
  facts: readonly Fact[];
}

/** One row per label, one column per moment; what differs between them stands out. */
export function factsTable(columns: readonly FactsColumn[]): HTMLElement {
  const labels = new Set(
    columns.flatMap(({ facts }) => facts.map(({ label }) => label)),
  );
  const header = element(
    "tr",
    {},
    element("td"),
    ...columns.map(({ heading }) =>
      element("th", { attributes: { scope: "col" } }, heading),
    ),
  );
  const rows = [...labels].map((label) => {
    const facts = columns.map((column) =>
      column.facts.find((it) => it.label === label),
    );
    const isChanged = new Set(facts.map((fact) => fact?.exact)).size > 1;
    return element(
      "tr",
      { class: isChanged ? "uv-changed" : "" },
      element("th", { attributes: { scope: "row" } }, label),
      ...facts.map((fact) => element("td", {}, value(fact))),
    );
  });
  return element("table", { class: "uv-facts-table" }, header, ...rows);
}
