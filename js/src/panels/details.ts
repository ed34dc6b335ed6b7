/** The details of the selected call: its facts, the tabs, and the panel in front. */
import { type Channel, sentenceOf } from "../channel";
import { copyButton } from "../controls/copy_button";
import { element, shortText, uniqueId } from "../controls/dom";
import { failureView } from "../controls/failure";
import { TabsView } from "../controls/tabs";
import { Waiting } from "../controls/waiting";
import type { CallAnswer, Tab } from "../protocol";
import type { Theme } from "../theme";
import { factsLine } from "../values/facts";
import { CallPanel } from "./call_panel";
import type { Panel, PanelContext } from "./context";
import { ItemMemory } from "./item_memory";
import { frontTab, overviewPanel } from "./overview";
import { parametersPanel } from "./parameters_panel";
import { rngsPanel } from "./rngs_panel";
import { statePanel } from "./state_panel";

export interface DetailsOptions {
  channel: Channel;
  signal: AbortSignal;
  /** The panel that is wanted at first. */
  tab: Tab;
  /** `ArrayItem.key` of the entry chosen at first; "" for any. */
  entry: string;
  /** Whether `tab` is the only panel: then there are no tabs. */
  isAlone?: boolean;
  /** An answer that is known without asking, as `Opening.call`. */
  known?: CallAnswer | undefined;
  /** Called when the reader chooses a tab; `showTab` brings it to the front. */
  chooseTab(tab: Tab): void;
  /** Called when the reader chooses an entry, with `ArrayItem.key`. */
  chooseItem(key: string): void;
  /** Called when the reader follows a link to a call; `showCall` shows it. */
  select(address: string, tab?: Tab | null, entry?: string): void;
  /** Called when the reader wants a list in the tree; absent where there is no tree. */
  list?(lens: string, query: string): void;
}

export class DetailsView {
  readonly element: HTMLElement;
  readonly #heading = element("div", { class: "uv-details-heading" });
  readonly #place: HTMLElement;
  readonly #tabs: TabsView;
  readonly #waiting: Waiting;
  readonly #context: PanelContext;
  readonly #memory: ItemMemory;
  readonly #said = element("p", {
    class: "uv-said",
    attributes: { role: "status", "aria-label": "Copied" },
  });
  #answer: CallAnswer | null = null;
  #panel: Panel | null = null;
  /** Ends what the panel in front listens to. */
  #left = new AbortController();
  /** The panel that is wanted, here and for the calls to come. */
  #tab: Tab;
  /** The panel in front. */
  #front: Tab;
  #theme: Theme = "light";

  constructor(private readonly options: DetailsOptions) {
    const { channel, signal, tab } = options;
    const id = uniqueId("panel");
    this.#tab = this.#front = tab;
    this.#memory = new ItemMemory(options.entry);
    this.#place = element("div", { class: "uv-panel", attributes: { id } });
    const choose = (tab: Tab) => this.#chooseTab(tab);
    this.#tabs = new TabsView(this.#place, choose, id, signal);
    if (!options.isAlone) {
      this.#place.setAttribute("role", "tabpanel");
      this.#tabs.setCurrent(tab);
    }
    this.#tabs.element.hidden = true;
    this.#context = {
      channel,
      signal,
      memory: this.#memory,
      settings: { isLog: false },
      theme: () => this.#theme,
      select: options.select,
      list: options.list,
      chooseItem: options.chooseItem,
      say: (sentence) => this.#say(sentence),
    };
    const content = element(
      "div",
      { class: "uv-details-content" },
      this.#heading,
      this.#tabs.element,
      this.#place,
    );
    this.#waiting = new Waiting(content, signal);
    this.element = element(
      "section",
      { class: "uv-details", attributes: { "aria-label": "Details" } },
      element("div", { class: "uv-details-status" }, this.#waiting.line),
      content,
      this.#said,
    );
  }

  /** The call that is shown, or null while there is none. */
  get answer(): CallAnswer | null {
    return this.#answer;
  }

  /** Asks for a call and shows it, or why that cannot be; a later one overtakes it. */
  async showCall(address: string): Promise<void> {
    const { channel, known } = this.options;
    if (known?.address === address) {
      channel.leave("call");
      this.show(known);
      return;
    }
    this.#panel?.leave?.();
    try {
      const { answer } = await this.#waiting.during((progress) =>
        channel.ask("call", { address }, "call", progress),
      );
      this.show(answer);
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence !== null) this.showFailure(sentence);
    }
  }

  show(answer: CallAnswer): void {
    this.#answer = answer;
    this.element.setAttribute("aria-label", shortText(`Details of ${answer.title}`));
    this.#heading.replaceChildren(
      headingLine(answer, this.#context),
      ...(answer.facts.length > 0 ? [factsLine(answer.facts)] : []),
      ...(answer.error ? [failureView(answer.error)] : []),
    );
    this.#tabs.element.hidden = this.options.isAlone ?? false;
    this.#tabs.setCounts({
      parameters: answer.parameters.length,
      state: answer.state.length + answer.constants.length,
      rngs: answer.rngs.length,
    });
    if (!this.options.isAlone) this.#front = frontTab(this.#tab, answer);
    this.#showPanel();
  }

  showFailure(sentence: string): void {
    this.#answer = null;
    this.element.setAttribute("aria-label", "Details");
    this.#heading.replaceChildren(failureView(sentence));
    this.#tabs.element.hidden = true;
    this.#clearPanel();
  }

  /** Says for a while what answers no question, in the status line. */
  announce(sentence: string): void {
    this.#waiting.announce(sentence);
  }

  /** Brings a panel to the front. */
  showTab(tab: Tab): void {
    if (tab === this.#tab || this.options.isAlone) return;
    this.#tab = this.#front = tab;
    this.#showPanel();
  }

  /** What the reader asks for is shown, empty or not. */
  #chooseTab(tab: Tab): void {
    if (tab !== this.#front) {
      this.#tab = this.#front = tab;
      this.#showPanel();
    }
    this.options.chooseTab(tab);
  }

  /** Goes to an entry, now or in the call that is shown next; "" for any. */
  showItem(key: string): void {
    this.#memory.setKey(key);
    this.#panel?.showItem?.(key);
  }

  /** Pictures hold their colours, so they are drawn again. */
  setTheme(theme: Theme): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#showPanel();
  }

  #showPanel(): void {
    const answer = this.#answer;
    if (!answer) return;
    if (!this.options.isAlone) this.#tabs.setCurrent(this.#front);
    this.#clearPanel();
    this.#left = new AbortController();
    const signal = AbortSignal.any([this.#left.signal, this.#context.signal]);
    this.#panel = panelFor(this.#front, answer, { ...this.#context, signal });
    this.#place.replaceChildren(this.#panel.element);
  }

  /** Before another panel asks, since panels ask in the same slots. */
  #clearPanel(): void {
    this.#panel?.leave?.();
    this.#panel = null;
    this.#left.abort();
    this.#place.replaceChildren();
  }

  #say(sentence: string): void {
    // A live region says the same words a second time only if they went away between.
    this.#said.textContent = "";
    setTimeout(() => {
      this.#said.textContent = sentence;
    }, 30);
    setTimeout(() => {
      if (this.#said.textContent === sentence) this.#said.textContent = "";
    }, 2000);
  }
}

function panelFor(tab: Tab, answer: CallAnswer, context: PanelContext): Panel {
  switch (tab) {
    case "overview":
      return overviewPanel(answer, context);
    case "parameters":
      return parametersPanel(answer, context);
    case "state":
      return statePanel(answer, context);
    case "rngs":
      return rngsPanel(answer, context);
    case "call":
      return new CallPanel(answer.address, context);
  }
}

function headingLine(
  { title, subtitle, code }: CallAnswer,
  { say }: PanelContext,
): HTMLElement {
  return element(
    "h3",
    { class: "uv-title" },
    element(
      "span",
      { class: "uv-title-text" },
      ...breakablePath(title),
      subtitle ? " " : null,
      subtitle ? element("span", { class: "uv-subtitle" }, subtitle) : null,
    ),
    code ? copyButton("Copy the code of this call", code, say) : null,
  );
}

/** A path that may go on in the next line after each slash. */
const breakablePath = (path: string): Node[] =>
  shortText(path)
    .split(/(?<=\/)/)
    .flatMap((part) => [new Text(part), element("wbr")]);
