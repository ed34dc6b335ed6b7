/** A call and all below it, summed up: where its parameters are, and what stands out. */
import { element } from "../controls/dom";
import { emptyView } from "../controls/failure";
import type { CallAnswer, Remark, Remarks, Tab } from "../protocol";
import { barChartView } from "../values/bars";
import { exactCount } from "../values/numbers";
import type { Panel, PanelContext } from "./context";

const EMPTY = "This call made no other calls, and nothing in it stands out.";

export function overviewPanel(answer: CallAnswer, context: PanelContext): Panel {
  const { charts, remarks } = answer.overview;
  const views = [
    ...remarks.map((each) => remarksView(each, context)),
    ...charts.map((chart) => barChartView(chart, (bar) => follow(bar, context))),
  ];
  if (views.length === 0 && !answer.error) views.push(emptyView(EMPTY));
  return { element: element("div", { class: "uv-overview" }, ...views) };
}

type Lead = Pick<Remark, "address" | "search"> & Partial<Remark>;

function follow({ address, search, tab, entry }: Lead, context: PanelContext): void {
  if (address) context.select(address, tab ?? null, entry ?? "");
  else if (search) context.list?.(search.lens, search.query);
}

function remarksView(
  { title, remarks, n_rest: nRest }: Remarks,
  context: PanelContext,
): HTMLElement {
  const items = remarks.map((remark) => remarkView(remark, context));
  if (nRest > 0) {
    items.push(element("li", { class: "uv-rest" }, `… ${exactCount(nRest)} more`));
  }
  return element(
    "section",
    { class: "uv-part", attributes: { "aria-label": title } },
    element("h4", { class: "uv-heading" }, title),
    element("ul", { class: "uv-remarks" }, ...items),
  );
}

function remarkView(remark: Remark, context: PanelContext): HTMLElement {
  const { text, address, search } = remark;
  if (!address && !(search && context.list)) return element("li", {}, text);
  const title = address ? `Select ${address}` : "List them in the tree";
  const link = element(
    "button",
    { class: "uv-link", title, attributes: { type: "button" } },
    text,
  );
  link.addEventListener("click", () => follow(remark, context));
  return element("li", {}, link);
}

/**
 * The panel that a call is shown with: the one that is wanted, where it has something
 * for it, else the first that has. The overview is for a call that made others and holds
 * nothing itself, and for the root, which has no title beside its class and method.
 */
export function frontTab(wanted: Tab, answer: CallAnswer): Tab {
  const { parameters, unused, state, constants, rngs, overview, subtitle } = answer;
  const { charts, remarks } = overview;
  const has: Record<Tab, boolean> = {
    overview: false,
    parameters: parameters.length > 0,
    state: state.length + constants.length > 0,
    rngs: rngs.length > 0,
    call: true,
  };
  const held = (["parameters", "state", "rngs"] as const).find((tab) => has[tab]);
  has.overview = charts.length > 0 && (!held || subtitle === "");
  if (has[wanted] || (wanted === "parameters" && unused.length > 0)) return wanted;
  return held ?? (charts.length + remarks.length > 0 ? "overview" : "call");
}
