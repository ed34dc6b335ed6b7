/** A cache that forgets what was used longest ago. */

export class Recent<K, V> {
  readonly #items = new Map<K, V>();

  /** @param maxItems How many are kept; those used longest ago go. */
  constructor(private readonly maxItems: number) {}

  get(key: K): V | undefined {
    const item = this.#items.get(key);
    if (item !== undefined) this.set(key, item);
    return item;
  }

  set(key: K, item: V): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    const [oldest] = this.#items.keys();
    if (this.#items.size > this.maxItems && oldest !== undefined) {
      this.#items.delete(oldest);
    }
  }
}
