/** How elements are made: text only as text, never as markup, and no more than is read. */

/** Names are somebody else's, and of any length; the page must stay quick. */
const MAX_TEXT = 2000;

type Child = Node | string | null;

interface Options {
  class?: string;
  title?: string;
  /** Attributes as they are; null leaves one out. */
  attributes?: Record<string, string | null>;
}

/** Cuts what is too long to be read; whole texts are handed over as `Text` nodes. */
export const shortText = (text: string): string =>
  text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: Options = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  if (options.class) created.className = options.class;
  if (options.title) created.title = shortText(options.title);
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (value === null) continue;
    created.setAttribute(name, name === "aria-label" ? shortText(value) : value);
  }
  for (const child of children) {
    if (child !== null)
      created.append(typeof child === "string" ? shortText(child) : child);
  }
  return created;
}

export function svgElement(
  tag: string,
  attributes: Record<string, string | number>,
): SVGElement {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    created.setAttribute(
      name,
      typeof value === "string" ? shortText(value) : `${value}`,
    );
  }
  return created;
}

let nUsedIds = 0;

/** An id for aria-controls and its like, unique in this page. */
export function uniqueId(purpose: string): string {
  nUsedIds += 1;
  return `unflax-${purpose}-${nUsedIds}`;
}
