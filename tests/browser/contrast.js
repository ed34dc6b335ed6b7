// The lowest contrast (WCAG 2.1) of a text in an element against what lies behind it.
// Returns {ratio, text, color, background}.
(element) => {
  // Computed colours are `rgb(…)`, `color(srgb …)`, `oklch(…)`: a canvas knows them all.
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const parse = (css) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, alpha] = context.getImageData(0, 0, 1, 1).data;
    return { channels: [r, g, b].map((v) => v / 255), alpha: alpha / 255 };
  };
  const over = (front, back) =>
    front.channels.map((v, i) => v * front.alpha + back[i] * (1 - front.alpha));
  const parentOf = (node) =>
    node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const layersBehind = (node) => {
    const layers = [];
    for (let it = node; it; it = parentOf(it)) {
      layers.push(parse(getComputedStyle(it).backgroundColor));
      if (layers.at(-1).alpha === 1) break;
    }
    return layers;
  };
  const opacityOf = (node) => {
    let opacity = 1;
    for (let it = node; it; it = parentOf(it)) opacity *= getComputedStyle(it).opacity;
    return opacity;
  };
  const luminance = (channels) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const measure = (text) => {
    const node = text.parentElement;
    const background = layersBehind(node).reduceRight(
      (back, layer) => over(layer, back),
      [1, 1, 1],
    );
    const color = parse(getComputedStyle(node).color);
    color.alpha *= opacityOf(node);
    const front = over(color, background);
    const [low, high] = [luminance(front), luminance(background)].sort((a, b) => a - b);
    const bytes = (channels) => channels.map((v) => Math.round(v * 255)).join(" ");
    return {
      ratio: (high + 0.05) / (low + 0.05),
      text: text.data.trim(),
      color: bytes(front),
      background: bytes(background),
    };
  };
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const measured = [];
  while (walker.nextNode()) {
    if (walker.currentNode.data.trim()) measured.push(measure(walker.currentNode));
  }
  return measured.sort((a, b) => a.ratio - b.ratio)[0];
}
