/**
 * Whether a kernel is there to answer. anywidget hands out a proxy without the comm,
 * and its `send` drops messages silently; ipywidgets marks the view's element instead.
 */
import type { AnyModel } from "@anywidget/types";

/** Set and removed by `DOMWidgetView._comm_live_update` of @jupyter-widgets/base. */
const DISCONNECTED_SELECTOR = ".jupyter-widgets-disconnected";

export function isConnected(model: AnyModel, el: HTMLElement): boolean {
  if ("comm_live" in model && model.comm_live === false) return false;
  return el.closest(DISCONNECTED_SELECTOR) === null;
}
