/** Small line drawings for quiet buttons, each always with an accessible name. */
import { element, svgElement } from "./dom";

/** Outlines on a square of 16, drawn in the colour of the text. */
const OUTLINES = {
  copy: "M5.5 5.5V3.2h7.3v7.3h-2.3M3.2 5.5h7.3v7.3H3.2z",
  save: "M8 2.5v7.2M5 7l3 3 3-3M3 13.2h10",
  expand: "M4.5 3.5L8 7l3.5-3.5M4.5 9L8 12.5 11.5 9",
  previous: "M9.8 3.5L5.3 8l4.5 4.5",
  next: "M6.2 3.5L10.7 8l-4.5 4.5",
  warning: "M8 2.4L14.2 13.4H1.8zM8 6.4v3.4M8 11.3v.7",
} as const;

type IconName = keyof typeof OUTLINES;

export function iconView(name: IconName): SVGElement {
  const icon = svgElement("svg", {
    viewBox: "0 0 16 16",
    class: "uv-icon",
    "aria-hidden": "true",
  });
  icon.append(svgElement("path", { d: OUTLINES[name] }));
  return icon;
}

/** @param title Shown on hover; the label where there is no more to say. */
export function iconButton(
  name: IconName,
  label: string,
  title = label,
): HTMLButtonElement {
  const attributes = { type: "button", "aria-label": label };
  const button = element("button", { class: "uv-icon-button", title, attributes });
  button.append(iconView(name));
  return button;
}
