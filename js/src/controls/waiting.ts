/**
 * What the reader sees of an answer that is not there yet: the old content dimmed, a
 * thin sentence after a while with a bar where it is known how far the answer has come,
 * and after a longer while who is being waited for.
 */
import { element } from "./dom";

/** What is said, and after how long. */
const SENTENCES: readonly [delay_ms: number, sentence: string][] = [
  [300, "Loading…"],
  [3000, "Waiting for the kernel…"],
  [12000, "Waiting for the kernel… If it was restarted, run the cell again."],
];

/** How long a sentence stands that is not about waiting. */
const SAID_MS = 6000;

export class Waiting {
  #nUnderWay = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];
  /** How far each of the answers under way has come. */
  #fractions: number[] = [];
  #isSaid = false;
  #announced: ReturnType<typeof setTimeout> | undefined;
  readonly #bar = element("span", {
    class: "uv-progress",
    attributes: {
      role: "progressbar",
      "aria-label": "Progress of the answer",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
  });

  /**
   * @param region Dimmed while waiting, and marked as busy.
   * @param line Holds the sentence; a live region. The bar goes before it.
   */
  constructor(
    private readonly region: HTMLElement,
    signal: AbortSignal,
    readonly line: HTMLElement = element("p", {
      class: "uv-status",
      attributes: { role: "status" },
    }),
  ) {
    signal.addEventListener("abort", () => {
      this.#stopTimers();
      clearTimeout(this.#announced);
    });
  }

  /** Says for a while what has nothing to do with waiting. */
  announce(sentence: string): void {
    clearTimeout(this.#announced);
    this.line.textContent = sentence;
    this.#announced = setTimeout(() => {
      if (this.line.textContent === sentence) this.line.textContent = "";
    }, SAID_MS);
  }

  /**
   * Waits with the reader; gives back what `ask` gives.
   *
   * @param ask Gets a function to call with 0 to 1 as its answer comes nearer.
   */
  async during<T>(
    ask: (progress: (fraction: number) => void) => Promise<T>,
  ): Promise<T> {
    this.#nUnderWay += 1;
    if (this.#nUnderWay === 1) this.#begin();
    const place = this.#fractions.push(0) - 1;
    try {
      return await ask((fraction) => {
        this.#fractions[place] = Math.min(1, Math.max(0, fraction));
        this.#showBar();
      });
    } finally {
      this.#fractions[place] = 1;
      this.#nUnderWay -= 1;
      if (this.#nUnderWay === 0) this.#end();
    }
  }

  #begin(): void {
    this.region.setAttribute("aria-busy", "true");
    this.#fractions = [];
    this.#timers = SENTENCES.map(([delay_ms, sentence]) =>
      setTimeout(() => this.#say(sentence), delay_ms),
    );
  }

  #say(sentence: string): void {
    this.#isSaid = true;
    this.region.classList.add("uv-dimmed");
    this.line.textContent = sentence;
    this.#showBar();
  }

  /** One bar for all answers under way; none while nothing is known of any. */
  #showBar(): void {
    const sum = this.#fractions.reduce((total, fraction) => total + fraction, 0);
    if (!this.#isSaid || sum === 0) return;
    const percent = Math.round((sum / this.#fractions.length) * 100);
    this.#bar.setAttribute("aria-valuenow", String(percent));
    this.#bar.style.setProperty("--uv-share", `${percent}%`);
    if (!this.#bar.isConnected) this.line.before(this.#bar);
  }

  #end(): void {
    this.#stopTimers();
    if (this.#isSaid) this.line.textContent = "";
    this.#isSaid = false;
    this.region.removeAttribute("aria-busy");
    this.region.classList.remove("uv-dimmed");
    this.#bar.remove();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
