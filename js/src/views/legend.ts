/** Which colour means what in a heatmap: the ends, zero, and cells without a number. */
import { element } from "../dom";
import { shortNumber } from "../numbers";
import { cssColor, type Palette } from "../palette";

const N_STEPS = 24;

/** The part of the palette that is in use, with its ends and, if inside, zero. */
export function legendView(palette: Palette): HTMLElement {
  const { low, high, isDiverging } = palette;
  const bar = element("span", { class: "uv-legend-bar" });
  bar.style.backgroundImage = `linear-gradient(to right, ${legendColors(palette).join(", ")})`;
  if (isDiverging) {
    const zero = element("span", { class: "uv-legend-zero", title: "0" });
    zero.style.left = `${(-low / (high - low)) * 100}%`;
    bar.append(zero);
  }
  return element("span", { class: "uv-legend" }, endView(low), bar, endView(high));
}

/** The colours from the lowest to the highest number, at equal distances. */
export function legendColors(palette: Palette): string[] {
  const { low, high } = palette;
  return Array.from({ length: N_STEPS + 1 }, (_, step) =>
    cssColor(palette.colorOf(low + ((high - low) * step) / N_STEPS)),
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

const endView = (value: number) =>
  element("span", { class: "uv-number", title: String(value) }, shortNumber(value));
