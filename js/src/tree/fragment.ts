/**
 * Which parts of a row's HTML may reach the page: text, and spans with class and
 * harmless style. Names in it come from somebody else's model.
 */

const ALLOWED_PROPERTIES = new Set([
  "background-color",
  "border-color",
  "color",
  "font-style",
  "font-weight",
  "opacity",
  "text-decoration",
  "white-space",
]);

/** Treescope's own variables; its patterns are gradients, never pictures. */
const ALLOWED_VARIABLES = /^--block-[a-z-]+$/;

/** What can load something, or escape what this list understands. */
const REFUSED_VALUE = /url|image\(|image-set|element\(|expression|[\\<>@;{}]/i;

/**
 * Keeps of one style attribute what cannot load, move or cover anything. Its text is read
 * and set property by property: a page's policy may forbid style attributes themselves.
 */
function copyStyle(source: HTMLElement, target: HTMLElement): void {
  const text = source.getAttribute("style");
  if (!text) return;
  const { style } = document.createElement("span");
  style.cssText = text;
  for (const name of Array.from(style)) {
    const value = style.getPropertyValue(name);
    const isKnown = ALLOWED_PROPERTIES.has(name) || ALLOWED_VARIABLES.test(name);
    if (isKnown && !REFUSED_VALUE.test(value)) target.style.setProperty(name, value);
  }
}

function copyAllowed(source: Node, target: Node): void {
  for (const node of Array.from(source.childNodes)) {
    if (node.nodeType === Node.TEXT_NODE) {
      target.appendChild(document.createTextNode(node.textContent ?? ""));
    } else if (node instanceof HTMLElement && node.localName === "span") {
      const span = document.createElement("span");
      if (node.className) span.className = node.className;
      copyStyle(node, span);
      copyAllowed(node, span);
      target.appendChild(span);
    }
  }
}

/** Parses `html` without running or loading anything, and keeps what is allowed. */
export function safeFragment(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fragment = document.createDocumentFragment();
  copyAllowed(template.content, fragment);
  return fragment;
}
