/** How the cells of a heatmap become pixels, for the page and for a file. */
import { shortNumber } from "./numbers";
import { cssColor, type Palette } from "./palette";
import type { Heatmap } from "./protocol";

const STRIPE_PX = 2;
const MARGIN_PX = 12;
const LINE_PX = 18;
const LEGEND_WIDTH_PX = 120;
const SAVED_SIDE_PX = 640;

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
  const image = context.createImageData(canvas.width, canvas.height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = cells[row * width + column] ?? Number.NaN;
      const color = palette.colorOf(value);
      const hasNumber = Number.isFinite(value);
      for (let y = row * scale; y < (row + 1) * scale; y++) {
        for (let x = column * scale; x < (column + 1) * scale; x++) {
          const stripe = Math.floor((x + y) / STRIPE_PX) % 2;
          const shown =
            hasNumber || scale < 2 * STRIPE_PX ? color : palette.noNumber[stripe];
          image.data.set([...(shown ?? color), 255], (y * canvas.width + x) * 4);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
}

export interface Inks {
  text: string;
  ground: string;
}

/** Draws the picture as it goes into a file: title, cells enlarged, caption, legend. */
export function paintForFile(
  heatmap: Heatmap,
  cells: Float32Array,
  palette: Palette,
  title: string,
  { text, ground }: Inks,
): HTMLCanvasElement {
  const { height, width } = heatmap;
  const scale = Math.max(1, Math.floor(SAVED_SIDE_PX / Math.max(height, width)));
  const picture = document.createElement("canvas");
  paintCells(picture, heatmap, cells, palette, scale);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const font = "13px sans-serif";
  context.font = font;
  const ends = [shortNumber(palette.low), shortNumber(palette.high)] as const;
  const [low_px, high_px] = ends.map((end) => context.measureText(end).width) as [
    number,
    number,
  ];
  const inner_px = Math.max(
    picture.width,
    context.measureText(title).width,
    context.measureText(heatmap.caption).width,
    low_px + LEGEND_WIDTH_PX + high_px + 16,
  );
  canvas.width = Math.ceil(inner_px) + 2 * MARGIN_PX;
  canvas.height = picture.height + 3 * LINE_PX + 3 * MARGIN_PX;
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = font;
  context.fillStyle = text;
  context.textBaseline = "middle";
  context.fillText(title, MARGIN_PX, MARGIN_PX + LINE_PX / 2);
  const top = MARGIN_PX + LINE_PX + MARGIN_PX / 2;
  context.drawImage(picture, MARGIN_PX, top);
  const captionLine = top + picture.height + LINE_PX / 2 + 4;
  context.fillText(heatmap.caption, MARGIN_PX, captionLine);
  const legendLine = captionLine + LINE_PX;
  context.fillText(ends[0], MARGIN_PX, legendLine);
  const left = MARGIN_PX + low_px + 8;
  paintLegend(context, palette, left, legendLine - 5);
  context.fillStyle = text;
  context.fillText(ends[1], left + LEGEND_WIDTH_PX + 8, legendLine);
  return canvas;
}

function paintLegend(
  context: CanvasRenderingContext2D,
  palette: Palette,
  left: number,
  top: number,
): void {
  const { low, high } = palette;
  for (let x = 0; x < LEGEND_WIDTH_PX; x++) {
    const value = low + ((high - low) * x) / (LEGEND_WIDTH_PX - 1);
    context.fillStyle = cssColor(palette.colorOf(value));
    context.fillRect(left + x, top, 1, 10);
  }
}
