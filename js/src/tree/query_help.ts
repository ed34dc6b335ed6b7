/** The question mark beside the search box, and the examples that it opens. */
import { element, uniqueId } from "../controls/dom";
import { QUERY_RULE, type QueryExample, SYNTAX_EXAMPLES } from "./query_language";

export class QueryHelpView {
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  readonly #examples = element("dl", {});

  /** @param choose Called with the query of the example that the reader chose. */
  constructor(
    private readonly choose: (query: string) => void,
    private readonly signal: AbortSignal,
  ) {
    const id = uniqueId("help");
    this.button = element(
      "button",
      {
        class: "uv-help-button",
        title: "What can be searched for",
        attributes: {
          type: "button",
          "aria-label": "What can be searched for",
          "aria-expanded": "false",
          "aria-controls": id,
        },
      },
      "?",
    );
    this.panel = element(
      "div",
      {
        class: "uv-help",
        attributes: { id, role: "group", "aria-label": "What can be searched for" },
      },
      element("p", {}, QUERY_RULE),
      this.#examples,
    );
    this.setExamples(SYNTAX_EXAMPLES);
    this.panel.hidden = true;
    this.button.addEventListener("click", () => this.toggle(), { signal });
    for (const part of [this.button, this.panel]) {
      part.addEventListener("keydown", (event) => this.#press(event), { signal });
    }
  }

  setExamples(examples: readonly QueryExample[]): void {
    this.#examples.replaceChildren(...examples.map((it) => this.#example(it)));
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  toggle(isOpen = !this.isOpen): void {
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
  }

  #example({ query, meaning }: QueryExample): HTMLElement {
    const button = element(
      "button",
      { class: "uv-example", attributes: { type: "button" } },
      query,
    );
    const choose = () => {
      this.toggle(false);
      this.choose(query);
    };
    button.addEventListener("click", choose, { signal: this.signal });
    return element("div", {}, element("dt", {}, button), element("dd", {}, meaning));
  }

  #press(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.isOpen) return;
    event.preventDefault();
    event.stopPropagation();
    this.toggle(false);
    this.button.focus();
  }
}
