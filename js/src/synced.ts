/** What Python must know too: the synced traits, typed. */
import type { AnyModel } from "@anywidget/types";
import type { Opening, SyncedTraits } from "./protocol";

type Traits = Omit<SyncedTraits, "opening">;
type Writable = Omit<Traits, "panel">;

export class Synced {
  readonly opening: Opening;

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.opening = model.get("opening") as Opening;
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return this.model.get(name) as Traits[K];
  }

  /** The whole tree of a small run, packed; null where it is not kept. */
  get kept(): DataView<ArrayBuffer> | null {
    const kept = this.model.get("kept") as DataView<ArrayBuffer> | undefined;
    return kept?.byteLength ? kept : null;
  }

  /** Writes a trait and sends it; does nothing where it has that value already. */
  set<K extends keyof Writable>(name: K, value: Writable[K]): void {
    this.setAll({ [name]: value });
  }

  /** Writes traits, in this order, and sends them in one message. */
  setAll(values: Partial<Writable>): void {
    let isChanged = false;
    for (const name of Object.keys(values) as (keyof Writable)[]) {
      const value = values[name];
      if (value === undefined || isSame(this.get(name), value)) continue;
      this.model.set(name, value);
      isChanged = true;
    }
    if (isChanged) this.model.save_changes();
  }

  /** Calls `heard` whenever a trait changes, from Python or from any view of it. */
  observe<K extends keyof Writable>(
    name: K,
    heard: (value: Writable[K]) => void,
  ): void {
    const event = `change:${name}`;
    const changed = () => heard(this.get(name));
    this.model.on(event, changed);
    this.signal.addEventListener("abort", () => this.model.off(event, changed));
  }
}

/** Whether two values of a trait mean the same; ids are a set, in any order. */
export function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  const known = new Set(a);
  return a.length === b.length && b.every((item) => known.has(item));
}
