/** A histogram as a file that stands alone: title, bars, edges, the highest count. */
import { svgElement } from "../controls/dom";
import type { Histogram } from "../protocol";
import { exactCount } from "../values/numbers";
import { barHeight, endTexts, HEIGHT, placesOf } from "./histogram_bars";
import type { Inks } from "./picture_file";

interface PictureOptions extends Inks {
  title: string;
  isLog: boolean;
}

/** The plot as a file that needs no style sheet. */
export function standalonePicture(
  histogram: Histogram,
  counts: Uint32Array,
  { title, isLog, text, ground, bar }: PictureOptions,
): SVGElement {
  const [width, height, margin, line] = [480, 200, 16, 18];
  const [top, bottom] = [margin + line, height - margin - line];
  const [from, nPlaces] = placesOf(histogram);
  const step = (width - 2 * margin) / nPlaces;
  const picture = svgElement("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": "sans-serif",
    "font-size": 12,
    fill: text,
  });
  const write = (content: string, x: number, y: number, anchor: string) => {
    const label = svgElement("text", { x, y, "text-anchor": anchor });
    label.textContent = content;
    picture.append(label);
  };
  picture.append(svgElement("rect", { width, height, fill: ground }));
  write(title, margin, margin + 6, "start");
  counts.forEach((count, index) => {
    const bar_px =
      (barHeight(count, histogram.max_count, isLog) / HEIGHT) * (bottom - top);
    picture.append(
      svgElement("rect", {
        x: margin + (index - from + 0.06) * step,
        y: bottom - bar_px,
        width: 0.88 * step,
        height: bar_px,
        fill: bar,
      }),
    );
  });
  picture.append(
    svgElement("rect", {
      x: margin,
      y: bottom,
      width: width - 2 * margin,
      height: 1,
      fill: text,
      opacity: 0.4,
    }),
  );
  const scale = `peak ${exactCount(histogram.max_count)}${isLog ? ", log scale" : ""}`;
  const [low, high] = endTexts(histogram);
  write(low, margin, bottom + line, "start");
  write(scale, width / 2, bottom + line, "middle");
  write(high, width - margin, bottom + line, "end");
  return picture;
}
