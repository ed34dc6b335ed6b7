/** An array as a picture: one cell per number, each read with the pointer or by keys. */

import { element } from "../controls/dom";
import type { Heatmap } from "../protocol";
import type { Theme } from "../theme";
import { heatmapCaption, Readout } from "./heatmap_caption";
import { paintCells, paintedScale } from "./painting";
import { paletteFor } from "./palette";
import { inksOf, paintForFile, picturePainted } from "./picture_file";

const MAX_CELL_PX = 18;
const MAX_CELL_WIDTH_PX = 48;
const MAX_HEIGHT_PX = 200;
const MIN_HEIGHT_PX = 18;

export interface HeatmapOptions {
  theme: Theme;
  /** Colours are spread over these, so that two pictures can be compared. */
  low: number;
  high: number;
  /** What the picture is of, for its name and a saved file. */
  title: string;
  fileName: string;
}

/** @param cells Shape (height * width,), row-major. */
export function heatmapView(
  heatmap: Heatmap,
  cells: Float32Array,
  options: HeatmapOptions,
): HTMLElement {
  const palette = paletteFor(options.low, options.high, options.theme);
  const cell_px = Math.min(MAX_CELL_PX, MAX_HEIGHT_PX / heatmap.height);
  const canvas = canvasFor(heatmap, options.title, cell_px);
  paintCells(canvas, heatmap, cells, palette, paintedScale(cells, cell_px));
  const frame = element("div", { class: "uv-picture-frame" }, canvas);
  const readout = new Readout(heatmap, cells);
  letCellsBeRead(heatmap, readout, frame, canvas);
  const paintFile = () => {
    const picture = picturePainted(heatmap, cells, palette);
    const inks = inksOf(options.theme);
    return paintForFile(picture, heatmap.caption, cells, palette, options.title, inks);
  };
  const caption = heatmapCaption(heatmap, cells, palette, readout, {
    paint: paintFile,
    name: options.fileName,
  });
  return element("figure", { class: "uv-heatmap" }, frame, caption);
}

function canvasFor(
  { height, width, caption }: Heatmap,
  title: string,
  cell_px: number,
): HTMLCanvasElement {
  const label = `Heatmap of ${title}, ${height} by ${width}. ${caption}`;
  const canvas = element("canvas", {
    class: "uv-picture",
    attributes: { role: "img", tabindex: "0", "aria-label": label },
  });
  // Rows and columns are no distances, so a cell may be wider than high.
  canvas.style.width = `${width * MAX_CELL_WIDTH_PX}px`;
  canvas.style.height = `${Math.max(MIN_HEIGHT_PX, Math.round(height * cell_px))}px`;
  return canvas;
}

/** Lets the reader go over the cells. */
function letCellsBeRead(
  heatmap: Heatmap,
  readout: Readout,
  frame: HTMLElement,
  canvas: HTMLCanvasElement,
): void {
  const { height, width } = heatmap;
  const mark = element("span", { class: "uv-cell-mark" });
  const cell = { row: 0, column: 0, picture: 0 };
  mark.hidden = true;
  frame.append(mark);
  const show = () => {
    readout.show(cell);
    mark.hidden = false;
    mark.style.left = `${(cell.column / width) * 100}%`;
    mark.style.top = `${(cell.row / height) * 100}%`;
    mark.style.width = `${100 / width}%`;
    mark.style.height = `${100 / height}%`;
  };
  const hide = () => {
    readout.clear();
    mark.hidden = true;
  };
  canvas.addEventListener("pointermove", (event) => {
    Object.assign(cell, cellUnder(event, canvas, heatmap));
    show();
  });
  canvas.addEventListener("pointerleave", hide);
  canvas.addEventListener("blur", hide);
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) show();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Home: [0, -width],
      End: [0, width],
    }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    cell.row = clamped(cell.row + (step[0] ?? 0), height);
    cell.column = clamped(cell.column + (step[1] ?? 0), width);
    show();
  });
}

/** The cell of a picture over which the pointer is. */
export function cellUnder(
  { offsetX, offsetY }: MouseEvent,
  { clientWidth, clientHeight }: HTMLCanvasElement,
  { height, width }: Heatmap,
): { row: number; column: number } {
  return {
    row: clamped(Math.floor((offsetY / clientHeight) * height), height),
    column: clamped(Math.floor((offsetX / clientWidth) * width), width),
  };
}

const clamped = (place: number, size: number) =>
  Math.min(size - 1, Math.max(0, Number.isFinite(place) ? place : 0));
