/** What stands beside heatmaps: what a cell is, what one holds, the colours, a file. */

import { element } from "../controls/dom";
import { saveFile } from "../controls/download";
import { iconButton } from "../controls/icon";
import type { Heatmap } from "../protocol";
import { exactFloat32 } from "../values/numbers";
import { type Cell, cellText } from "./cell_place";
import { legendView, noNumberView } from "./legend";
import type { Palette } from "./palette";

/** The line that says what is in a cell. */
export class Readout {
  readonly element = element("span", {
    class: "uv-readout",
    attributes: { role: "status" },
  });

  /** @param cells Shape (nPictures * height * width,), row-major. */
  constructor(
    private readonly heatmap: Heatmap,
    private readonly cells: Float32Array,
  ) {}

  show(cell: Cell): void {
    const { height, width } = this.heatmap;
    const value = this.cells[(cell.picture * height + cell.row) * width + cell.column];
    if (value === undefined) return;
    const text = Number.isFinite(value) ? exactFloat32(value) : "no finite number";
    this.element.textContent = `${cellText(this.heatmap, cell)}: ${text}`;
  }

  clear(): void {
    this.element.textContent = "";
  }
}

/** What "Save PNG" saves, and under which name. */
interface PictureFile {
  paint(): HTMLCanvasElement;
  name: string;
}

/** @param readout Where it is to be below the text; null where it is elsewhere. */
export function heatmapCaption(
  { caption }: Heatmap,
  cells: Float32Array,
  palette: Palette,
  readout: Readout | null,
  file: PictureFile,
): HTMLElement {
  const save = iconButton("save", "Save PNG");
  save.addEventListener("click", () => {
    file.paint().toBlob((blob) => {
      if (blob) saveFile(blob, file.name);
    });
  });
  const text = element("span", { class: "uv-muted" }, caption);
  const line = element("span", { class: "uv-caption" }, text, readout?.element ?? null);
  return element(
    "figcaption",
    {},
    element("span", { class: "uv-caption-line" }, line, save),
    element(
      "span",
      { class: "uv-legend-line" },
      legendView(palette),
      cells.every(Number.isFinite) ? null : noNumberView(palette),
    ),
  );
}
