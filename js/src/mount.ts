/** How the widget is put in an element, and what it leaves behind: nothing. */
import type { AnyModel } from "@anywidget/types";
import { Channel } from "./channel";
import { isConnected } from "./connection";
import { element } from "./controls/dom";
import { InspectorView } from "./panels/inspector";
import { PanelView } from "./panels/panel";
import { applyStyles } from "./styles";
import { Synced } from "./synced";
import { watchTheme } from "./theme";

/**
 * Draws the whole inspector, or the one panel that the trait `panel` names, into `el`,
 * under a shadow root of its own.
 *
 * @returns A function that takes the view away with every listener it had.
 */
export function mountInspector(model: AnyModel, el: HTMLElement): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const synced = new Synced(model, signal);
  const isThere = () => isConnected(model, el);
  const channel = new Channel(model, isThere, signal, (sentence) => view.say(sentence));
  const panel = synced.get("panel");
  const view = panel
    ? new PanelView(panel, synced, channel, signal)
    : new InspectorView(synced, channel, signal);
  const host = element("div", { class: "unflax-viz" });
  const root = host.attachShadow({ mode: "open" });
  applyStyles(root);
  root.append(view.element);
  el.append(host);
  // In a row of widgets it would be as wide as its content asks for, which is nothing:
  // its layout depends on its width. ipywidgets sets `width` after this, and where the
  // user has not chosen any, it takes away what is there.
  if (!el.style.width) el.style.inlineSize = "100%";
  watchTheme((theme) => view.setTheme(theme), signal);
  return () => {
    controller.abort();
    host.remove();
  };
}
