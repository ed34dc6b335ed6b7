/** Which entry is to be in front: the one that was asked for, else one named as the last. */
import type { ArrayItem, PictureAxes, Tab } from "../protocol";

/** The largest array, as a kernel beside its bias; without arrays the first entry. */
const mostTelling = (items: readonly ArrayItem[]): ArrayItem | undefined =>
  items.reduce<ArrayItem | undefined>(
    (best, entry) => (best && sizeOf(entry) <= sizeOf(best) ? best : entry),
    undefined,
  );

const sizeOf = ({ is_array: isArray, axes }: ArrayItem): number =>
  isArray ? axes.reduce((product, { size }) => product * size, 1) : -1;

/** One item for each axis: an index, or null for the whole axis. */
export type Index = (number | null)[];

export class ItemMemory {
  #key: string;
  readonly #lastNames = new Map<Tab, string>();
  readonly #indices = new Map<string, Index>();
  readonly #axes = new Map<string, PictureAxes>();

  /** @param key `ArrayItem.key` of what is wanted at first; "" for any. */
  constructor(key: string) {
    this.#key = key;
  }

  setKey(key: string): void {
    this.#key = key;
  }

  /** The entry to show; undefined only where there are none. */
  pick(tab: Tab, items: readonly ArrayItem[]): ArrayItem | undefined {
    return (
      items.find(({ key }) => key === this.#key) ??
      items.find(({ name }) => name === this.#lastNames.get(tab)) ??
      mostTelling(items)
    );
  }

  choose(tab: Tab, { key, name }: ArrayItem): void {
    this.#key = key;
    this.#lastNames.set(tab, name);
  }

  /** The slice that was looked at last, or the whole array. */
  indexOf(address: string, { key, axes }: ArrayItem): Index {
    return this.#indices.get(`${address} ${key}`) ?? axes.map(() => null);
  }

  setIndex(address: string, { key }: ArrayItem, index: Index): void {
    this.#indices.set(`${address} ${key}`, index);
  }

  /** What the axes were to be in the last picture; null where nothing was chosen. */
  axesOf(address: string, { key }: ArrayItem): PictureAxes | null {
    return this.#axes.get(`${address} ${key}`) ?? null;
  }

  setAxes(address: string, { key }: ArrayItem, axes: PictureAxes): void {
    this.#axes.set(`${address} ${key}`, axes);
  }
}
