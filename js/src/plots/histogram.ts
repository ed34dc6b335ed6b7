/** How an array's values are distributed: one bar per bin, linear or logarithmic. */
import { element, svgElement } from "../controls/dom";
import { saveFile } from "../controls/download";
import { iconButton } from "../controls/icon";
import { targetOf } from "../controls/keyboard";
import type { Histogram } from "../protocol";
import type { Theme } from "../theme";
import { numberView } from "../values/number";
import { exactCount, shortPair } from "../values/numbers";
import { barHeight, endTexts, HEIGHT, placesOf } from "./histogram_bars";
import { standalonePicture } from "./histogram_file";
import { inksOf } from "./picture_file";

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
    const { n_bins: nBins, low, high, max_count: maxCount } = histogram;
    const [lowText, highText] = endTexts(histogram);
    this.#isLog = options.isLog;
    this.#plot = svgElement("svg", {
      viewBox: viewBoxOf(histogram),
      preserveAspectRatio: "none",
      class: "uv-bars",
      role: "img",
      tabindex: 0,
      "aria-label": `Histogram of ${options.title} from ${low.exact} to ${high.exact}, ${nBins} bins, at most ${maxCount} in one`,
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
        numberView(lowText, low.exact),
        element(
          "span",
          { class: "uv-plot-buttons" },
          element("span", { class: "uv-muted" }, `peak ${exactCount(maxCount)}`),
          this.#toggle,
          save,
        ),
        numberView(highText, high.exact),
      ),
    );
    this.setLog(options.isLog);
    this.#listen();
  }

  setLog(isLog: boolean): void {
    this.#isLog = isLog;
    this.#toggle.setAttribute("aria-pressed", String(isLog));
    this.#bars.forEach((bar, index) => {
      const height = barHeight(
        this.counts[index] ?? 0,
        this.histogram.max_count,
        isLog,
      );
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
      const { n_bins: nBins } = this.histogram;
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

function viewBoxOf(histogram: Histogram): string {
  const [from, nPlaces] = placesOf(histogram);
  return `${from} 0 ${nPlaces} ${HEIGHT}`;
}

function binText({ low, high, n_bins: nBins }: Histogram, index: number): string {
  const [from, to] = [Number(low.exact), Number(high.exact)];
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    return `bin ${index + 1} of ${nBins}`;
  }
  const edge = (place: number) => from + ((to - from) * place) / nBins;
  return shortPair(edge(index), edge(index + 1)).join(" to ");
}
