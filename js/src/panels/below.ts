/** What stands in an empty panel: that it is, and the way to what is below the call. */
import { element } from "../controls/dom";
import type { CallAnswer, Tab } from "../protocol";
import type { PanelContext } from "./context";

/** @param sentence Says what the call's own scope lacks, without a full stop. */
export function emptyPanelView(
  sentence: string,
  tab: Tab,
  { below }: CallAnswer,
  { list }: PanelContext,
): HTMLElement {
  const view = element("p", { class: "uv-empty" }, sentence);
  const found = below.find((it) => it.tab === tab);
  if (!found) {
    view.append(".");
    return view;
  }
  view.append("; the calls below it have ");
  if (list) {
    const link = element(
      "button",
      {
        class: "uv-link",
        title: "List them in the tree",
        attributes: { type: "button" },
      },
      found.text,
    );
    link.addEventListener("click", () => list(found.lens, found.query));
    view.append(link);
  } else view.append(found.text);
  view.append(".");
  return view;
}
