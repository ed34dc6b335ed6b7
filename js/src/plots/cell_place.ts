/** Which elements of the array a cell of a picture stands for. */
import type { Heatmap } from "../protocol";

/** An element of the array: its index on each axis. */
type Place = number[];

/** A cell of one of the pictures of a heatmap. */
export interface Cell {
  row: number;
  column: number;
  /** Number of the picture. */
  picture: number;
}

/** As Python would index it, e.g. "[3, 0, 7]" or "mean of [12:18, 0, :]". */
export function cellText(heatmap: Heatmap, cell: Cell): string {
  const [first, last] = endsOf(heatmap, cell);
  const nRowAxesMoved = heatmap.row_axes.filter(
    (axis) => first[axis] !== last[axis],
  ).length;
  if (nRowAxesMoved > 1)
    return `mean from [${first.join(", ")}] to [${last.join(", ")}]`;
  const items = first.map((from, axis) => {
    if (heatmap.mean_axes.includes(axis)) return ":";
    const to = last[axis] ?? from;
    return from === to ? `${from}` : `${from}:${to + 1}`;
  });
  const text = `[${items.join(", ")}]`;
  return text.includes(":") ? `mean of ${text}` : text;
}

/** The first and the last element that the cell takes of the axes that are drawn. */
function endsOf(heatmap: Heatmap, { row, column, picture }: Cell): [Place, Place] {
  const {
    shape,
    width,
    row_axes: rowAxes,
    column_axis: columnAxis,
    block_rows: blockRows,
    block_columns: blockColumns,
  } = heatmap;
  const isLine = rowAxes.length === 0;
  const nRows = rowAxes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
  const nColumns = shape[columnAxis ?? -1] ?? 1;
  const tableColumn = isLine ? row * width + column : column;
  const tableRow = isLine ? 0 : row * blockRows;
  const lastRow = Math.min(tableRow + blockRows, nRows) - 1;
  const lastColumn = Math.min((tableColumn + 1) * blockColumns, nColumns) - 1;
  return [
    placeOf(heatmap, picture, tableRow, tableColumn * blockColumns),
    placeOf(heatmap, picture, lastRow, lastColumn),
  ];
}

function placeOf(
  { index, shape, row_axes: rowAxes, column_axis: columnAxis, each }: Heatmap,
  picture: number,
  row: number,
  column: number,
): Place {
  const place = index.map((fixed) => fixed ?? 0);
  if (each !== null) place[each] = picture;
  if (columnAxis !== null) place[columnAxis] = column;
  let rest = row;
  for (const axis of [...rowAxes].reverse()) {
    const size = shape[axis] ?? 1;
    place[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return place;
}
