/** How the cells of a heatmap become pixels. */

import type { Heatmap } from "../protocol";
import type { Palette } from "./palette";

const STRIPE_PX = 2;
const MAX_PAINTED_PX = 8;

/** How many pixels a side of a cell is painted with: more than one only for stripes. */
export function paintedScale(cells: Float32Array, cell_px: number): number {
  if (cells.every(Number.isFinite)) return 1;
  return Math.max(1, Math.min(MAX_PAINTED_PX, Math.floor(cell_px)));
}

/**
 * Paints every cell as a square of `scale` pixels; cells without a number are striped
 * where a square has room for stripes.
 *
 * @param cells Shape (height * width,), row-major.
 */
export function paintCells(
  canvas: HTMLCanvasElement,
  { height, width }: Heatmap,
  cells: Float32Array,
  palette: Palette,
  scale: number,
): void {
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  if (!context) return;
  const colors = Array.from(cells, (value) => palette.colorOf(value));
  const hasStripes = scale >= 2 * STRIPE_PX;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const cell = Math.floor(y / scale) * width + Math.floor(x / scale);
      const isStriped = hasStripes && !Number.isFinite(cells[cell]);
      const stripe = Math.floor((x + y) / STRIPE_PX) % 2;
      const [red, green, blue] =
        (isStriped ? palette.noNumber[stripe] : colors[cell]) ?? palette.noNumber[0];
      const place = (y * canvas.width + x) * 4;
      image.data[place] = red;
      image.data[place + 1] = green;
      image.data[place + 2] = blue;
      image.data[place + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}
