/** The details of the selected call: its facts, the tabs, and the panel in front. */
import type { Channel } from "../channel";
import { element, uniqueId } from "../dom";
import type { ArrayEntry, CallAnswer, Tab } from "../protocol";
import type { Theme } from "../theme";
import { arrayCard, loadOutcomes, valueCard } from "./array_card";
import { EntryListView, type EntrySection } from "./entry_list";
import { factsLine } from "./facts";
import { emptyView, failureView } from "./failure";
import { rngCard } from "./rng_card";
import { TabsView } from "./tabs";
import { Waiting } from "./waiting";

const EMPTY: Record<Tab, string> = {
  parameters: "This call’s own scope holds no parameters.",
  state: "This call’s own scope holds no state.",
  rngs: "This call’s own scope drew no random keys.",
};

export class DetailsView {
  readonly element: HTMLElement;
  readonly waiting: Waiting;
  readonly #heading = element("div", { class: "uv-details-heading" });
  readonly #panel: HTMLElement;
  readonly #tabs: TabsView;
  readonly #cardWaiting: Waiting;
  readonly #card = element("div", { class: "uv-card-place" });
  readonly #cardLine = statusLine();
  /** Name of the entry that the reader looked at last, kept from call to call. */
  readonly #lastNames = new Map<Tab, string>();
  #answer: CallAnswer | null = null;
  #shown: ArrayEntry | null = null;
  #tab: Tab;
  #theme: Theme = "light";

  /** @param chooseTab Called when the reader chooses a tab. */
  constructor(
    private readonly channel: Channel,
    tab: Tab,
    chooseTab: (tab: Tab) => void,
    private readonly signal: AbortSignal,
  ) {
    const id = uniqueId("panel");
    this.#tab = tab;
    this.#panel = element("div", {
      class: "uv-panel",
      attributes: { role: "tabpanel", id },
    });
    this.#tabs = new TabsView(this.#panel, chooseTab, id, signal);
    this.#tabs.setCurrent(tab);
    this.#tabs.element.hidden = true;
    const line = statusLine();
    const content = element(
      "div",
      { class: "uv-details-content" },
      this.#heading,
      this.#tabs.element,
      this.#panel,
    );
    this.element = element(
      "section",
      { class: "uv-details", attributes: { "aria-label": "Details" } },
      line,
      content,
    );
    this.waiting = new Waiting(content, line, signal);
    this.#cardWaiting = new Waiting(this.#card, this.#cardLine, signal);
  }

  get answer(): CallAnswer | null {
    return this.#answer;
  }

  show(answer: CallAnswer): void {
    this.#answer = answer;
    this.element.setAttribute("aria-label", `Details of ${answer.title}`);
    this.#heading.replaceChildren(
      element(
        "h3",
        { class: "uv-title" },
        ...breakablePath(answer.title),
        ...(answer.subtitle
          ? [" ", element("span", { class: "uv-subtitle" }, answer.subtitle)]
          : []),
      ),
      ...(answer.facts.length > 0 ? [factsLine(answer.facts)] : []),
      ...(answer.error ? [failureView(answer.error)] : []),
    );
    this.#tabs.element.hidden = false;
    this.#tabs.setCounts({
      parameters: answer.parameters.length,
      state: answer.state.length + answer.constants.length,
      rngs: answer.rngs.length,
    });
    this.#showPanel();
  }

  showFailure(sentence: string): void {
    this.#answer = null;
    this.element.setAttribute("aria-label", "Details");
    this.#heading.replaceChildren(failureView(sentence));
    this.#tabs.element.hidden = true;
    this.#panel.replaceChildren();
  }

  showTab(tab: Tab): void {
    this.#tab = tab;
    this.#tabs.setCurrent(tab);
    this.#showPanel();
  }

  /** Pictures hold their colours, so they are drawn again. */
  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#showPanel();
  }

  #showPanel(): void {
    const answer = this.#answer;
    if (!answer) return;
    if (this.#tab === "rngs") this.#showRngs(answer);
    else if (this.#tab === "state") {
      this.#showEntries(answer, [
        { heading: "", entries: answer.state },
        { heading: "Not mutable in this run", entries: answer.constants },
      ]);
    } else this.#showEntries(answer, [{ heading: "", entries: answer.parameters }]);
  }

  #showRngs({ rngs }: CallAnswer): void {
    const views = rngs.length > 0 ? rngs.map(rngCard) : [emptyView(EMPTY.rngs)];
    this.#panel.replaceChildren(...views);
  }

  #showEntries(answer: CallAnswer, sections: readonly EntrySection[]): void {
    const entries = sections.flatMap((section) => section.entries);
    const tab = this.#tab;
    const first =
      entries.find(({ name }) => name === this.#lastNames.get(tab)) ?? entries[0];
    if (!first) {
      this.#panel.replaceChildren(emptyView(EMPTY[tab]));
      return;
    }
    const choose = (entry: ArrayEntry) => {
      this.#lastNames.set(tab, entry.name);
      void this.#showCard(answer.address, entry);
    };
    const label = tab === "state" ? "State" : "Parameters";
    const list = new EntryListView(label, sections, choose, this.signal);
    list.setCurrent(first);
    this.#panel.replaceChildren(list.element, this.#cardLine, this.#card);
    void this.#showCard(answer.address, first);
  }

  async #showCard(address: string, entry: ArrayEntry): Promise<void> {
    // The channel drops overtaken answers, but a value that needs none overtakes too.
    this.#shown = entry;
    if (!entry.isArray) {
      this.#card.replaceChildren(valueCard(entry));
      return;
    }
    const outcomes = await this.#cardWaiting.during(
      loadOutcomes(this.channel, address, entry),
    );
    if (!outcomes || this.#shown !== entry) return;
    this.#card.replaceChildren(arrayCard(outcomes, this.#theme));
  }
}

/** A path that may go on in the next line after each slash. */
const breakablePath = (path: string): Node[] =>
  path.split(/(?<=\/)/).flatMap((part) => [new Text(part), element("wbr")]);

const statusLine = () =>
  element("p", { class: "uv-status", attributes: { role: "status" } });
