/** Treescope's own view of a slice, in a frame that can reach nothing of the page. */
import { sentenceOf } from "../channel";
import { element } from "../controls/dom";
import { failureView } from "../controls/failure";
import { Waiting } from "../controls/waiting";
import type { PanelContext } from "../panels/context";
import type { Index } from "../panels/item_memory";
import type { ArrayItem } from "../protocol";

const SLOT = "treescope";
const READY = "unflax_viz frame runs";
const READY_WITHIN_MS = 4000;

/** Says from within that scripts run, since a page's policy may forbid it. */
const BEACON = `<script>parent.postMessage(${JSON.stringify(READY)}, "*")</script>`;

const BLOCKED =
  "This page’s security policy does not let Treescope’s view run; the other pictures do not need it.";

export class TreescopeView {
  readonly element = element("div", { class: "uv-treescope" });
  readonly button = element(
    "button",
    { class: "uv-toggle", attributes: { type: "button", "aria-expanded": "false" } },
    "Treescope view",
  );
  readonly #place = element("div");
  readonly #waiting: Waiting;
  #index: Index = [];

  constructor(
    private readonly context: PanelContext,
    private readonly address: string,
    private readonly entry: ArrayItem,
  ) {
    this.#waiting = new Waiting(this.#place, context.signal);
    this.element.hidden = true;
    this.element.append(this.#waiting.line, this.#place);
    this.button.addEventListener("click", () => this.#setOpen(this.element.hidden));
  }

  setIndex(index: Index): void {
    this.#index = index;
    if (!this.element.hidden) void this.#load();
  }

  leave(): void {
    this.context.channel.leave(SLOT);
  }

  #setOpen(isOpen: boolean): void {
    this.element.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      void this.#load();
    } else {
      this.leave();
      this.#place.replaceChildren();
    }
  }

  async #load(): Promise<void> {
    const { address, entry, context } = this;
    const side = entry.sides.includes("after") ? "after" : "before";
    const question = { address, entry: entry.key, side, index: this.#index } as const;
    try {
      const { answer } = await this.#waiting.during((progress) =>
        context.channel.ask("treescope", question, SLOT, progress),
      );
      if (this.element.hidden) return;
      const when = entry.sides.length > 1 ? `, ${side}` : "";
      this.#show(answer.html, `Treescope view of ${entry.name}${when}`);
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence !== null) this.#place.replaceChildren(failureView(sentence));
    }
  }

  #show(html: string, title: string): void {
    const frame = element("iframe", {
      class: "uv-frame",
      title,
      attributes: { sandbox: "allow-scripts", srcdoc: html + BEACON },
    });
    const box = element("div", { class: "uv-frame-box" }, frame);
    this.#place.replaceChildren(box);
    const listening = new AbortController();
    const timer = setTimeout(() => {
      listening.abort();
      if (frame.isConnected) box.replaceWith(failureView(BLOCKED));
    }, READY_WITHIN_MS);
    const hear = ({ source, data }: MessageEvent) => {
      if (source !== frame.contentWindow || data !== READY) return;
      clearTimeout(timer);
      listening.abort();
    };
    window.addEventListener("message", hear, {
      signal: AbortSignal.any([listening.signal, this.context.signal]),
    });
  }
}
