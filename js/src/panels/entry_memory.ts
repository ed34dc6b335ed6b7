/** Which entry is to be in front: the one that was asked for, else one named as the last. */
import type { ArrayEntry, PictureAxes, Tab } from "../protocol";

/** The largest array, as a kernel beside its bias; without arrays the first entry. */
const mostTelling = (entries: readonly ArrayEntry[]): ArrayEntry | undefined =>
  entries.reduce<ArrayEntry | undefined>(
    (best, entry) => (best && sizeOf(entry) <= sizeOf(best) ? best : entry),
    undefined,
  );

const sizeOf = ({ isArray, axes }: ArrayEntry): number =>
  isArray ? axes.reduce((product, { size }) => product * size, 1) : -1;

/** One item for each axis: an index, or null for the whole axis. */
export type Index = (number | null)[];

export class EntryMemory {
  #key: string;
  readonly #lastNames = new Map<Tab, string>();
  readonly #indices = new Map<string, Index>();
  readonly #axes = new Map<string, PictureAxes>();

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
      mostTelling(entries)
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

  /** What the axes were to be in the last picture; null where nothing was chosen. */
  axesOf(address: string, { key }: ArrayEntry): PictureAxes | null {
    return this.#axes.get(`${address} ${key}`) ?? null;
  }

  setAxes(address: string, { key }: ArrayEntry, axes: PictureAxes): void {
    this.#axes.set(`${address} ${key}`, axes);
  }
}
