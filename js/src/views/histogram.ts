/** How an array's values are distributed: one bar per bin, linear or logarithmic. */
import { element, svgElement } from "../dom";
import { saveFile } from "../download";
import { targetOf } from "../keyboard";
import { exactCount, shortNumber } from "../numbers";
import { type Inks, inksOf } from "../picture_file";
import type { Histogram } from "../protocol";
import type { Theme } from "../theme";
import { iconButton } from "./icon";

const HEIGHT = 100;

/** Fewer bins than this do not fill the width, or one bin would be a wall. */
const N_PLACES = 12;

export interface HistogramOptions {
  /** What the values are, for the plot's name and a saved file. */
  title: string;
  fileName: string;
  theme: Theme;
  isLog: boolean;
  /** Called when the reader changes the scale. */
  chooseScale(isLog: boolean): void;
}

export class HistogramView {
  readonly element: HTMLElement;
  readonly #bars: SVGElement[];
  readonly #plot: SVGElement;
  readonly #tip = element("div", { class: "uv-tip", attributes: { role: "status" } });
  readonly #toggle = element(
    "button",
    { class: "uv-toggle", attributes: { type: "button" }, title: "Logarithmic counts" },
    "log",
  );
  #isLog: boolean;
  #current = 0;

  /** @param counts Shape (n_bins,), from low to high. */
  constructor(
    private readonly histogram: Histogram,
    private readonly counts: Uint32Array,
    private readonly options: HistogramOptions,
  ) {
    const { nBins, low, high, maxCount } = histogram;
    this.#isLog = options.isLog;
    this.#plot = svgElement("svg", {
      viewBox: viewBoxOf(histogram),
      preserveAspectRatio: "none",
      class: "uv-bars",
      role: "img",
      tabindex: 0,
      "aria-label": `Histogram of ${options.title} from ${low} to ${high}, ${nBins} bins, at most ${maxCount} in one`,
    });
    this.#bars = Array.from(counts, (_, index) =>
      svgElement("rect", { class: "uv-bin", x: index + 0.06, width: 0.88 }),
    );
    this.#plot.append(...this.#bars);
    this.#tip.hidden = true;
    const save = iconButton("save", "Save SVG");
    save.addEventListener("click", () => this.#save());
    this.#toggle.addEventListener("click", () => options.chooseScale(!this.#isLog));
    this.element = element(
      "figure",
      { class: "uv-histogram" },
      element("div", { class: "uv-plot" }, this.#plot, this.#tip),
      element(
        "figcaption",
        { class: "uv-scale" },
        element("span", { class: "uv-number" }, low),
        element(
          "span",
          { class: "uv-plot-buttons" },
          element("span", { class: "uv-muted" }, `peak ${exactCount(maxCount)}`),
          this.#toggle,
          save,
        ),
        element("span", { class: "uv-number" }, high),
      ),
    );
    this.setLog(options.isLog);
    this.#listen();
  }

  setLog(isLog: boolean): void {
    this.#isLog = isLog;
    this.#toggle.setAttribute("aria-pressed", String(isLog));
    this.#bars.forEach((bar, index) => {
      const height = barHeight(this.counts[index] ?? 0, this.histogram.maxCount, isLog);
      bar.setAttribute("y", String(HEIGHT - height));
      bar.setAttribute("height", String(height));
    });
  }

  #listen(): void {
    const plot = this.#plot;
    plot.addEventListener("pointermove", (event) => {
      const { left, width } = plot.getBoundingClientRect();
      const [from, nPlaces] = placesOf(this.histogram);
      this.#point(Math.floor(((event.clientX - left) / width) * nPlaces + from));
    });
    plot.addEventListener("pointerleave", () => this.#unpoint());
    plot.addEventListener("blur", () => this.#unpoint());
    plot.addEventListener("focus", () => {
      if (plot.matches(":focus-visible")) this.#point(this.#current);
    });
    plot.addEventListener("keydown", (event) => {
      const { nBins } = this.histogram;
      const target = targetOf(event.key, this.#current, nBins, "plot");
      if (target === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.#point(target);
    });
  }

  /** Says which values a bin holds, and how many. */
  #point(index: number): void {
    const bar = this.#bars[index];
    this.#unpoint();
    if (!bar) return;
    this.#current = index;
    bar.classList.add("uv-current");
    const [from, nPlaces] = placesOf(this.histogram);
    const share_percent = ((index + 0.5 - from) / nPlaces) * 100;
    this.#tip.hidden = false;
    this.#tip.textContent = `${binText(this.histogram, index)}: ${exactCount(this.counts[index] ?? 0)}`;
    this.#tip.style.left = `${share_percent}%`;
    this.#tip.style.translate = `-${share_percent}% 0`;
  }

  #unpoint(): void {
    this.#bars[this.#current]?.classList.remove("uv-current");
    this.#tip.hidden = true;
  }

  #save(): void {
    const { title, fileName } = this.options;
    const picture = standalonePicture(this.histogram, this.counts, {
      title,
      isLog: this.#isLog,
      ...inksOf(this.options.theme),
    });
    const text = new XMLSerializer().serializeToString(picture);
    saveFile(new Blob([text], { type: "image/svg+xml" }), fileName);
  }
}

function barHeight(count: number, maxCount: number, isLog: boolean): number {
  if (count === 0 || maxCount === 0) return 0;
  const share = isLog ? Math.log1p(count) / Math.log1p(maxCount) : count / maxCount;
  return Math.max(1.5, share * HEIGHT);
}

/** Where the plot begins, in bins, and how many it has room for. */
function placesOf({ nBins }: Histogram): [from: number, nPlaces: number] {
  const nPlaces = Math.max(nBins, N_PLACES);
  return [(nBins - nPlaces) / 2, nPlaces];
}

function viewBoxOf(histogram: Histogram): string {
  const [from, nPlaces] = placesOf(histogram);
  return `${from} 0 ${nPlaces} ${HEIGHT}`;
}

function binText({ low, high, nBins }: Histogram, index: number): string {
  const [from, to] = [Number(low), Number(high)];
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    return `bin ${index + 1} of ${nBins}`;
  }
  const edge = (place: number) => shortNumber(from + ((to - from) * place) / nBins);
  return `${edge(index)} to ${edge(index + 1)}`;
}

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
      (barHeight(count, histogram.maxCount, isLog) / HEIGHT) * (bottom - top);
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
  const scale = `peak ${exactCount(histogram.maxCount)}${isLog ? ", log scale" : ""}`;
  write(histogram.low, margin, bottom + line, "start");
  write(scale, width / 2, bottom + line, "middle");
  write(histogram.high, width - margin, bottom + line, "end");
  return picture;
}
