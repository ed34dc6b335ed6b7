/** How an array lies on its devices, drawn as a table of its parts. */
import { element } from "../controls/dom";
import type { Sharding } from "../protocol";

export function shardingView({
  text,
  row_axis: rowAxis,
  column_axis: columnAxis,
  cells,
}: Sharding): HTMLElement {
  const rows = cells.map((row) =>
    element(
      "tr",
      {},
      ...row.map((devices) => element("td", { title: `devices ${devices}` }, devices)),
    ),
  );
  return element(
    "figure",
    { class: "uv-sharding" },
    element("figcaption", {}, "sharding ", element("code", {}, text)),
    element(
      "div",
      { class: "uv-sharding-picture" },
      columnAxis
        ? element("span", { class: "uv-columns-axis" }, `${columnAxis} →`)
        : null,
      rowAxis ? element("span", { class: "uv-rows-axis" }, `${rowAxis} ↓`) : null,
      element(
        "div",
        { class: "uv-sharding-cells" },
        element(
          "table",
          { attributes: { "aria-label": "Devices of each part" } },
          ...rows,
        ),
      ),
    ),
  );
}
