/** How an array's values are distributed: one bar per bin, counts on hover. */
import { element, svgElement } from "../dom";
import { exactCount, shortNumber } from "../numbers";
import type { Histogram } from "../protocol";

const HEIGHT = 100;

/** Fewer bins than this do not fill the width, or one bin would be a wall. */
const N_PLACES = 12;

/** @param counts Shape (n_bins,), from low to high. */
export function histogramView(histogram: Histogram, counts: Uint32Array): HTMLElement {
  const { nBins, low, high, maxCount } = histogram;
  const nPlaces = Math.max(nBins, N_PLACES);
  const bars = svgElement("svg", {
    viewBox: `${(nBins - nPlaces) / 2} 0 ${nPlaces} ${HEIGHT}`,
    preserveAspectRatio: "none",
    class: "uv-bars",
    role: "img",
    "aria-label": `Histogram from ${low} to ${high}, ${nBins} bins, at most ${maxCount} in one`,
  });
  counts.forEach((count, index) => {
    bars.append(barView(histogram, count, index));
  });
  return element(
    "figure",
    { class: "uv-histogram" },
    bars,
    element(
      "figcaption",
      { class: "uv-scale" },
      element("span", {}, low),
      element("span", { class: "uv-muted" }, `peak ${exactCount(maxCount)}`),
      element("span", {}, high),
    ),
  );
}

/** A bar over a full-height hit area, so that low bars can be hovered too. */
function barView(histogram: Histogram, count: number, index: number): SVGElement {
  const share = histogram.maxCount > 0 ? count / histogram.maxCount : 0;
  const height = count > 0 ? Math.max(1.5, share * HEIGHT) : 0;
  const group = svgElement("g", { class: "uv-bin" });
  const hitArea = { x: index, y: 0, width: 1, height: HEIGHT, class: "uv-bin-area" };
  const bar = {
    x: index + 0.06,
    y: HEIGHT - height,
    width: 0.88,
    height,
    class: "uv-bar",
  };
  const title = svgElement("title", {});
  title.textContent = `${binText(histogram, index)}: ${exactCount(count)}`;
  group.append(title, svgElement("rect", hitArea), svgElement("rect", bar));
  return group;
}

function binText({ low, high, nBins }: Histogram, index: number): string {
  const [from, to] = [Number(low), Number(high)];
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    return `bin ${index + 1} of ${nBins}`;
  }
  const edge = (place: number) => shortNumber(from + ((to - from) * place) / nBins);
  return `${edge(index)} to ${edge(index + 1)}`;
}
