/** The parameters of a call's own scope and, at the root, those that no call read. */

import type { CallAnswer } from "../protocol";
import { exactCount } from "../values/numbers";
import { emptyPanelView } from "./below";
import type { Panel, PanelContext } from "./context";
import { ItemPanel } from "./item_panel";

const EMPTY = "This call’s own scope holds no parameters";

export function parametersPanel(answer: CallAnswer, context: PanelContext): Panel {
  const { address, parameters, unused, n_more_unused: nMoreUnused } = answer;
  const sections = [
    { heading: unused.length > 0 ? "Read by this call" : "", items: parameters },
    { heading: "Given, but unused", items: unused },
  ];
  const left = nMoreUnused > 0 ? `… ${exactCount(nMoreUnused)} more` : "";
  const isEmpty = parameters.length === 0;
  const note = isEmpty ? emptyPanelView(EMPTY, "parameters", answer, context) : null;
  return new ItemPanel(
    { tab: "parameters", label: "Parameters", address, sections, note, left },
    context,
  );
}
