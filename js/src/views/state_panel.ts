/** The variables of a call's own scope: what the run could change, and what not. */
import type { CallAnswer } from "../protocol";
import type { Panel, PanelContext } from "./context";
import { EntryPanel } from "./entry_panel";

const EMPTY = "This call’s own scope holds no state.";

export function statePanel(answer: CallAnswer, context: PanelContext): Panel {
  const { address, state, constants } = answer;
  const sections = [
    { heading: "", entries: state },
    { heading: "Not mutable in this run", entries: constants },
  ];
  const note = state.length + constants.length === 0 ? EMPTY : "";
  return new EntryPanel(
    { tab: "state", label: "State", address, sections, note, left: "" },
    context,
  );
}
