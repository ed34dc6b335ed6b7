/** The variables of a call's own scope: what the run could change, and what not. */
import type { CallAnswer } from "../protocol";
import { emptyPanelView } from "./below";
import type { Panel, PanelContext } from "./context";
import { ItemPanel } from "./item_panel";

const EMPTY = "This call’s own scope holds no state";

export function statePanel(answer: CallAnswer, context: PanelContext): Panel {
  const { address, state, constants } = answer;
  const sections = [
    { heading: "", items: state },
    { heading: "Not mutable in this run", items: constants },
  ];
  const isEmpty = state.length + constants.length === 0;
  const note = isEmpty ? emptyPanelView(EMPTY, "state", answer, context) : null;
  return new ItemPanel(
    { tab: "state", label: "State", address, sections, note, left: "" },
    context,
  );
}
