/** What was called: with what, under what, in which order, and its source. */
import { sentenceOf } from "../channel";
import { element } from "../controls/dom";
import { failureView } from "../controls/failure";
import { iconButton } from "../controls/icon";
import { Waiting } from "../controls/waiting";
import type { Field, MethodAnswer } from "../protocol";
import { chainView } from "../values/chain";
import { exactCount } from "../values/numbers";
import type { Panel, PanelContext } from "./context";
import { fillRepeats } from "./repeats";
import { sourceView } from "./source";
import { structureView } from "./structure";

const SLOT = "method";

export class CallPanel implements Panel {
  readonly element: HTMLElement;
  readonly #place = element("div", { class: "uv-call" });
  readonly #waiting: Waiting;

  /** Asks as soon as it comes to the front. */
  constructor(
    private readonly address: string,
    private readonly context: PanelContext,
  ) {
    this.#waiting = new Waiting(this.#place, context.signal);
    this.element = element(
      "div",
      {},
      element("div", { class: "uv-card-status" }, this.#waiting.line),
      this.#place,
    );
    void this.#load();
  }

  leave(): void {
    this.context.channel.leave(SLOT);
  }

  async #load(): Promise<void> {
    const { address, context } = this;
    try {
      const { answer } = await this.#waiting.during((progress) =>
        context.channel.ask("method", { address }, SLOT, progress),
      );
      this.#place.replaceChildren(...methodViews(answer, context));
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence !== null) this.#place.replaceChildren(failureView(sentence));
    }
  }
}

function methodViews(answer: MethodAnswer, context: PanelContext): HTMLElement[] {
  const { inputs, outputs, fields, docstring, source, file, line } = answer;
  const place = file && line > 0 ? `${file}:${line}` : file;
  const views = [
    orderView(answer, context),
    repeatsView(answer, context),
    inputs.length > 0 ? partView("Inputs", structureView(inputs)) : null,
    outputs.length > 0 ? partView("Outputs", structureView(outputs)) : null,
    fields.length > 0 ? partView("Fields", fieldsTable(fields)) : null,
    docstring
      ? partView(
          "Docstring",
          element("p", { class: "uv-docstring" }, new Text(docstring)),
        )
      : null,
    source ? partView("Source", sourceView(source, line), place) : null,
    !source && place
      ? partView("Source", element("p", { class: "uv-muted" }, place))
      : null,
  ];
  return views.filter((view) => view !== null);
}

/** @param aside What stands beside the heading; "" for nothing. */
function partView(heading: string, content: HTMLElement, aside = ""): HTMLElement {
  return element(
    "section",
    { class: "uv-part", attributes: { "aria-label": heading } },
    element(
      "h4",
      { class: "uv-heading" },
      heading,
      aside ? element("span", { class: "uv-aside" }, aside) : null,
    ),
    content,
  );
}

/** The other calls of its module, once they are known. */
function repeatsView({ address }: MethodAnswer, context: PanelContext): HTMLElement {
  const place = element("div", { class: "uv-repeats" });
  void fillRepeats(place, address, context);
  return place;
}

/** Its number among the calls, ways to its neighbours, and what it ran under. */
function orderView(
  { number, n_calls: nCalls, previous, next, transforms }: MethodAnswer,
  { select }: PanelContext,
): HTMLElement | null {
  if (number === 0 && transforms.length === 0) return null;
  const button = (name: "previous" | "next", address: string) => {
    const label = `${name === "previous" ? "Previous" : "Next"} call`;
    const created = iconButton(name, label, address ? `${label}: ${address}` : label);
    created.disabled = address === "";
    created.addEventListener("click", () => select(address));
    return created;
  };
  const order = `call ${exactCount(number)} of ${exactCount(nCalls)}`;
  return element(
    "div",
    { class: "uv-order" },
    number > 0 ? element("span", { class: "uv-number" }, order) : null,
    number > 0 ? button("previous", previous) : null,
    number > 0 ? button("next", next) : null,
    transforms.length > 0
      ? chainView(
          "Transforms, outermost first",
          transforms.map((transform) => [transform]),
        )
      : null,
  );
}

function fieldsTable(fields: readonly Field[]): HTMLElement {
  const row = ({ name, text, is_default: isDefault }: Field) =>
    element(
      "tr",
      {
        class: isDefault ? "uv-default" : "",
        title: isDefault ? "The default value" : "",
      },
      element("th", { title: name, attributes: { scope: "row" } }, name),
      element("td", {}, text),
    );
  return element("table", { class: "uv-fields" }, ...fields.map(row));
}
