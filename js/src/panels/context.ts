/** What the panels of one details view have in common. */
import type { Channel } from "../channel";
import type { Tab } from "../protocol";
import type { Theme } from "../theme";
import type { ItemMemory } from "./item_memory";

export interface PanelContext {
  channel: Channel;
  signal: AbortSignal;
  memory: ItemMemory;
  /** How the reader wants plots; kept from panel to panel. */
  settings: { isLog: boolean };
  theme(): Theme;
  /** Goes to a call, and there to a panel and to an entry, where they are named. */
  select(address: string, tab?: Tab | null, entry?: string): void;
  /** Lists what a query finds in the tree; absent where there is no tree. */
  list?: ((lens: string, query: string) => void) | undefined;
  /** The reader chose an entry, named by `ArrayItem.key`. */
  chooseItem(key: string): void;
  /** Says a short sentence in a live region. */
  say(sentence: string): void;
}

/** What stands in a panel; told when it makes way for another. */
export interface Panel {
  element: HTMLElement;
  /** Goes to the entry with this key; "" and unknown keys change nothing. */
  showItem?(key: string): void;
  leave?(): void;
}
