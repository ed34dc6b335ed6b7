/** Which entry is to be in front: the one that was asked for, else one named as the last. */
import type { ArrayEntry, Tab } from "../protocol";

/** One item for each axis: an index, or null for the whole axis. */
export type Index = (number | null)[];

export class EntryMemory {
  #key: string;
  readonly #lastNames = new Map<Tab, string>();
  readonly #indices = new Map<string, Index>();

  /** @param key `ArrayEntry.key` of what is wanted at first; "" for any. */
  constructor(key: string) {
    this.#key = key;
  }

  setKey(key: string): void {
    this.#key = key;
  }

  /** The entry to show; undefined only where there are none. */
  pick(tab: Tab, entries: readonly ArrayEntry[]): ArrayEntry | undefined {
    return (
      entries.find(({ key }) => key === this.#key) ??
      entries.find(({ name }) => name === this.#lastNames.get(tab)) ??
      entries[0]
    );
  }

  choose(tab: Tab, { key, name }: ArrayEntry): void {
    this.#key = key;
    this.#lastNames.set(tab, name);
  }

  /** The slice that was looked at last, or the whole array. */
  indexOf(address: string, { key, axes }: ArrayEntry): Index {
    return this.#indices.get(`${address} ${key}`) ?? axes.map(() => null);
  }

  setIndex(address: string, { key }: ArrayEntry, index: Index): void {
    this.#indices.set(`${address} ${key}`, index);
  }
}
