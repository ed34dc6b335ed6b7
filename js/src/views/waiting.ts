/**
 * What the reader sees of an answer that is not there yet: the old content dimmed, a
 * thin sentence after a while, and after a longer while who is being waited for.
 */

const SENTENCE_AFTER_MS = 300;
const KERNEL_AFTER_MS = 3000;

export class Waiting {
  #nUnderWay = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];

  /**
   * @param region Dimmed while waiting, and marked as busy.
   * @param line Holds the sentence; a live region.
   */
  constructor(
    private readonly region: HTMLElement,
    private readonly line: HTMLElement,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.#stopTimers());
  }

  /** Waits with the reader; gives back what the promise gives. */
  async during<T>(answer: Promise<T>): Promise<T> {
    this.#nUnderWay += 1;
    if (this.#nUnderWay === 1) this.#begin();
    try {
      return await answer;
    } finally {
      this.#nUnderWay -= 1;
      if (this.#nUnderWay === 0) this.#end();
    }
  }

  #begin(): void {
    const say = (sentence: string, delay_ms: number) =>
      setTimeout(() => {
        this.region.classList.add("uv-dimmed");
        this.line.textContent = sentence;
      }, delay_ms);
    this.region.setAttribute("aria-busy", "true");
    this.#timers = [
      say("Loading…", SENTENCE_AFTER_MS),
      say("Waiting for the kernel…", KERNEL_AFTER_MS),
    ];
  }

  #end(): void {
    this.#stopTimers();
    this.region.removeAttribute("aria-busy");
    this.region.classList.remove("uv-dimmed");
    this.line.textContent = "";
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
