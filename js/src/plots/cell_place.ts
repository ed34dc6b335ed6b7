/** Which elements of the array a cell of the picture stands for. */
import type { Heatmap } from "../protocol";

/** An element of the array: its index on each axis. */
type Place = number[];

/** As Python would index it, e.g. "[3, 0, 7]" or "mean of [12:18, 0, 7]". */
export function cellText(heatmap: Heatmap, row: number, column: number): string {
  const [first, last] = endsOf(heatmap, row, column);
  const nRowAxesMoved = rowAxesOf(heatmap).filter(
    (axis) => first[axis] !== last[axis],
  ).length;
  if (nRowAxesMoved > 1)
    return `mean from [${first.join(", ")}] to [${last.join(", ")}]`;
  const items = first.map((from, axis) => {
    const to = last[axis] ?? from;
    return from === to ? `${from}` : `${from}:${to + 1}`;
  });
  const text = `[${items.join(", ")}]`;
  return text.includes(":") ? `mean of ${text}` : text;
}

/** The first and the last element that the cell takes. */
function endsOf(heatmap: Heatmap, row: number, column: number): [Place, Place] {
  const { shape, width, blockRows, blockColumns } = heatmap;
  const rowAxes = rowAxesOf(heatmap);
  const nRows = rowAxes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
  const nColumns = shape[columnAxisOf(heatmap)] ?? 1;
  const cell = isLine(heatmap) ? row * width + column : column;
  const tableRow = isLine(heatmap) ? 0 : row * blockRows;
  const lastRow = Math.min(tableRow + blockRows, nRows) - 1;
  const lastColumn = Math.min((cell + 1) * blockColumns, nColumns) - 1;
  return [
    placeOf(heatmap, tableRow, cell * blockColumns),
    placeOf(heatmap, lastRow, lastColumn),
  ];
}

function placeOf(heatmap: Heatmap, row: number, column: number): Place {
  const place = heatmap.index.map((fixed) => fixed ?? 0);
  const columnAxis = columnAxisOf(heatmap);
  if (columnAxis in place) place[columnAxis] = column;
  let rest = row;
  for (const axis of rowAxesOf(heatmap).reverse()) {
    const size = heatmap.shape[axis] ?? 1;
    place[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return place;
}

const drawnAxes = ({ index }: Heatmap): number[] =>
  index.flatMap((fixed, axis) => (fixed === null ? [axis] : []));

const longAxes = (heatmap: Heatmap): number[] =>
  drawnAxes(heatmap).filter((axis) => (heatmap.shape[axis] ?? 1) > 1);

const isLine = (heatmap: Heatmap): boolean => longAxes(heatmap).length < 2;

const columnAxisOf = (heatmap: Heatmap): number =>
  (isLine(heatmap) ? longAxes(heatmap) : drawnAxes(heatmap)).at(-1) ?? -1;

const rowAxesOf = (heatmap: Heatmap): number[] =>
  drawnAxes(heatmap).filter((axis) => axis !== columnAxisOf(heatmap));
