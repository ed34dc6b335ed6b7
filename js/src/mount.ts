/** One view of the inspector in an element, and what it leaves behind: nothing. */
import type { AnyModel } from "@anywidget/types";
import { Channel } from "./channel";
import { isConnected } from "./connection";
import { element } from "./dom";
import { stylesheets } from "./styles";
import { Synced } from "./synced";
import { watchTheme } from "./theme";
import { InspectorView } from "./views/inspector";

/**
 * Draws the inspector into `el`, under a shadow root of its own.
 *
 * @returns A function that takes the view away with every listener it had.
 */
export function mountInspector(model: AnyModel, el: HTMLElement): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const synced = new Synced(model, signal);
  const channel = new Channel(model, () => isConnected(model, el), signal);
  const inspector = new InspectorView(synced, channel, signal);
  const host = element("div", { class: "unflax-viz" });
  const root = host.attachShadow({ mode: "open" });
  root.append(...stylesheets(synced.opening.treeCss), inspector.element);
  el.append(host);
  watchTheme((theme) => inspector.setTheme(theme), signal);
  return () => {
    controller.abort();
    host.remove();
  };
}
