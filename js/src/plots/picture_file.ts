/** A heatmap as a file that stands alone: title, cells enlarged, caption, legend. */

import type { Heatmap } from "../protocol";
import type { Theme } from "../theme";
import { shortPair } from "../values/numbers";
import { paintCells } from "./painting";
import { colorsAlong, cssColor, type Palette } from "./palette";

const FONT = "13px sans-serif";
const MARGIN_PX = 12;
const LINE_PX = 18;
const LEGEND_WIDTH_PX = 120;
const GAP_PX = 8;

/** About how long the longer side of the picture is; a cell is a whole number of pixels. */
const LONG_SIDE_PX = 640;

const MAX_TITLE = 90;

export interface Inks {
  text: string;
  ground: string;
  bar: string;
}

/** The colours of a file, which has no page around it to take them from. */
export const inksOf = (theme: Theme): Inks =>
  theme === "dark"
    ? { text: "#dfe2e6", ground: "#1c1e22", bar: "#4f86bf" }
    : { text: "#1f2328", ground: "#ffffff", bar: "#5b93d0" };

/**
 * The cells of one picture, enlarged.
 *
 * @param cells Shape (height * width,), row-major.
 */
export function picturePainted(
  heatmap: Heatmap,
  cells: Float32Array,
  palette: Palette,
  longSide_px = LONG_SIDE_PX,
): HTMLCanvasElement {
  const scale = Math.floor(longSide_px / Math.max(heatmap.height, heatmap.width));
  const picture = document.createElement("canvas");
  paintCells(picture, heatmap, cells, palette, Math.max(1, scale));
  return picture;
}

/**
 * The cells of several pictures, side by side, each with its number below.
 *
 * @param cells Shape (nPictures * height * width,), row-major.
 */
export function picturesPainted(
  heatmap: Heatmap,
  cells: Float32Array,
  palette: Palette,
  inks: Inks,
): HTMLCanvasElement {
  const { n_pictures: nPictures } = heatmap;
  const nAcross = Math.ceil(Math.sqrt(nPictures));
  const pictures = Array.from({ length: nPictures }, (_, number) =>
    picturePainted(
      heatmap,
      cellsOfPicture(heatmap, cells, number),
      palette,
      LONG_SIDE_PX / nAcross,
    ),
  );
  const width_px = (pictures[0]?.width ?? 0) + GAP_PX;
  const height_px = (pictures[0]?.height ?? 0) + LINE_PX;
  const canvas = document.createElement("canvas");
  canvas.width = width_px * nAcross;
  canvas.height = height_px * Math.ceil(nPictures / nAcross);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.font = FONT;
  context.textBaseline = "middle";
  pictures.forEach((picture, number) => {
    const left = (number % nAcross) * width_px;
    const top = Math.floor(number / nAcross) * height_px;
    context.drawImage(picture, left, top);
    paintText(context, `${number}`, left, top + picture.height + LINE_PX / 2, inks);
  });
  return canvas;
}

/** The cells of one of several pictures. */
export function cellsOfPicture(
  { height, width }: Heatmap,
  cells: Float32Array,
  picture: number,
): Float32Array {
  return cells.subarray(picture * height * width, (picture + 1) * height * width);
}

/** A painted picture with its title, caption and legend. */
export function paintForFile(
  picture: HTMLCanvasElement,
  caption: string,
  cells: Float32Array,
  palette: Palette,
  title: string,
  inks: Inks,
): HTMLCanvasElement {
  const legend = legendPieces(palette, cells);
  const texts = [title.slice(0, MAX_TITLE), caption];
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.font = FONT;
  const widths = texts.map((text) => context.measureText(text).width);
  const legend_px = legend.reduce((sum, piece) => sum + widthOf(context, piece), 0);
  const inner_px = Math.max(picture.width, legend_px, ...widths);
  canvas.width = Math.ceil(inner_px) + 2 * MARGIN_PX;
  canvas.height = picture.height + 3 * LINE_PX + 2.5 * MARGIN_PX;
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = FONT;
  context.textBaseline = "middle";
  const top = MARGIN_PX + LINE_PX;
  const below = top + picture.height + MARGIN_PX / 2;
  context.drawImage(picture, MARGIN_PX, top);
  paintText(context, texts[0] ?? "", MARGIN_PX, MARGIN_PX + LINE_PX / 2 - 3, inks);
  paintText(context, texts[1] ?? "", MARGIN_PX, below + LINE_PX / 2, inks);
  let left = MARGIN_PX;
  for (const piece of legend) {
    paintPiece(context, piece, left, below + 1.5 * LINE_PX, inks);
    left += widthOf(context, piece);
  }
  return canvas;
}

/** A text, or a row of colours each one pixel wide. */
type Piece = string | readonly string[];

/** The ends with the colours between, and stripes if there are gaps. */
function legendPieces(palette: Palette, cells: Float32Array): Piece[] {
  const [low, high] = shortPair(palette.low, palette.high);
  const pieces: Piece[] = [low, colorsAlong(palette, LEGEND_WIDTH_PX), high];
  if (cells.every(Number.isFinite)) return pieces;
  const [stripe, ground] = palette.noNumber.map(cssColor);
  const stripes = Array.from({ length: 12 }, (_, x) => (x % 4 < 2 ? stripe : ground));
  return [...pieces, stripes.map((color) => color ?? ""), "NaN, ∞"];
}

const widthOf = (context: CanvasRenderingContext2D, piece: Piece): number =>
  GAP_PX +
  (typeof piece === "string" ? context.measureText(piece).width : piece.length);

function paintPiece(
  context: CanvasRenderingContext2D,
  piece: Piece,
  left: number,
  middle: number,
  inks: Inks,
): void {
  if (typeof piece === "string") {
    paintText(context, piece, left, middle, inks);
    return;
  }
  piece.forEach((color, x) => {
    context.fillStyle = color;
    context.fillRect(left + x, middle - 5, 1, 10);
  });
}

function paintText(
  context: CanvasRenderingContext2D,
  text: string,
  left: number,
  middle: number,
  { text: color }: Inks,
): void {
  context.fillStyle = color;
  context.fillText(text, left, middle);
}
