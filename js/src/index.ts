/** Where anywidget comes in: the module that a notebook loads. */
import type { Render } from "@anywidget/types";
import { mountInspector } from "./mount";

const render: Render = ({ model, el, signal }) => {
  const unmount = mountInspector(model, el);
  // Hosts of anywidget before 0.11, and others than Jupyter, hand over no signal.
  signal?.addEventListener("abort", unmount);
  return unmount;
};

export default { render };
