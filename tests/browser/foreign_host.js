// A page that mounts a widget as marimo does: in a shadow root of its own, with a model
// that is not Jupyter's. `askPython` answers a request with [answer, buffers in base64].
async ([bundle, traits]) => {
  const listeners = [];
  const tell = (event, ...values) => {
    for (const it of [...listeners]) if (it.event === event) it.listener(...values);
  };
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
  const model = {
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
      tell(`change:${name}`);
    },
    save_changes: () => {},
    send: async (request) => {
      const [answer, buffers] = await window.askPython(request);
      tell("msg:custom", answer, buffers.map((it) => new DataView(bytesOf(it).buffer)));
    },
    on: (event, listener) => listeners.push({ event, listener }),
    off: (event, listener) => {
      const isIt = (it) => it.event === event && it.listener === listener;
      const index = listeners.findIndex(isIt);
      if (index >= 0) listeners.splice(index, 1);
    },
  };
  const cell = document.createElement("foreign-cell");
  const root = cell.attachShadow({ mode: "open" });
  root.innerHTML = `
    <style>* { all: unset; } div { display: inline; color: red; font: 40px serif; }</style>
    <div class="output"></div>`;
  document.body.append(cell);
  const module = new Blob([bundle], { type: "text/javascript" });
  const { default: widget } = await import(URL.createObjectURL(module));
  const unmount = widget.render({ model, el: root.querySelector(".output") });
  window.foreign = { model, root, unmount, listeners };
};
