/** The RNG streams of a call's own scope, and every key that they handed out. */
import { element } from "../controls/dom";
import type { CallAnswer, RngItem } from "../protocol";
import { exactCount } from "../values/numbers";
import { emptyPanelView } from "./below";
import type { Panel, PanelContext } from "./context";
import { drawView } from "./draw";

const EMPTY = "This call’s own scope drew no random keys";
const N_SHOWN_AT_ONCE = 50;

export function rngsPanel(answer: CallAnswer, context: PanelContext): Panel {
  const views = answer.rngs.map((entry) => streamView(entry, context));
  const content =
    views.length > 0 ? views : [emptyPanelView(EMPTY, "rngs", answer, context)];
  return { element: element("div", {}, ...content) };
}

function streamView(entry: RngItem, context: PanelContext): HTMLElement {
  const list = element("div");
  const more = element("button", {
    class: "uv-toggle uv-show-more",
    attributes: { type: "button" },
  });
  let nShown = 0;
  const showMore = () => {
    const next = entry.draws.slice(nShown, nShown + N_SHOWN_AT_ONCE);
    const views = next.map((draw) => drawView(draw, entry.stream, context));
    list.append(...views);
    nShown += next.length;
    const nMore = entry.draws.length - nShown;
    more.hidden = nMore === 0;
    more.textContent = `show ${Math.min(nMore, N_SHOWN_AT_ONCE)} of ${exactCount(nMore)} more`;
    return views[0];
  };
  showMore();
  more.addEventListener("click", () => {
    const first = showMore();
    first?.setAttribute("tabindex", "-1");
    first?.focus();
  });
  return element(
    "section",
    { class: "uv-rng", attributes: { "aria-label": `Stream ${entry.stream}` } },
    element(
      "h4",
      { class: "uv-rng-title" },
      element("span", { class: "uv-item-name" }, entry.stream),
      element("span", { class: "uv-muted" }, entry.text),
    ),
    list,
    more,
  );
}
