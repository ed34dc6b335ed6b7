import { element } from "../dom";
import type { CallAnswer } from "../protocol";
import type { Panel, PanelContext } from "./context";

export function parametersPanel(_answer: CallAnswer, _context: PanelContext): Panel {
  return { element: element("div") };
}
