/** How facts are laid out: in a line, as a grid of pairs, or sides beside one another. */
import { element } from "../controls/dom";
import type { Fact } from "../protocol";
import { numberView } from "./number";
import { toldApart } from "./numbers";

const value = ({ text, exact, is_warning: isWarning }: Fact) =>
  numberView(text, exact, isWarning);

const pair = (label: string, ...values: (Node | string)[]) =>
  element("div", {}, element("dt", {}, label), element("dd", {}, ...values));

function pairs(
  className: string,
  facts: readonly Fact[],
  shown: (fact: Fact) => HTMLElement = value,
): HTMLElement {
  const children = facts.map((fact) => pair(fact.label, shown(fact)));
  return element("dl", { class: className }, ...children);
}

/** Lists in the tree what a fact speaks of. */
export type ListInTree = (lens: string, query: string) => void;

/** Facts one after the other, as in the header, with what to make of them. */
export const factsLine = (facts: readonly Fact[], list?: ListInTree) =>
  pairs("uv-facts-line", facts, (fact) => leadingValue(fact, list));

function leadingValue(fact: Fact, list?: ListInTree): HTMLElement {
  const { verdict, leads_to: leadsTo, label, is_warning: isWarning } = fact;
  const parts = [value(fact), ...(verdict ? [`, ${verdict}`] : [])];
  if (!list || !leadsTo) return element("span", {}, ...parts);
  const link = element(
    "button",
    {
      class: isWarning ? "uv-link uv-lead uv-warned" : "uv-link uv-lead",
      title: `List the ${label} in the tree`,
      attributes: { type: "button" },
    },
    ...parts,
  );
  link.addEventListener("click", () => list(leadsTo.lens, leadsTo.query));
  return link;
}

/** The longest label and value, in characters, of which four stand side by side. */
const MAX_SHORT = 18;

const isLong = ({ label, text }: Fact) => label.length + text.length > MAX_SHORT;

/** Facts in two or four columns, numbers flush right; four long ones need more room. */
export const factsGrid = (facts: readonly Fact[]) =>
  pairs(facts.some(isLong) ? "uv-facts-grid uv-long" : "uv-facts-grid", facts);

interface FactColumn {
  heading: readonly (Node | string)[];
  facts: readonly Fact[];
}

/** A row for each fact, a column for each side; what differs is marked. */
export function comparisonTable(columns: readonly FactColumn[]): HTMLElement {
  const labels = new Set(
    columns.flatMap(({ facts }) => facts.map(({ label }) => label)),
  );
  const heading = (scope: string, ...children: (Node | string)[]) =>
    element("th", { attributes: { scope } }, ...children);
  const row = (label: string) => {
    const found = columns.map(({ facts }) =>
      facts.find((fact) => fact.label === label),
    );
    const facts = withTextsApart(found);
    const cells = facts.map((fact, index) => {
      const isChanged = index === 1 && fact?.exact !== facts[0]?.exact;
      const className = isChanged ? "uv-changed" : "";
      return element("td", { class: className }, fact ? value(fact) : null);
    });
    return element("tr", {}, heading("row", label), ...cells);
  };
  return element(
    "table",
    { class: "uv-compare" },
    element(
      "tr",
      {},
      element("td"),
      ...columns.map(({ heading: children }) => heading("col", ...children)),
    ),
    ...[...labels].map(row),
  );
}

/** Gives the first two more digits where they would read the same and are not. */
function withTextsApart(facts: readonly (Fact | undefined)[]): (Fact | undefined)[] {
  const [before, after, ...others] = facts;
  if (!before || !after || before.text !== after.text || before.exact === after.exact) {
    return [...facts];
  }
  const [left, right] = toldApart([before.exact, after.exact]);
  return [{ ...before, text: left }, { ...after, text: right }, ...others];
}
