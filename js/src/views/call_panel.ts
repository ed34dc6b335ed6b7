import { element } from "../dom";
import type { Panel, PanelContext } from "./context";

export class CallPanel implements Panel {
  readonly element = element("div");
  constructor(
    readonly address: string,
    readonly context: PanelContext,
  ) {}
}
