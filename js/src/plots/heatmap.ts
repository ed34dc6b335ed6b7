/** An array as a picture: one cell per number, each read with the pointer or by keys. */

import { element } from "../controls/dom";
import { saveFile } from "../controls/download";
import { iconButton } from "../controls/icon";
import type { Heatmap } from "../protocol";
import type { Theme } from "../theme";
import { exactFloat32 } from "../values/numbers";
import { cellText } from "./cell_place";
import { legendView, noNumberView } from "./legend";
import { paintCells } from "./painting";
import { paletteFor } from "./palette";
import { inksOf, paintForFile } from "./picture_file";

const MAX_CELL_PX = 18;
const MAX_CELL_WIDTH_PX = 48;
const MAX_HEIGHT_PX = 200;
const MIN_HEIGHT_PX = 18;
const MAX_PAINTED_PX = 8;

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
  const hasGaps = cells.some((value) => !Number.isFinite(value));
  const cell_px = Math.min(MAX_CELL_PX, MAX_HEIGHT_PX / heatmap.height);
  const canvas = canvasFor(heatmap, options.title, cell_px);
  const scale = hasGaps
    ? Math.max(1, Math.min(MAX_PAINTED_PX, Math.floor(cell_px)))
    : 1;
  paintCells(canvas, heatmap, cells, palette, scale);
  const save = iconButton("save", "Save PNG");
  save.addEventListener("click", () => {
    const inks = inksOf(options.theme);
    paintForFile(heatmap, cells, palette, options.title, inks).toBlob((blob) => {
      if (blob) saveFile(blob, options.fileName);
    });
  });
  const frame = element("div", { class: "uv-picture-frame" }, canvas);
  const caption = readableCells(heatmap, cells, frame, canvas);
  return element(
    "figure",
    { class: "uv-heatmap" },
    frame,
    element(
      "figcaption",
      {},
      element("span", { class: "uv-caption-line" }, caption, save),
      element(
        "span",
        { class: "uv-legend-line" },
        legendView(palette),
        hasGaps ? noNumberView(palette) : null,
      ),
    ),
  );
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

/** Lets the reader go over the cells; gives the line that says what is in one. */
function readableCells(
  heatmap: Heatmap,
  cells: Float32Array,
  frame: HTMLElement,
  canvas: HTMLCanvasElement,
): HTMLElement {
  const { height, width } = heatmap;
  const mark = element("span", { class: "uv-cell-mark" });
  const readout = element("span", {
    class: "uv-readout",
    attributes: { role: "status" },
  });
  const caption = element("span", { class: "uv-muted" }, heatmap.caption);
  const line = element("span", { class: "uv-caption" }, caption, readout);
  let row = 0;
  let column = 0;
  mark.hidden = true;
  frame.append(mark);
  const show = () => {
    const value = cells[row * width + column];
    if (value === undefined) return;
    const text = Number.isFinite(value) ? exactFloat32(value) : "no finite number";
    readout.textContent = `${cellText(heatmap, row, column)}: ${text}`;
    mark.hidden = false;
    mark.style.left = `${(column / width) * 100}%`;
    mark.style.top = `${(row / height) * 100}%`;
    mark.style.width = `${100 / width}%`;
    mark.style.height = `${100 / height}%`;
  };
  const hide = () => {
    readout.textContent = "";
    mark.hidden = true;
  };
  canvas.addEventListener("pointermove", (event) => {
    const { clientWidth, clientHeight } = canvas;
    column = clamped(Math.floor((event.offsetX / clientWidth) * width), width);
    row = clamped(Math.floor((event.offsetY / clientHeight) * height), height);
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
    row = clamped(row + (step[0] ?? 0), height);
    column = clamped(column + (step[1] ?? 0), width);
    show();
  });
  return line;
}

const clamped = (place: number, size: number) =>
  Math.min(size - 1, Math.max(0, Number.isFinite(place) ? place : 0));
