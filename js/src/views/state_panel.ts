import { element } from "../dom";
import type { CallAnswer } from "../protocol";
import type { Panel, PanelContext } from "./context";

export function statePanel(_answer: CallAnswer, _context: PanelContext): Panel {
  return { element: element("div") };
}
