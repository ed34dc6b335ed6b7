/** How elements are made: text only as text, never as markup. */

type Child = Node | string | null;

interface Options {
  class?: string;
  title?: string;
  /** Attributes as they are; null leaves one out. */
  attributes?: Record<string, string | null>;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: Options = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  if (options.class) created.className = options.class;
  if (options.title) created.title = options.title;
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (value !== null) created.setAttribute(name, value);
  }
  created.append(...children.filter((child) => child !== null));
  return created;
}

export function svgElement(
  tag: string,
  attributes: Record<string, string | number>,
): SVGElement {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    created.setAttribute(name, String(value));
  }
  return created;
}

let nUsedIds = 0;

/** An id for aria-controls and its like, unique in this page. */
export function uniqueId(purpose: string): string {
  nUsedIds += 1;
  return `unflax-${purpose}-${nUsedIds}`;
}
