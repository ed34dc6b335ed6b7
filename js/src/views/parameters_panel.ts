/** The parameters of a call's own scope and, at the root, those that no call read. */
import { exactCount } from "../numbers";
import type { CallAnswer } from "../protocol";
import type { Panel, PanelContext } from "./context";
import { EntryPanel } from "./entry_panel";

const EMPTY = "This call’s own scope holds no parameters.";

export function parametersPanel(answer: CallAnswer, context: PanelContext): Panel {
  const { address, parameters, unread, nUnreadLeft } = answer;
  const sections = [
    { heading: unread.length > 0 ? "Read by this call" : "", entries: parameters },
    { heading: "Given, but read by no call", entries: unread },
  ];
  const left = nUnreadLeft > 0 ? `… ${exactCount(nUnreadLeft)} more` : "";
  const note = parameters.length === 0 ? EMPTY : "";
  return new EntryPanel(
    { tab: "parameters", label: "Parameters", address, sections, note, left },
    context,
  );
}
