/** One array in numbers and pictures, whole or a slice of it, at each side known. */
import { sentenceOf } from "../channel";
import { element, shortText } from "../controls/dom";
import { fileNameOf } from "../controls/download";
import { failureView } from "../controls/failure";
import { Waiting } from "../controls/waiting";
import type { PanelContext } from "../panels/context";
import type { Index } from "../panels/item_memory";
import type { ArrayItem, PictureAxes, Side } from "../protocol";
import { AxesView } from "./axes_view";
import { loadedViews, type Outcome } from "./outcomes";
import { type AxesOffer, offerOf, UNCHOSEN, wireAxes } from "./picture_axes";
import { joinedOnce } from "./side";
import { indexText, isSliceable, SlicesView } from "./slices";
import { TreescopeView } from "./treescope_view";
import { cardHeading, titleView, valueView } from "./value_card";

const slotOf = (side: Side) => `array ${side}`;

export class ArrayCard {
  readonly element: HTMLElement;
  readonly #left = new AbortController();
  readonly #title: HTMLElement;
  readonly #place = element("div", { class: "uv-outcomes" });
  readonly #waiting: Waiting;
  readonly #treescope: TreescopeView;
  readonly #slices: SlicesView | null;
  readonly #axesView: AxesView;
  #index: Index;
  #axes: PictureAxes;
  #hasPicture = false;

  constructor(
    private readonly context: PanelContext,
    private readonly address: string,
    private readonly entry: ArrayItem,
  ) {
    const signal = AbortSignal.any([this.#left.signal, context.signal]);
    this.#index = context.memory.indexOf(address, entry);
    this.#axes = context.memory.axesOf(address, entry) ?? UNCHOSEN;
    this.#title = titleView(entry);
    this.#treescope = new TreescopeView({ ...context, signal }, address, entry);
    this.#waiting = new Waiting(this.#place, signal);
    const choose = (index: Index) => this.#choose(index);
    const { isLive } = context.channel;
    this.#slices =
      isLive && isSliceable(entry.axes)
        ? new SlicesView(entry.axes, this.#index, choose, signal)
        : null;
    const chooseAxes = (axes: PictureAxes) => this.#chooseAxes(axes);
    this.#axesView = new AxesView(entry.axes, this.#offer, chooseAxes);
    const frame = this.#treescope.element;
    this.element = element(
      "div",
      { class: "uv-card" },
      cardHeading(entry, context, this.#title, isLive ? this.#treescope.button : null),
      entry.value_texts.length > 0 ? valueView(...entry.value_texts) : null,
      this.#slices?.element ?? null,
      this.#axesView.element,
      element("div", { class: "uv-card-status" }, this.#waiting.line),
      frame,
      this.#place,
    );
    this.#treescope.setIndex(wireIndex(this.#index));
    void this.#load();
  }

  /** Stops asking, now and later; Python need not go on. */
  leave(): void {
    this.#left.abort();
    for (const side of this.entry.sides) this.context.channel.leave(slotOf(side));
    this.#treescope.leave();
  }

  #choose(index: Index): void {
    this.#index = index;
    this.context.memory.setIndex(this.address, this.entry, index);
    this.#treescope.setIndex(wireIndex(index));
    this.#showOffer();
    void this.#load();
  }

  #chooseAxes(axes: PictureAxes): void {
    this.#axes = axes;
    this.context.memory.setAxes(this.address, this.entry, axes);
    this.#showOffer();
    void this.#load();
  }

  #showOffer(): void {
    this.#axesView.show(this.#offer, this.context.channel.isLive && this.#hasPicture);
  }

  get #offer(): AxesOffer {
    return offerOf(this.entry.axes, this.#index, this.#axes);
  }

  async #load(): Promise<void> {
    const [index, axes] = [this.#index, this.#axes];
    const { sides } = this.entry;
    const outcomes = await Promise.all(sides.map((side) => this.#ask(side)));
    const isOvertaken = index !== this.#index || axes !== this.#axes;
    if (outcomes.some((outcome) => outcome === null) || isOvertaken) return;
    this.#show(outcomes.filter((outcome) => outcome !== null));
  }

  /** Null where a later question has overtaken this one. */
  async #ask(side: Side): Promise<Outcome | null> {
    const { channel } = this.context;
    const question = {
      address: this.address,
      entry: this.entry.key,
      side,
      index: wireIndex(this.#index),
      axes: wireAxes(this.#offer),
    };
    try {
      const reply = await this.#waiting.during((progress) =>
        channel.ask("array", question, slotOf(side), progress),
      );
      return { side, reply, sentence: "" };
    } catch (error) {
      const sentence = sentenceOf(error);
      return sentence === null ? null : { side, reply: null, sentence };
    }
  }

  #sayFailure(sentence: string): void {
    this.#place.querySelector(":scope > .uv-failure")?.remove();
    this.#place.prepend(failureView(sentence));
  }

  #show(outcomes: readonly Outcome[]): void {
    const title = joinedTitle(outcomes);
    if (title) this.#title.textContent = shortText(title);
    const { address, entry, context } = this;
    const slice = indexText(this.#index);
    const views = loadedViews(outcomes, {
      address,
      entry,
      context,
      title: `${entry.name}${slice}`,
      fix: (axis, place) => this.#slices?.fix(axis, place),
      nameFile: (side, ending) =>
        fileNameOf(
          [address, entry.name, entry.sides.length > 1 ? side : "", slice],
          ending,
        ),
    });
    // Where nothing came, what was shown stays, under the sentence that says why.
    const isShown = this.#place.querySelector(".uv-sides, .uv-facts-grid") !== null;
    if (isShown && outcomes.every(({ reply }) => reply === null)) {
      this.#sayFailure(outcomes[0]?.sentence ?? "");
      return;
    }
    this.#place.replaceChildren(...views);
    this.#hasPicture = outcomes.some(({ reply }) => reply?.answer.heatmap != null);
    this.#showOffer();
  }
}

/** The title of the first side, with the shape that the run gave the value, if other. */
function joinedTitle(outcomes: readonly Outcome[]): string {
  const [first, ...others] = outcomes.flatMap(({ side, reply }) =>
    reply && side !== "difference" ? [reply.answer.title] : [],
  );
  if (first === undefined) return "";
  const shapes = new Set(others.map(shapeIn).filter((it) => it !== shapeIn(first)));
  return joinedOnce([first, ...shapes]);
}

const shapeIn = (title: string) => title.slice(title.lastIndexOf("  ") + 2);

/** As it crosses the wire: the whole array is asked for with nothing. */
const wireIndex = (index: Index): Index =>
  index.every((place) => place === null) ? [] : index;
