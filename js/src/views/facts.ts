/** How facts are laid out: in a line, as a grid of pairs, or before beside after. */
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

/** Facts in two or four columns, numbers flush right. */
export const factsGrid = (facts: readonly Fact[]) => pairs("uv-facts-grid", facts);

/** Facts in two columns: `before → after` where they differ, else the one number. */
export function changesGrid(
  before: readonly Fact[],
  after: readonly Fact[],
): HTMLElement {
  const labels = new Set([...before, ...after].map(({ label }) => label));
  const children = [...labels].map((label) => {
    const [was, is] = [before, after].map((facts) =>
      facts.find((fact) => fact.label === label),
    );
    if (was?.exact === is?.exact) return pair(label, value(is));
    const changed = element("span", { class: "uv-changed" }, value(is));
    return pair(label, value(was), " → ", changed);
  });
  return element("dl", { class: "uv-facts-grid uv-changes" }, ...children);
}
