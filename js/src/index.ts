/** Where anywidget comes in: one view of the inspector, and what it leaves behind. */
import type { Render } from "@anywidget/types";
import { Channel } from "./channel";
import { isConnected } from "./connection";
import { element } from "./dom";
import { stylesheets } from "./styles";
import { Synced } from "./synced";
import { watchTheme } from "./theme";
import { InspectorView } from "./views/inspector";

/** Draws one view into `el`; every listener goes when the returned function is called. */
const render: Render = ({ model, el, signal: hostSignal }) => {
  const controller = new AbortController();
  const { signal } = controller;
  // Hosts of anywidget before 0.11, and others than Jupyter, hand over no signal.
  hostSignal?.addEventListener("abort", () => controller.abort(), { signal });

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
};

export default { render };
