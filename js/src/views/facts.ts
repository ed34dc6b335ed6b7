/** How facts are laid out: in a line, as a grid of pairs, or moments side by side. */
import { element } from "../dom";
import type { Fact } from "../protocol";

function value(fact: Fact | undefined): HTMLElement {
  const title = fact && fact.exact !== fact.text ? fact.exact : "";
  const className = fact?.isWarning ? "uv-number uv-warned" : "uv-number";
  return element("span", { class: className, title }, fact?.text ?? "");
}

const pair = (label: string, ...values: (Node | string)[]) =>
  element("div", {}, element("dt", {}, label), element("dd", {}, ...values));

function pairs(className: string, facts: readonly Fact[]): HTMLElement {
  const children = facts.map((fact) => pair(fact.label, value(fact)));
  return element("dl", { class: className }, ...children);
}

/** Facts one after the other, as in the header. */
export const factsLine = (facts: readonly Fact[]) => pairs("uv-facts-line", facts);

/** The longest label and value, in characters, of which four stand side by side. */
const MAX_SHORT = 18;

const isLong = ({ label, text }: Fact) => label.length + text.length > MAX_SHORT;

/** Facts in two or four columns, numbers flush right; four long ones need more room. */
export const factsGrid = (facts: readonly Fact[]) =>
  pairs(facts.some(isLong) ? "uv-facts-grid uv-long" : "uv-facts-grid", facts);

export interface FactColumn {
  heading: string;
  facts: readonly Fact[];
}

/** A row for each fact, a column for each moment; what differs is marked. */
export function comparisonTable(columns: readonly FactColumn[]): HTMLElement {
  const labels = new Set(
    columns.flatMap(({ facts }) => facts.map(({ label }) => label)),
  );
  const heading = (text: string, scope: string) =>
    element("th", { attributes: { scope } }, text);
  const row = (label: string) => {
    const facts = columns.map(({ facts }) =>
      facts.find((fact) => fact.label === label),
    );
    const cells = facts.map((fact, index) => {
      const isChanged = index === 1 && fact?.exact !== facts[0]?.exact;
      return element("td", { class: isChanged ? "uv-changed" : "" }, value(fact));
    });
    return element("tr", {}, heading(label, "row"), ...cells);
  };
  return element(
    "table",
    { class: "uv-compare" },
    element(
      "tr",
      {},
      element("td"),
      ...columns.map(({ heading: text }) => heading(text, "col")),
    ),
    ...[...labels].map(row),
  );
}
