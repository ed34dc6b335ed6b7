/** An array as many small pictures on one colour scale, one for each index of an axis. */

import { element } from "../controls/dom";
import { targetOf } from "../controls/keyboard";
import type { Heatmap } from "../protocol";
import { cellUnder, type HeatmapOptions } from "./heatmap";
import { heatmapCaption, Readout } from "./heatmap_caption";
import { paintCells, paintedScale } from "./painting";
import { type Palette, paletteFor } from "./palette";
import { cellsOfPicture, inksOf, paintForFile, picturesPainted } from "./picture_file";

/** How wide a picture is at least and how high at most, by how many there are. */
const SIZES_PX = [
  { upTo: 4, width: 108, height: 130 },
  { upTo: 16, width: 84, height: 90 },
  { upTo: Number.POSITIVE_INFINITY, width: 64, height: 64 },
] as const;

const MAX_CELL_PX = 18;
const MIN_HEIGHT_PX = 16;

export interface MultiplesOptions extends HeatmapOptions {
  /** What the reader calls the axis, e.g. "axis 0 (layers)". */
  axisName: string;
  /** Called with the index whose picture the reader chooses. */
  fix(index: number): void;
}

/** @param cells Shape (nPictures * height * width,), row-major. */
export function smallMultiplesView(
  heatmap: Heatmap,
  cells: Float32Array,
  options: MultiplesOptions,
): HTMLElement {
  const palette = paletteFor(options.low, options.high, options.theme);
  const readout = new Readout(heatmap, cells);
  const size = SIZES_PX.find(({ upTo }) => heatmap.n_pictures <= upTo) ?? SIZES_PX[2];
  const buttons = Array.from({ length: heatmap.n_pictures }, (_, picture) => {
    const canvas = canvasOf(
      heatmap,
      cellsOfPicture(heatmap, cells, picture),
      palette,
      size,
    );
    return pictureButton(heatmap, canvas, picture, readout, options);
  });
  const pictures = element(
    "div",
    {
      class: "uv-multiples",
      attributes: {
        role: "group",
        "aria-label": `Heatmaps of ${options.title}. ${heatmap.caption}`,
      },
    },
    ...buttons,
  );
  pictures.style.setProperty("--uv-multiple", `${size.width}px`);
  moveByKeys(pictures, buttons);
  const paintFile = () => {
    const inks = inksOf(options.theme);
    const picture = picturesPainted(heatmap, cells, palette, inks);
    return paintForFile(picture, heatmap.caption, cells, palette, options.title, inks);
  };
  const caption = heatmapCaption(heatmap, cells, palette, null, {
    paint: paintFile,
    name: options.fileName,
  });
  return element("figure", { class: "uv-heatmap" }, caption, pictures, readout.element);
}

function canvasOf(
  heatmap: Heatmap,
  cells: Float32Array,
  palette: Palette,
  size: (typeof SIZES_PX)[number],
): HTMLCanvasElement {
  const canvas = element("canvas", { class: "uv-picture" });
  const cell_px = Math.min(MAX_CELL_PX, size.height / heatmap.height);
  const height_px = Math.max(MIN_HEIGHT_PX, Math.round(heatmap.height * cell_px));
  canvas.style.height = `${height_px}px`;
  paintCells(canvas, heatmap, cells, palette, paintedScale(cells, cell_px));
  return canvas;
}

function pictureButton(
  heatmap: Heatmap,
  canvas: HTMLCanvasElement,
  picture: number,
  readout: Readout,
  { axisName, fix }: MultiplesOptions,
): HTMLElement {
  const label = `Show index ${picture} of ${axisName} alone`;
  const attributes = {
    type: "button",
    tabindex: picture === 0 ? "0" : "-1",
    "aria-label": label,
  };
  const name = element("span", { class: "uv-multiple-index" }, `${picture}`);
  const button = element("button", { class: "uv-multiple", attributes }, canvas, name);
  button.addEventListener("click", () => fix(picture));
  canvas.addEventListener("pointermove", (event) =>
    readout.show({ ...cellUnder(event, canvas, heatmap), picture }),
  );
  canvas.addEventListener("pointerleave", () => readout.clear());
  return button;
}

/** One of the pictures is a stop of the Tab key; arrow keys go on from it. */
function moveByKeys(pictures: HTMLElement, buttons: readonly HTMLElement[]): void {
  pictures.addEventListener("keydown", (event) => {
    const current = buttons.indexOf(event.target as HTMLElement);
    const target = targetOf(event.key, current, buttons.length, "plot");
    if (current < 0 || target === null) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[current]?.setAttribute("tabindex", "-1");
    buttons[target]?.setAttribute("tabindex", "0");
    buttons[target]?.focus();
  });
}
