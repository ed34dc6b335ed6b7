/** Which colour means what in a heatmap: the ends, zero, and cells without a number. */
import { element } from "../controls/dom";
import { numberView } from "../values/number";
import { shortPair } from "../values/numbers";
import { colorsAlong, cssColor, type Palette } from "./palette";

const N_COLORS = 25;

/** The part of the palette that is in use, with its ends and, if inside, zero. */
export function legendView(palette: Palette): HTMLElement {
  const { low, high, isDiverging } = palette;
  const bar = element("span", { class: "uv-legend-bar" });
  bar.style.backgroundImage = `linear-gradient(to right, ${colorsAlong(palette, N_COLORS).join(", ")})`;
  if (isDiverging) {
    const zero = element("span", { class: "uv-legend-zero", title: "0" });
    zero.style.left = `${(-low / (high - low)) * 100}%`;
    bar.append(zero);
  }
  const [lowText, highText] = shortPair(low, high);
  return element(
    "span",
    { class: "uv-legend" },
    numberView(lowText, String(low)),
    bar,
    numberView(highText, String(high)),
  );
}

/** What cells without a number look like: striped, so that no colour need be known. */
export function noNumberView(palette: Palette): HTMLElement {
  const swatch = element("span", { class: "uv-swatch" });
  const [stripe, ground] = palette.noNumber.map(cssColor);
  swatch.style.backgroundImage = `repeating-linear-gradient(135deg, ${stripe} 0 2px, ${ground} 2px 4px)`;
  const title = "Cells that hold NaN or an infinity";
  return element("span", { class: "uv-legend", title }, swatch, "NaN, ∞");
}
