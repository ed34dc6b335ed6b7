/** An array as a picture: one cell per number, NaN in a colour of its own. */
import { element } from "../dom";
import { shortNumber } from "../numbers";
import { cssColor, type Palette, paletteFor } from "../palette";
import type { Heatmap } from "../protocol";
import type { Theme } from "../theme";

const MAX_CELL_PX = 18;
const MAX_HEIGHT_PX = 280;
const MIN_HEIGHT_PX = 18;
const N_LEGEND_STEPS = 24;

export interface HeatmapOptions {
  theme: Theme;
  /** Colours are spread over these, so that two pictures can be compared. */
  low: number;
  high: number;
}

/** @param cells Shape (height * width,), row-major. */
export function heatmapView(
  heatmap: Heatmap,
  cells: Float32Array,
  { theme, low, high }: HeatmapOptions,
): HTMLElement {
  const palette = paletteFor(low, high, theme);
  const canvas = paintedCanvas(heatmap, cells, palette);
  const caption = element("span", { class: "uv-muted" }, heatmap.caption);
  canvas.addEventListener("pointermove", (event) => {
    caption.textContent = readout(heatmap, cells, event) ?? heatmap.caption;
  });
  canvas.addEventListener("pointerleave", () => {
    caption.textContent = heatmap.caption;
  });
  const hasNaN = cells.some(Number.isNaN);
  return element(
    "figure",
    { class: "uv-heatmap" },
    canvas,
    element(
      "figcaption",
      {},
      caption,
      legendView(palette),
      hasNaN ? notANumberView(palette) : null,
    ),
  );
}

function paintedCanvas(
  { height, width, caption }: Heatmap,
  cells: Float32Array,
  palette: Palette,
): HTMLCanvasElement {
  const label = `Heatmap, ${height} by ${width}. ${caption}`;
  const canvas = element("canvas", {
    class: "uv-picture",
    attributes: { role: "img", "aria-label": label },
  });
  canvas.width = width;
  canvas.height = height;
  const cell_px = Math.min(MAX_CELL_PX, MAX_HEIGHT_PX / height);
  canvas.style.width = `${Math.max(1, Math.round(width * cell_px))}px`;
  canvas.style.minHeight = `${Math.min(MIN_HEIGHT_PX, height * MAX_CELL_PX)}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(width, height);
  cells.forEach((value, index) => {
    image.data.set([...palette.colorOf(value), 255], index * 4);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

function readout(
  { height, width }: Heatmap,
  cells: Float32Array,
  event: PointerEvent,
): string | null {
  const { clientWidth, clientHeight } = event.currentTarget as HTMLCanvasElement;
  const column = Math.floor((event.offsetX / clientWidth) * width);
  const row = Math.floor((event.offsetY / clientHeight) * height);
  const value = cells[row * width + column];
  return value === undefined ? null : `cell ${row}, ${column}: ${shortNumber(value)}`;
}

/** The part of the palette that is in use, with its ends and, if inside, zero. */
function legendView(palette: Palette): HTMLElement {
  const { low, high, isDiverging } = palette;
  const steps = Array.from({ length: N_LEGEND_STEPS + 1 }, (_, step) =>
    cssColor(palette.colorOf(low + ((high - low) * step) / N_LEGEND_STEPS)),
  );
  const bar = element("span", { class: "uv-legend-bar" });
  bar.style.backgroundImage = `linear-gradient(to right, ${steps.join(", ")})`;
  if (isDiverging) {
    const zero = element("span", { class: "uv-legend-zero", title: "0" });
    zero.style.left = `${(-low / (high - low)) * 100}%`;
    bar.append(zero);
  }
  const end = (value: number) =>
    element("span", { class: "uv-number", title: String(value) }, shortNumber(value));
  return element("span", { class: "uv-legend" }, end(low), bar, end(high));
}

function notANumberView(palette: Palette): HTMLElement {
  const swatch = element("span", { class: "uv-swatch" });
  swatch.style.backgroundColor = cssColor(palette.colorOf(Number.NaN));
  return element("span", { class: "uv-legend" }, swatch, "NaN");
}
